// A stream with better-sse on Node: a channel, and a broadcast for each event.

import http from "node:http";
import { text } from "node:stream/consumers";

import { createChannel, createSession } from "better-sse";

import { serve } from "../ready.mjs";

const channel = createChannel();
const server = http.createServer(async (request, response) => {
  if (request.method === "POST") {
    channel.broadcast(await text(request), "message");
    response.writeHead(204).end();
  } else {
    channel.register(await createSession(request, response));
  }
});
serve(server);
