// Streams and rooms that are prepared together, fall asleep together, and are then woken one
// by one: what a test looks at is what has survived in storage and in the sockets'
// attachments, for the object that held it in memory is gone.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { startServer } from "./server.mjs";

/** The platform puts an object to sleep after ten seconds without work. */
const ASLEEP_MS = 15_000;

/**
 * Tests in which `prepare(place, server)` comes before the sleep, and
 * `wake(place, prepared, server)` after it: the first thing that it does wakes the object.
 * They are told one by one to `asleep`, and wait for `wakeAll`.
 *
 * @param {object} options of the server
 * @param {(origin: string) => {url: string}} makePlace makes a stream or a room
 */
export function sleepers(options, makePlace) {
  const all = [];
  let server;
  before(async () => {
    server = await startServer(options);
    for (const sleeper of all) {
      sleeper.place = makePlace(server.origin);
      sleeper.prepared = await sleeper.prepare(sleeper.place, server);
      sleeper.since = await awakeSince(sleeper.place);
    }
    await new Promise((resolve) => setTimeout(resolve, ASLEEP_MS));
  });
  after(() => server?.stop());

  const asleep = (what, prepare, wake) => all.push({ what, prepare, wake });
  const wakeAll = (title) =>
    // At the same time: of a connection that an object has closed the platform lets go ten
    // seconds later.
    describe(title, { concurrency: true }, () => {
      for (const sleeper of all) test(sleeper.what, () => judge(sleeper, server));
    });
  return { asleep, wakeAll };
}

async function judge({ place, prepared, since, wake }, server) {
  await wake(place, prepared, server);
  const now = await awakeSince(place);
  // What was deleted says nothing of itself any more.
  if (now !== undefined) assert.ok(now > since, "the object was constructed anew: it had slept");
}

async function awakeSince({ url }) {
  const response = await fetch(url, { headers: { Accept: "application/json" } });
  return (await response.json()).awake_since;
}
