// Who comes in while much is said: what is due first comes first, and after it everything
// once, without a hole. An object holds what it greets somebody with until their upgrade is
// answered, and what it says meanwhile must not overtake.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { openStream } from "./event-source.mjs";
import { roomAt } from "./rooms.mjs";
import { startServer } from "./server.mjs";
import { openSocket } from "./socket.mjs";
import { streamAt } from "./streams.mjs";

let server;
before(async () => {
  server = await startServer({ vars: { LIMIT_FRAMES_PER_SECOND: "0" } });
});
after(() => server?.stop());

const COMING = 40;
const crowd = (open) => Promise.all(Array.from({ length: COMING }, open));

/** Does something again and again until it is told to stop. */
function repeatedly(act) {
  let isOver = false;
  const work = (async () => {
    for (let n = 0; !isOver; n += 1) await act(n);
  })();
  return () => {
    isOver = true;
    return work;
  };
}

const seqOf = (cursor) => Number(cursor.split(".")[1]);

/** Fails unless the cursors go on one by one. */
function assertNext(cursors) {
  const seqs = cursors.map(seqOf);
  assert.deepEqual(seqs, Array.from(seqs, (_, n) => seqs[0] + n), "a hole, a repetition or another order");
}

/** ... and end with the last. */
function assertWhole(cursors, last) {
  assertNext(cursors);
  assert.equal(cursors.at(-1), last);
}

describe("while much is said", () => {
  test("members of a room are welcomed first, and watchers miss nothing", async () => {
    const room = roomAt(server.origin);
    const speakers = await Promise.all(["a", "b", "c"].map((name) => room.join({ name })));
    await speakers[0].say("first");
    const stop = repeatedly((n) => Promise.all(speakers.map((speaker, place) => speaker.say(`${place} ${n}`))));
    const members = [];
    const watchers = [];
    for (let wave = 0; wave < 3; wave += 1) {
      members.push(...(await crowd(() => room.knock({ tail: "5" }))));
      watchers.push(...(await crowd(async () => openStream(`${room.url}?tail=5`))));
    }
    await stop();
    const { cursor } = await speakers[0].say("last");
    for (const member of members) {
      await member.until(({ events }) => events.some((thing) => thing.type === "message" && thing.cursor === cursor), "the last message");
      assert.equal(member.events[0].type, "welcome");
      assert.equal(member.events.filter(({ type }) => type === "welcome").length, 1);
      assertWhole(member.events.filter(({ type }) => type === "message").map((message) => message.cursor), cursor);
    }
    for (const watcher of watchers) {
      await watcher.until(({ events }) => events.some(({ id }) => id === cursor), "the last message");
      assertWhole(watcher.events.map(({ id }) => id), cursor);
      watcher.cut();
    }
    for (const socket of [...members, ...speakers.map(({ socket }) => socket)]) socket.close();
  });

  test("readers of a stream miss nothing, many at a time or one by one", async () => {
    const stream = streamAt(server.origin);
    await stream.publish(...Array.from({ length: 5 }, (_, data) => ({ data })));
    const stops = [0, 1, 2].map((place) => repeatedly((n) => stream.publish({ data: [place, n] })));
    // Where there are few readers, nothing waits for more before it is shown.
    for (let n = 0; n < 100; n += 1) {
      const reader = openStream(`${stream.url}?tail=5`);
      const publish = () => stream.publish({ data: n });
      const open = () => openSocket(`${stream.url}?tail=5`);
      const [, one, , two, , three] = await Promise.all([publish(), open(), publish(), open(), publish(), open(), publish()]);
      for (const socket of [one, two, three]) {
        await socket.untilEvents(8);
        assertNext(socket.events.map((event) => event.cursor));
        socket.close();
      }
      await reader.untilEvents(8);
      assertNext(reader.events.map(({ id }) => id));
      reader.cut();
    }
    const sockets = [];
    const readers = [];
    for (let wave = 0; wave < 3; wave += 1) {
      sockets.push(...(await crowd(() => openSocket(`${stream.url}?tail=5`))));
      readers.push(...(await crowd(async () => openStream(`${stream.url}?tail=5`))));
    }
    await Promise.all(stops.map((stop) => stop()));
    const { cursor } = await stream.publish({ type: "succeeded", data: "last", final: true });
    for (const socket of sockets) {
      await socket.until(({ events }) => events.some((event) => event.cursor === cursor), "the end");
      assertWhole(socket.events.map((event) => event.cursor), cursor);
      socket.close();
    }
    for (const reader of readers) {
      await reader.until(({ ended }) => ended !== undefined, "the end");
      assert.equal(reader.ended, "end");
      assertWhole(reader.events.map(({ id }) => id), cursor);
    }
  });
});
