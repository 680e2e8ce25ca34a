// The Python package `httpx-sse`.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startServer } from "../e2e/server.mjs";
import { lossyJourney, RESTLESS, rotatedJourney, SHORT_LIVED } from "./journey.mjs";
import { missing, startPython } from "./python.mjs";

let restless;
let shortLived;
before(async () => {
  if (missing) return;
  restless = await startServer({ vars: RESTLESS });
  shortLived = await startServer({ vars: SHORT_LIVED });
});
after(async () => {
  await restless?.stop();
  await shortLived?.stop();
});

const start = (url) => startPython("follow_httpx_sse.py", url);

test("httpx-sse: cut and refused, it has every event once", { skip: missing }, async () => {
  const follower = await lossyJourney(restless, start);
  assert.equal(follower.stopped, "ended");
});

test("httpx-sse: ended by the server between events, it has every event once", { skip: missing }, async () => {
  const follower = await rotatedJourney(shortLived, start);
  assert.equal(follower.stopped, "ended");
});

test("httpx-sse: an answer that is no stream ends it, and is told", { skip: missing }, async () => {
  const follower = start(`${restless.origin}/v1/streams/x?tail=none`);
  await follower.untilStopped();
  assert.match(follower.stopped, /HTTP\w*Error.*400/);
});
