// A room with ws on Node, as in its README: broadcast to all, a frame per message.

import http from "node:http";

import { WebSocketServer } from "ws";

import { serve } from "../ready.mjs";

const server = http.createServer();
const sockets = new WebSocketServer({ server });
sockets.on("connection", (socket) => {
  socket.on("error", () => {});
  socket.on("message", (message) => {
    for (const other of sockets.clients) {
      if (other.readyState === 1) other.send(message, { binary: false });
    }
  });
});
serve(server);
