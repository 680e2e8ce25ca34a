// What a panic costs, in the Worker, in a stream and in a room. None is known, and this
// build is not the one that is deployed: it panics on demand.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";

import { buildWithPanics, FEATURE, FOLDER } from "../../scripts/worker/panic-build.mjs";
import { openStream } from "./event-source.mjs";
import { freshKey, roomAt } from "./rooms.mjs";
import { startServer } from "./server.mjs";
import { eventually, streamAt } from "./streams.mjs";

before(buildWithPanics);

const asked = (place) => `${FEATURE}:${place}`;
const bundle = (folder) => readFileSync(new URL(`../../${folder}/index_bg.wasm`, import.meta.url)).includes(FEATURE);

test("what is deployed does not panic on demand", async () => {
  assert.deepEqual([bundle("build"), bundle(FOLDER)], [false, true]);
});

// One memory for all, as in `wrangler dev`, or one for the Worker and one for the objects.
for (const apart of [false, true]) {
  describe(apart ? "objects in another isolate than the Worker" : "objects in the Worker's isolate", () => {
    let server;
    before(async () => {
      server = await startServer({ build: FOLDER, apart });
    });
    after(() => server?.stop());

    /** How many panics were written to the log. */
    const count = (place) => server.output.split(`\n${asked(place)}`).length - 1;
    const panics = (place, least = 1) => eventually(async () => count(place), (seen) => seen >= least, 60_000);

    /** Reads the rest, in as many responses as it takes. */
    async function readAll(reader, total, url) {
      const data = [];
      for (;;) {
        const missing = total - data.length;
        await reader.until(() => reader.ended !== undefined || reader.events.length >= missing, "the rest, or an end", 60_000);
        data.push(...reader.data);
        reader.cut();
        if (data.length >= total) return data;
        reader = openStream(url, { lastEventId: reader.lastEventId });
      }
    }

    test("a panic in the Worker is one request that fails, and is written to the log with its place", async () => {
      const stream = streamAt(server.origin);
      await stream.publish({ data: 1 });
      const reader = openStream(stream.url);
      await reader.untilEvents(1);
      const failed = await fetch(`${server.origin}/v1/health?${asked("worker")}`);
      assert.equal(failed.status, 500);
      await panics("worker");
      assert.match(server.output, /panicked at src\/edge\/panic_route\.rs/);
      assert.equal((await fetch(`${server.origin}/v1/health`)).status, 200);
      // A reader whose response was written by what is no more comes back with its cursor.
      await stream.publish({ data: 2 });
      assert.deepEqual(await readAll(reader, 2, stream.url), [1, 2]);
    });

    test("a trap that is no panic is told to others with the next request", async () => {
      const stream = streamAt(server.origin);
      await stream.publish({ data: 1 });
      const reader = openStream(stream.url);
      await reader.untilEvents(1);
      const poll = fetch(`${stream.url}/events?after=${reader.lastEventId}&wait=25`);
      // It waits at a socket of its own.
      await eventually(async () => (await stream.snapshot()).readers, (readers) => readers === 2);
      const failed = await fetch(`${server.origin}/v1/health?${asked("trap")}`);
      assert.equal(failed.status, 500);
      assert.equal((await fetch(`${server.origin}/v1/health`)).status, 200);
      assert.equal((await poll).status, 500);
      await stream.publish({ data: 2 });
      assert.deepEqual(await readAll(reader, 2, stream.url), [1, 2]);
    });

    test("a panic in a stream is told to all whom it served, and loses nothing that was answered", async () => {
      const stream = streamAt(server.origin);
      const answered = new Map();
      const send = async (key, data = key) => {
        const response = await fetch(`${stream.url}/events`, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ data, key }),
        });
        if (response.status !== 200) {
          assert.ok(response.status >= 500, `${response.status}: a fault of the server`);
          await response.arrayBuffer();
          return undefined;
        }
        const { cursor } = await response.json();
        answered.set(key, cursor);
        return cursor;
      };
      await send("first");
      const reader = openStream(stream.url, { lastEventId: "start" });
      await reader.untilEvents(1);
      const keys = Array.from({ length: 20 }, (_, n) => `k${n}`);
      // What is on its way to the object when it panics is refused, and does not wait for ever.
      const sent = keys.map((key) => send(key));
      assert.equal(await send("bad", asked("stream")), undefined);
      await Promise.all(sent);
      await panics("stream");
      const early = new Map(answered);
      await send("next");
      for (const key of keys.filter((key) => !early.has(key))) await send(key);
      for (const [key, cursor] of early) {
        assert.equal(await send(key), cursor, `${key} has the place that it was answered with`);
      }
      const page = await (await fetch(`${stream.url}/events?limit=500`)).json();
      const all = page.events.map(({ data }) => data);
      assert.deepEqual(all.toSorted(), ["first", "next", ...keys].toSorted(), "each once");
      assert.deepEqual(page.events.map(({ cursor }) => Number(cursor.split(".")[1])), all.map((_, n) => n + 1));
      assert.deepEqual(await readAll(reader, all.length, stream.url), all);
    });

    test("readers of a stream that was hot miss nothing", async () => {
      const stream = streamAt(server.origin);
      const readers = [1, 2, 3].map(() => openStream(`${stream.url}?after=start`));
      for (const reader of readers) await reader.untilHeaders();
      // So many frames make it hot, and its object writes the responses.
      for (let n = 0; n < 60; n += 1) await stream.publish({ data: n });
      for (const reader of readers) await reader.untilEvents(60);
      await assert.rejects(stream.publish({ data: asked("stream") }));
      await stream.publish({ data: 60 });
      const all = Array.from({ length: 61 }, (_, n) => n);
      for (const reader of readers) assert.deepEqual(await readAll(reader, 61, stream.url), all);
    });

    test("a panic in a room closes its connections, and keeps what was acknowledged", async () => {
      const room = roomAt(server.origin);
      const [annsKey, bosKey] = [freshKey(), freshKey()];
      const ann = await room.join({ name: "Ann", key: annsKey });
      const bo = await room.join({ name: "Bo", key: bosKey });
      const { cursor: first } = await ann.say("first");
      await ann.ask({ type: "set", id: "s", key: "topic", value: "rain" });
      const others = Array.from({ length: 10 }, (_, n) => `b${n}`);
      for (const text of others) bo.send({ type: "message", id: text, text });
      ann.send({ type: "message", id: "bad", text: asked("room") });
      // Nobody is left waiting for an acknowledgement that will never come.
      for (const member of [ann, bo]) assert.equal(await member.socket.untilClosed(), 1011);
      const acknowledged = bo.of("ack").map(({ id, cursor }) => [id, cursor]);
      // Whoever has no acknowledgement sends again, under the same ids.
      const anns = await room.join({ name: "Ann", key: annsKey });
      const bos = await room.join({ name: "Bo", key: bosKey, after: "start" });
      assert.deepEqual([anns.id, bos.id], [ann.id, bo.id]);
      assert.equal(bos.last("welcome").count, 2, "those who were closed are not there any more");
      const cursors = new Map();
      for (const text of others) cursors.set(text, (await bos.say(text)).cursor);
      for (const [id, cursor] of acknowledged) assert.equal(cursors.get(id), cursor, id);
      assert.equal((await anns.say("first")).cursor, first);
      const { messages } = await room.messages("?limit=500");
      assert.deepEqual(messages.map(({ text }) => text).toSorted(), ["first", ...others].toSorted());
      assert.equal(bos.last("welcome").state.topic.value, "rain");
      for (const member of [anns, bos]) member.close();
    });

    test("a server's message that waits to be stored is answered", async () => {
      const room = roomAt(server.origin);
      const ann = await room.join({ name: "Ann" });
      const post = async (id) => {
        const body = JSON.stringify({ id, text: id });
        const headers = { "Content-Type": "application/json" };
        const response = await fetch(`${room.url}/messages`, { method: "POST", headers, body });
        await response.arrayBuffer();
        return response.status;
      };
      const before = count("room");
      const posts = Array.from({ length: 10 }, (_, n) => post(`p${n}`));
      ann.send({ type: "message", id: "bad", text: asked("room") });
      for (const status of await Promise.all(posts)) assert.ok(status < 300 || status >= 500, `${status}`);
      await panics("room", before + 1);
      for (let n = 0; n < 10; n += 1) assert.ok((await post(`p${n}`)) < 300);
      const { messages } = await room.messages("?limit=500");
      assert.deepEqual(messages.map(({ text }) => text).toSorted(), Array.from({ length: 10 }, (_, n) => `p${n}`));
    });

    test("who is in another room of that isolate comes back, too, and it may happen again and again", async () => {
      const [room, other] = [roomAt(server.origin), roomAt(server.origin)];
      for (let n = 1; n <= 5; n += 1) {
        const before = count("room");
        const ann = await room.join({ name: "Ann" });
        const bo = await other.join({ name: "Bo" });
        ann.send({ type: "message", id: `bad ${n}`, text: asked("room") });
        await panics("room", before + 1);
        // A room in which nothing was under way is told before the next that comes.
        bo.send({ type: "message", id: `good ${n}`, text: `good ${n}` });
        for (const member of [ann, bo]) assert.equal(await member.socket.untilClosed(), 1011);
        for (const { join } of [room, other]) {
          const again = await join({ name: "Bo", after: "start" });
          await again.say(`good ${n}`);
          again.close();
        }
      }
      for (const { messages } of [room, other]) {
        const texts = (await messages()).messages.map(({ text }) => text);
        assert.deepEqual(texts, [1, 2, 3, 4, 5].map((n) => `good ${n}`));
      }
    });
  });
}
