// The Python package `sseclient-py`.

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

const start = (url) => startPython("follow_sseclient_py.py", url);

test("sseclient-py: cut and refused, it has every event once", { skip: missing }, async () => {
  const follower = await lossyJourney(restless, start);
  assert.equal(follower.stopped, "ended");
});

test("sseclient-py: ended by the server between events, it has every event once", { skip: missing }, async () => {
  const follower = await rotatedJourney(shortLived, start);
  assert.equal(follower.stopped, "ended");
});

test("sseclient-py: an answer that is no stream ends it, and is told", { skip: missing }, async () => {
  const follower = start(`${restless.origin}/v1/streams/x?tail=none`);
  await follower.untilStopped();
  assert.match(follower.stopped, /HTTP\w*Error.*400/);
});
