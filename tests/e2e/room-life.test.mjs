// What a room survives: sleep, restarts, power cuts, members who do not read.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { freshKey, roomAt } from "./rooms.mjs";
import { startServer } from "./server.mjs";

let server;
before(async () => {
  server = await startServer({
    vars: { LIMIT_FRAMES_PER_SECOND: "0", LIMIT_SIGNALS_PER_SECOND: "0", ROOM_SILENCE_SECONDS: "12" },
  });
});
after(() => server?.stop());

const range = (from, to) => Array.from({ length: to - from + 1 }, (_, n) => from + n);
const dataOf = (member) => member.of("message").map(({ data }) => (Array.isArray(data) ? data[0] : data));

describe("a room that sleeps", () => {
  test("keeps its members, wakes with a frame, and knows everything", async () => {
    const room = roomAt(server.origin);
    const key = freshKey();
    const ann = await room.join({ name: "Ann", key });
    const bo = await room.join({ name: "Bo" });
    bo.send({ type: "presence", data: "desk" });
    await ann.until("presence");
    await bo.ask({ type: "set", id: "s", key: "topic", value: "rain" });
    const { cursor } = await ann.say("before");
    const { awake_since: before } = await room.info();
    // Pings are answered for it, and do not keep it awake: 10 s without work are enough.
    for (let n = 0; n < 26; n += 1) {
      ann.send("ping");
      bo.send("ping");
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    assert.equal(ann.socket.texts.filter((text) => text === "pong").length, 26);
    const { cursor: second } = await bo.say("after");
    assert.equal((await ann.until("message", ({ text }) => text === "after")).cursor, second);
    const info = await room.info();
    assert.ok(info.awake_since > before, "the object was constructed anew: it had slept");
    assert.deepEqual([info.members, info.connections], [2, 2]);
    assert.equal((await ann.say("before")).cursor, cursor, "it still knows the id");
    const late = await room.join();
    assert.deepEqual(late.last("welcome").state, { topic: { value: "rain", version: 1 } });
    const there = late.last("welcome").members.find(({ id }) => id === bo.id);
    assert.equal(there.data, "desk");
    for (const member of [ann, bo, late]) member.close();
  });

  test("gives up a client that used to ping and fell silent", async () => {
    const room = roomAt(server.origin);
    const [ann, bo] = [await room.join(), await room.join()];
    bo.send("ping");
    const beat = setInterval(() => ann.send("ping"), 1_000);
    try {
      // Twelve seconds of silence are noticed by the alarm after next at the latest.
      await ann.socket.until(() => ann.last("left")?.member.id === bo.id, "Bo's end", 60_000);
      await bo.socket.until(() => bo.last("bye") !== undefined, "bye");
      assert.ok(bo.last("bye").retry_ms > 0);
      assert.equal(ann.socket.closed, undefined);
    } finally {
      clearInterval(beat);
      ann.close();
      bo.close();
    }
  });
});

describe("a power cut", () => {
  test("takes nothing that was acknowledged, and nothing comes twice", async () => {
    const room = roomAt(server.origin);
    const key = freshKey();
    let ann = await room.join({ name: "Ann", key });
    let bo = await room.join({ name: "Bo", after: "start" });
    const acked = new Map();
    let next = 1;
    const seen = [];
    for (let round = 0; round < 3; round += 1) {
      const burst = range(next, next + 39);
      for (const n of burst) ann.send({ type: "message", id: String(n), data: n });
      next += 40;
      // In the middle of it: some are acknowledged, some are not.
      await ann.socket.until(() => ann.of("ack").length >= 10, "some acks");
      await server.kill();
      for (const { id, cursor } of ann.of("ack")) acked.set(id, cursor);
      seen.push(...bo.of("message"));
      ann = await room.join({ name: "Ann", key, tail: "0" });
      bo = await room.join({ name: "Bo", after: seen.at(-1)?.cursor ?? "start" });
      for (const n of burst) {
        const { cursor } = await ann.ask({ type: "message", id: String(n), data: n });
        assert.equal(cursor, acked.get(String(n)) ?? cursor, "where it was acknowledged before");
        acked.set(String(n), cursor);
      }
      const last = acked.get(String(burst.at(-1)));
      if (seen.every(({ cursor }) => cursor !== last)) await bo.until("message", ({ cursor }) => cursor === last);
    }
    seen.push(...bo.of("message"));
    const seqs = seen.map(({ cursor }) => Number(cursor.split(".")[1]));
    assert.deepEqual(seqs, range(1, next - 1));
    assert.deepEqual(seen.map(({ data }) => data).toSorted((a, b) => a - b), range(1, next - 1));
    for (const { id, cursor } of seen) assert.equal(acked.get(id), cursor);
    ann.close();
    bo.close();
  });

  test("and an orderly restart too: who resumes has seen everything once", async () => {
    const room = roomAt(server.origin);
    const ann = await room.join();
    for (const n of range(1, 5)) await ann.ask({ type: "message", id: String(n), data: n });
    const { cursor } = ann;
    await server.restart();
    await room.post({ data: 6 });
    const back = await room.join({ after: cursor });
    await back.until("message", ({ data }) => data === 6);
    assert.deepEqual(dataOf(back), [6]);
    back.close();
  });
});

describe("a member who does not read", () => {
  test("is sent away with 4008, the others go on, and nothing is lost", async () => {
    const room = roomAt(server.origin);
    const ann = await room.join();
    const bo = await room.join();
    const slow = await room.join();
    slow.socket.pause();
    const filler = "x".repeat(60_000);
    const total = 400;
    for (const n of range(1, total)) {
      ann.send({ type: "message", id: String(n), data: [n, filler] });
      if (n % 10 === 0) await ann.until("ack", ({ id }) => id === String(n));
    }
    await bo.socket.until(() => bo.of("message").length === total, "all of it");
    assert.deepEqual(dataOf(bo), range(1, total));
    await ann.until("left");
    slow.socket.resume();
    await slow.socket.until(({ closed }) => closed !== undefined, "the close", 40_000);
    assert.equal(slow.socket.closed, 4008);
    const back = await room.join({ after: slow.cursor });
    await back.socket.until(() => slow.of("message").length + back.of("message").length >= total, "the rest");
    assert.deepEqual([...dataOf(slow), ...dataOf(back)], range(1, total));
    // A long past waits for whoever reads slowly, too.
    const late = await room.join({ after: "start" });
    late.socket.pause();
    await ann.ask({ type: "message", id: "live", data: total + 1 });
    late.socket.resume();
    await late.socket.until(() => late.of("message").length > total, "all of it");
    assert.deepEqual(dataOf(late), range(1, total + 1));
    for (const member of [ann, bo, back, late]) member.close();
  });
});
