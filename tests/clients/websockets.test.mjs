// The Python package `websockets`.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startServer } from "../e2e/server.mjs";
import { joinByPython, missing } from "./python.mjs";
import { kickedJourney, pacedJourney, roomAt, roomJourney, silentJourney } from "./room-journey.mjs";

let server;
before(async () => {
  if (!missing) server = await startServer();
});
after(() => server?.stop());

const start = (url, options) => joinByPython("join_websockets.py", url, options);

test("websockets: cut, unanswered, refused, restarted and crashed, it has every message once", { skip: missing }, async () => {
  await roomJourney(server, start);
});

test("websockets: told to wait, it says everything in order", { skip: missing }, async () => {
  await pacedJourney(server, start);
});

test("websockets: without a word of the other side, it comes back", { skip: missing }, async () => {
  await silentJourney(server, (url) => start(url, { ping_interval: 1, ping_timeout: 1 }));
});

test("websockets: removed from the room, it stays away", { skip: missing }, async () => {
  await kickedJourney(server, start);
});

test("websockets: a refusal ends it, and is told", { skip: missing }, async () => {
  const member = start(`${roomAt(server.origin).url.replace("http", "ws")}?key=short`);
  await member.untilStopped();
  assert.equal(member.stopped, "HTTP 400");
});
