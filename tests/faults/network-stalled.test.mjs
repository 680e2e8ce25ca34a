// One that does not read among two hundred who do: they get everything, it is sent away
// when no more may wait for it, comes back with its cursor, and has missed nothing.
//
// How long things took is told, and judged by nobody: the machine may be doing anything.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";

import { roomAt } from "../e2e/rooms.mjs";
import { startServer } from "../e2e/server.mjs";
import { eventually, freshName, streamAt } from "../e2e/streams.mjs";
import { joinLightly, readLightly } from "./light-readers.mjs";

const CROWD = 200;
/** As many as do not read where it is about memory. */
const STALLED = 40;

/**
 * A frame for every reader: so many texts of this size, 480 kB together. So few frames, in
 * so much time, leave a stream cold; a hot one waits 20 s before it sends away who does not
 * read, and holds back what it says.
 */
const IN_FRAME = 30;
const TEXT = "x".repeat(16_000);
const FRAME_BYTES = IN_FRAME * TEXT.length;
/**
 * By then it is gone: 24 MB, of which the systems on both sides take some, up to ten, the
 * worker 512 KiB for a stream's reader and 4 MiB for a member, and the rest is slack.
 */
const MOST_FRAMES = 50;
/** How many are enough for figures where all are reading. */
const FRAMES = 6;
/** Small things that are said afterwards. */
const SMALL = 100;

/**
 * How much the runtime may grow: with those who do not read, for whom it may hold 4 MiB each
 * and would hold 960 MB were nothing bounded; and with a crowd, to each of which 480 kB are
 * on the way, and which is sent ten times as much before anybody is sent away.
 */
const MOST_GROWTH_KB = { stalled: 600 * 1024, crowd: 1024 * 1024 };

let server;
before(async () => {
  server = await startServer({ vars: { LIMIT_FRAMES_PER_SECOND: "0" } });
});
after(() => server?.stop());

/** How much memory the runtime has, in kB; 0 where the system does not tell. */
function memory() {
  const status = `/proc/${server.pid}/status`;
  return existsSync(status) ? Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(status, "utf8"))[1]) : 0;
}

/** A stream or a room, in the same few words. */
const KINDS = {
  "a stream"() {
    const stream = streamAt(server.origin, freshName("stalled"));
    return {
      configure: () => fetch(stream.url, { method: "PUT", body: '{"retain_events":100000}' }),
      enter: (after = "start") => readLightly(stream.url, after),
      say: (things) => stream.publish(...things.map((data) => ({ data }))),
      present: async () => (await stream.snapshot()).readers,
      farewell: "end",
    };
  },
  "a room"() {
    const room = roomAt(server.origin, freshName("stalled"));
    return {
      configure: () => room.configure({ title: "Crowd" }),
      enter: (after = "start") => joinLightly(room.url, after),
      // Four bodies of 60 kB are as much as 15 texts.
      async say(things) {
        for (let n = 0; n < things.length; n += 4) await room.post({ data: things.slice(n, n + 4) });
      },
      present: async () => (await room.info()).connections,
      farewell: 4008,
    };
  },
};

/** Says things, and keeps count of them and of the runtime's memory. */
class Speaker {
  said = 0;
  frames = 0;
  most = 0;
  #kind;

  constructor(kind) {
    this.#kind = kind;
  }

  async frame() {
    await this.#kind.say(Array.from({ length: IN_FRAME }, () => ({ n: this.said++, at: Date.now(), text: TEXT })));
    this.frames += 1;
    this.most = Math.max(this.most, memory());
  }

  async small() {
    await this.#kind.say([{ n: this.said++, at: Date.now() }]);
  }
}

const megabytes = ({ frames }) => `${((frames * FRAME_BYTES) / 1e6).toFixed(1)} MB`;
const upTo = (total) => Array.from({ length: total }, (_, n) => n);
const percentile = (times, share) => times.toSorted((a, b) => a - b)[Math.floor(share * (times.length - 1))];

/** What a crowd goes through, with one among it who does not read or without. */
async function crowd(kind, { stalled }) {
  await kind.configure();
  const present = await Promise.all(Array.from({ length: CROWD }, () => kind.enter()));
  const slow = stalled ? present.pop() : undefined;
  const speaker = new Speaker(kind);
  await speaker.small();
  for (const one of [...present, slow]) await one?.untilSeen(1);
  slow?.pause();
  const before = memory();
  try {
    for (;;) {
      if (stalled ? (await kind.present()) < CROWD : speaker.frames === FRAMES) break;
      assert.ok(speaker.frames < MOST_FRAMES, `after ${megabytes(speaker)} it is still there`);
      await speaker.frame();
      for (const one of present) await one.untilSeen(speaker.said);
    }
    const large = present.flatMap((one) => one.times.splice(0));
    // What it was sent is still on its way to it.
    for (let n = 0; n < SMALL; n += 1) await speaker.small();
    for (const one of present) await one.untilSeen(speaker.said);
    const small = present.flatMap((one) => one.times);
    for (const one of present) {
      assert.deepEqual(one.seen, upTo(speaker.said), "everybody else has everything, in order");
      assert.equal(one.ended, undefined);
    }
    if (slow) await resume(kind, slow, speaker.said);
    const figures = (times) => `p50 ${percentile(times, 0.5)} ms, p99 ${percentile(times, 0.99)} ms`;
    return { frames: speaker.frames, large: figures(large), small: figures(small), growth: speaker.most - before };
  } finally {
    for (const one of [...present, slow]) one?.leave();
  }
}

/** It reads again: gets what was on its way, the end, and the rest with its cursor. */
async function resume(kind, slow, said) {
  slow.resume();
  await slow.untilEnded();
  assert.equal(slow.ended, kind.farewell);
  assert.ok(slow.seen.length < said);
  const back = await kind.enter(slow.cursor);
  await back.until(() => slow.seen.length + back.seen.length >= said, "the rest");
  assert.deepEqual([...slow.seen, ...back.seen], upTo(said), "it has everything, once and in order");
  back.leave();
}

// First, while the runtime has not yet grown for others.
describe(`${STALLED} do not read`, () => {
  for (const [name, make] of Object.entries(KINDS)) {
    test(`in ${name}: what waits for them is bounded`, async (t) => {
      const kind = make();
      await kind.configure();
      const slow = await Promise.all(Array.from({ length: STALLED }, () => kind.enter()));
      const quick = await kind.enter();
      try {
        for (const one of slow) one.pause();
        const before = memory();
        const speaker = new Speaker(kind);
        while (speaker.frames < MOST_FRAMES) await speaker.frame();
        await quick.untilSeen(speaker.said);
        await eventually(kind.present, (present) => present === 1);
        const growth = speaker.most - before;
        t.diagnostic(`${STALLED} × ${megabytes(speaker)}: the runtime grew by ${growth} kB`);
        assert.deepEqual(quick.seen, upTo(speaker.said));
        assert.ok(growth < MOST_GROWTH_KB.stalled);
      } finally {
        for (const one of [...slow, quick]) one.leave();
      }
    });
  }
});

describe(`one of ${CROWD} does not read`, () => {
  for (const [name, make] of Object.entries(KINDS)) {
    test(`in ${name}: the others have everything, and it too when it comes back`, async (t) => {
      const none = await crowd(make(), { stalled: false });
      const one = await crowd(make(), { stalled: true });
      t.diagnostic(`sent away after ${megabytes(one)}`);
      t.diagnostic(`480 kB to ${CROWD}: ${one.large}; all reading: ${none.large}`);
      t.diagnostic(`100 bytes to ${CROWD}: ${one.small}; all reading: ${none.small}`);
      t.diagnostic(`the runtime grew by ${one.growth} kB; all reading: ${none.growth} kB`);
      for (const { growth } of [none, one]) assert.ok(growth < MOST_GROWTH_KB.crowd);
    });
  }
});
