// The npm package `ws`.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startServer } from "../e2e/server.mjs";
import { memberBy } from "./member.mjs";
import { kickedJourney, pacedJourney, roomAt, roomJourney, silentJourney } from "./room-journey.mjs";
import { join } from "./ws.mjs";

let server;
before(async () => {
  server = await startServer();
});
after(() => server?.stop());

const start = memberBy(join);

test("ws: cut, unanswered, refused, restarted and crashed, it has every message once", async () => {
  await roomJourney(server, start);
});

test("ws: told to wait, it says everything in order", async () => {
  await pacedJourney(server, start);
});

test("ws: without a word of the other side, it comes back", async () => {
  await silentJourney(server, (url) => start(url, { pulse: 1000 }));
});

test("ws: removed from the room, it stays away", async () => {
  await kickedJourney(server, start);
});

test("ws: a refusal ends it, and is told", async () => {
  const member = start(`${roomAt(server.origin).url}?key=short`);
  await member.untilStopped();
  assert.equal(member.stopped, "HTTP 400");
});
