// The npm package `eventsource`.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startServer } from "../e2e/server.mjs";
import { follow } from "./eventsource.mjs";
import { Follower } from "./follower.mjs";
import { lossyJourney, RESTLESS, rotatedJourney, SHORT_LIVED, TYPES } from "./journey.mjs";

let restless;
let shortLived;
before(async () => {
  restless = await startServer({ vars: RESTLESS });
  shortLived = await startServer({ vars: SHORT_LIVED });
});
after(async () => {
  await restless?.stop();
  await shortLived?.stop();
});

function start(url) {
  const follower = new Follower();
  follow(
    url,
    TYPES,
    ({ type, data, lastEventId }) => follower.add({ type, data, id: lastEventId }),
    (code) => follower.stop(code),
  );
  return follower;
}

test("npm eventsource: cut and refused, it has every event once", async () => {
  await lossyJourney(restless, start);
});

test("npm eventsource: ended by the server between events, it has every event once", async () => {
  const follower = await rotatedJourney(shortLived, start);
  assert.equal(follower.stopped, 204, "the last error has the status as its code");
});
