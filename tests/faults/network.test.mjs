// Every client on every kind of bad network: in the end it has seen the same as everybody,
// once and in order, and what was acknowledged is part of it.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { startServer } from "../e2e/server.mjs";
import { FOLLOWERS, MEMBERS, show } from "./network-clients.mjs";
import { roomBehind, streamBehind } from "./network-journey.mjs";
import { chance, seed } from "./seed.mjs";

let server;
let shower;
before(async () => {
  server = await startServer({ vars: { LIMIT_FRAMES_PER_SECOND: "0", SSE_HEARTBEAT_SECONDS: "1" } });
  // An EventSource notices nothing that TCP does not; the SDK's rooms when they are shown.
  shower = setInterval(show, 1_000);
});
after(async () => {
  clearInterval(shower);
  await server?.stop();
});

/** Waits until a client has come (back) since `before`. */
const untilBack = (proxy, before) => proxy.until(() => proxy.connected > before, "somebody to come back");

/**
 * What goes wrong. Each answers, when it has begun, how it ends, in which it may wait for
 * clients; between the two things are said.
 */
const FAULTS = {
  async latency(proxy) {
    proxy.weather = { latency: 100 };
    return () => (proxy.weather = {});
  },
  async jitter(proxy) {
    proxy.weather = { jitter: 200 };
    return () => (proxy.weather = {});
  },
  async trickle(proxy) {
    proxy.weather = { piece: 1 + Math.floor(5 * proxy.random()) };
    return () => (proxy.weather = {});
  },
  async reset(proxy) {
    const before = proxy.connected;
    proxy.reset();
    return () => untilBack(proxy, before);
  },
  async "nobody there"(proxy) {
    proxy.refuse();
    proxy.reset();
    return async () => {
      await proxy.until(() => proxy.refused > 0, "an attempt to come back");
      proxy.accept();
    };
  },
  async "cut again and again"(proxy) {
    const before = proxy.cut;
    for (let n = 0; n < 2; n += 1) {
      proxy.cutAfter(Math.floor(600 * proxy.random()), "answer");
      proxy.cutAfter(Math.floor(300 * proxy.random()), "request");
    }
    proxy.reset();
    return () => proxy.until(() => proxy.cut > before, "a cut");
  },
  async "half-open, then forgotten"(proxy) {
    const before = proxy.connected;
    proxy.vanish("forgotten");
    return async () => {
      // Whoever sends nothing, as an EventSource, learns it from whoever is still there.
      await untilBack(proxy, before);
      proxy.reset();
    };
  },
  async "half-open"(proxy) {
    const before = proxy.connected;
    proxy.vanish("asleep");
    return async () => {
      await untilBack(proxy, before);
      proxy.reset();
    };
  },
  async "connected twice"(proxy) {
    const before = proxy.connected;
    proxy.strand();
    return async () => {
      proxy.abandon();
      await untilBack(proxy, before);
      proxy.revive();
    };
  },
};

/** One after the other, with things being said before, during and after each. */
async function endure(traveller, faults) {
  try {
    for (let n = 0; n < 3; n += 1) await traveller.say();
    await traveller.untilSeen();
    for (const fault of faults) {
      const heal = await FAULTS[fault](traveller.proxy);
      const saying = (async () => {
        for (let n = 0; n < 6; n += 1) await traveller.say();
      })();
      await heal();
      await saying;
      await traveller.say();
      await traveller.untilSeen();
    }
    await traveller.arrive();
  } finally {
    await traveller.leave();
  }
}

/** So many at a time: each mostly waits until its client comes back. */
const AT_A_TIME = 16;
/** How many faults a random sequence has. */
const SEQUENCE = 6;

const CLIENTS = [
  ...Object.entries(FOLLOWERS).map(([name, start]) => [`a stream, ${name}`, streamBehind, start]),
  ...Object.entries(MEMBERS).map(([name, start]) => [`a room, ${name}`, roomBehind, start]),
];

describe("over a network with", { concurrency: AT_A_TIME }, () => {
  // The longest first.
  for (const [name, behind, start] of CLIENTS) {
    test(`one thing after the other: ${name}`, async (t) => {
      const random = chance(name);
      const names = Object.keys(FAULTS);
      const faults = Array.from({ length: SEQUENCE }, () => names[Math.floor(random() * names.length)]);
      t.diagnostic(`TIDINGS_SEED=${seed}: ${faults.join(", ")}`);
      await endure(await behind(server.origin, start, random), faults);
    });
  }
  for (const [name, behind, start] of CLIENTS) {
    for (const fault of Object.keys(FAULTS)) {
      test(`${fault}: ${name}`, async () => {
        await endure(await behind(server.origin, start, chance(name + fault)), [fault]);
      });
    }
  }
});

test("the service has complained of nothing", () => {
  assert.doesNotMatch(server.output, /panicked|closure invoked|Uncaught/);
});
