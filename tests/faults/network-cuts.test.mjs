// The breaking moment: a client's first connection is cut after every number of bytes
// there is, of what it asks and of what it is answered, from the first of the head to the
// last. Whatever that is in the middle of, it comes back, and has everything once.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { startServer } from "../e2e/server.mjs";
import { freshName, streamAt } from "../e2e/streams.mjs";
import { startFaultProxy } from "./fault-proxy.mjs";
import { FOLLOWERS, MEMBERS } from "./network-clients.mjs";
import { roomBehind } from "./network-journey.mjs";
import { seed } from "./seed.mjs";

let server;
let stream;
/** What a follower of `stream` is to see. */
let published;
before(async () => {
  server = await startServer({ vars: { LIMIT_FRAMES_PER_SECOND: "0" } });
  stream = streamAt(server.origin);
  await stream.publish({ data: { n: 1 } }, { data: "zwei\n" }, { type: "succeeded", data: 3, final: true });
  const { events } = await (await fetch(`${stream.url}/events`)).json();
  published = events.map(({ type, data, cursor }) => ({ type, data: JSON.stringify(data), id: cursor }));
});
after(() => server?.stop());

/**
 * Calls `attempt(bytes)` for one number of bytes after the other, `atATime` at once, until
 * one answers that it was over before it could be cut; how many there were. Of several
 * clients in a row (`of`) each begins at its `place` and takes every so manieth: together
 * they try every number, and the next run gives each of them others.
 */
async function everyCut({ atATime, place, of }, attempt) {
  let next = (place + seed) % of;
  let count = 0;
  let isOver = false;
  const run = async () => {
    while (!isOver) {
      const bytes = next;
      next += of;
      count += 1;
      const wasCut = await attempt(bytes).catch((error) => {
        isOver = true;
        throw new Error(`cut after ${bytes} bytes: ${error.message}`, { cause: error });
      });
      isOver ||= !wasCut;
    }
  };
  await Promise.all(Array.from({ length: atATime }, run));
  return count;
}

async function followCut(follow, bytes, direction) {
  const proxy = await startFaultProxy(server.origin);
  proxy.cutAfter(bytes, direction);
  const follower = follow(`${proxy.origin}/v1/streams/${stream.name}?after=start`);
  try {
    await follower.untilStopped();
    assert.deepEqual(follower.events, published);
    return proxy.cut > 0;
  } finally {
    follower.leave();
    await proxy.stop();
  }
}

/** So many visitors have a room to themselves: to make one takes longer than to visit it. */
const VISITORS = 4;
let visitors = 0;
let room;

async function joinCut(join, bytes, direction) {
  if (visitors++ % VISITORS === 0) room = freshName("cut");
  const visitor = await roomBehind(server.origin, join, undefined, { name: room, cut: [bytes, direction] });
  try {
    await visitor.say();
    await visitor.arrive();
    return visitor.proxy.cut > 0;
  } finally {
    await visitor.leave();
  }
}

/** What is cut, so many at a time: an EventSource waits for two seconds before it comes back. */
const GROUPS = [
  { clients: ["SDK", "npm eventsource", "fetch-event-source"], atATime: 100, all: FOLLOWERS, cut: followCut, what: "event" },
  { clients: ["bare HTTP"], atATime: 8, all: FOLLOWERS, cut: followCut, what: "event" },
  // Those that are back soonest; what is below partysocket is ws.
  { clients: ["SDK", "partysocket"], atATime: 16, all: MEMBERS, cut: joinCut, what: "message" },
];

describe("cut after every number of bytes", { concurrency: true }, () => {
  for (const { clients, atATime, all, cut, what } of GROUPS) {
    for (const [place, name] of clients.entries()) {
      for (const direction of ["request", "answer"]) {
        test(`of its ${direction}, it has every ${what} once: ${name}`, async (t) => {
          const which = { atATime, place, of: clients.length };
          const count = await everyCut(which, (bytes) => cut(all[name], bytes, direction));
          t.diagnostic(`TIDINGS_SEED=${seed}: ${count} cuts`);
          assert.ok(count >= 100 / clients.length);
        });
      }
    }
  }
});

test("the service has complained of nothing", () => {
  assert.doesNotMatch(server.output, /panicked|closure invoked|Uncaught/);
});
