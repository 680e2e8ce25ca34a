// What a panic costs, in the Worker, in a stream and in a room. None is known, and this
// build is not the one that is deployed: it panics on demand.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { buildWithPanics, FEATURE, FOLDER } from "../../scripts/worker/panic-build.mjs";
import { openStream } from "./event-source.mjs";
import { freshKey, roomAt } from "./rooms.mjs";
import { startServer } from "./server.mjs";
import { eventually, streamAt } from "./streams.mjs";

let server;
/** Requests that a panic leaves without an answer are given up in the end, as a client would. */
const giveUp = new AbortController();
before(async () => {
  await buildWithPanics();
  // A response that belonged to the instance which is no more ends with its next timer.
  server = await startServer({ build: FOLDER, vars: { SSE_HEARTBEAT_SECONDS: "1" } });
});
after(async () => {
  giveUp.abort();
  await server?.stop();
});

const asked = (place) => `${FEATURE}:${place}`;
/** Waits until so many panics were written to the log. */
const panics = (place, count = 1) =>
  eventually(async () => server.output.split(`\n${asked(place)}`).length - 1, (seen) => seen >= count, 60_000);
const bundle = (folder) => readFileSync(new URL(`../../${folder}/index_bg.wasm`, import.meta.url)).includes(FEATURE);

test("what is deployed does not panic on demand", async () => {
  assert.deepEqual([bundle("build"), bundle(FOLDER)], [false, true]);
});

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
  const { cursor } = await stream.publish({ data: 2 });
  await reader.until(() => reader.ended !== undefined || reader.events.length === 2, "the event, or an end", 60_000);
  if (reader.ended === undefined) return reader.cut();
  const back = openStream(stream.url, { lastEventId: reader.lastEventId });
  await back.untilEvents(1);
  assert.deepEqual([back.events[0].id, back.data[0]], [cursor, 2]);
  for (const open of [reader, back]) open.cut();
});

test("a panic in a stream loses nothing that was answered, and the rest can be sent again", async () => {
  const stream = streamAt(server.origin);
  const answered = new Map();
  const send = async (key, data = key) => {
    const response = await fetch(`${stream.url}/events`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ data, key }),
      signal: giveUp.signal,
    });
    const { cursor } = await response.json();
    assert.equal(response.status, 200);
    answered.set(key, cursor);
    return cursor;
  };
  await send("first");
  const reader = openStream(stream.url, { lastEventId: "start" });
  await reader.untilEvents(1);
  const keys = Array.from({ length: 20 }, (_, n) => `k${n}`);
  // What is on its way to the object when it panics may have no answer.
  const sent = keys.map((key) => send(key).catch(() => {}));
  const lost = send("bad", asked("stream")).catch(() => {});
  await panics("stream");
  const next = await send("next");
  const early = new Map(answered);
  for (const key of keys.filter((key) => !early.has(key))) await send(key);
  for (const [key, cursor] of early) {
    assert.equal(await send(key), cursor, `${key} has the place that it was answered with`);
  }
  const page = await (await fetch(`${stream.url}/events?limit=500`)).json();
  const all = page.events.map(({ data }) => data);
  assert.deepEqual(all.toSorted(), ["first", "next", ...keys].toSorted(), "each once");
  assert.deepEqual(page.events.map(({ cursor }) => Number(cursor.split(".")[1])), all.map((_, n) => n + 1));
  assert.ok(page.events.some(({ cursor }) => cursor === next));
  // A reader got all of it, or its response has ended and it comes back.
  const isDone = () => reader.ended !== undefined || reader.events.length === all.length;
  await reader.until(isDone, "the rest, or an end", 60_000);
  const back = openStream(stream.url, { lastEventId: reader.lastEventId });
  await back.untilEvents(all.length - reader.events.length);
  assert.deepEqual([...reader.data, ...back.data], all);
  for (const open of [reader, back]) open.cut();
  giveUp.abort();
  await Promise.all([...sent, lost]);
});

test("a panic in a room while it handles a message keeps its members and what was acknowledged", async () => {
  const room = roomAt(server.origin);
  const [annsKey, bosKey] = [freshKey(), freshKey()];
  const ann = await room.join({ name: "Ann", key: annsKey });
  const bo = await room.join({ name: "Bo", key: bosKey });
  const { cursor: first } = await ann.say("first");
  await ann.ask({ type: "set", id: "s", key: "topic", value: "rain" });
  const others = Array.from({ length: 10 }, (_, n) => `b${n}`);
  for (const text of others) bo.send({ type: "message", id: text, text });
  ann.send({ type: "message", id: "bad", text: asked("room") });
  await panics("room");
  // The connections are still there, with all that the room knew of them.
  const { cursor: second } = await ann.say("second");
  assert.equal((await bo.until("message", ({ text }) => text === "second")).cursor, second);
  assert.deepEqual([ann.socket.closed, bo.socket.closed], [undefined, undefined]);
  const acknowledged = bo.of("ack").map(({ id, cursor }) => [id, cursor]);
  // Whoever has no acknowledgement sends again when it comes back, under the same ids.
  bo.socket.cut();
  const back = await room.join({ name: "Bo", key: bosKey, after: "start" });
  assert.equal(back.id, bo.id);
  const cursors = new Map();
  for (const text of others) cursors.set(text, (await back.say(text)).cursor);
  for (const [id, cursor] of acknowledged) assert.equal(cursors.get(id), cursor, id);
  assert.equal((await ann.say("first")).cursor, first);
  const { messages } = await room.messages("?limit=500");
  assert.deepEqual(messages.map(({ text }) => text).toSorted(), ["first", "second", ...others].toSorted());
  assert.equal(back.last("welcome").state.topic.value, "rain");
  for (const member of [ann, back]) member.close();
});

test("it may happen again and again", async () => {
  const room = roomAt(server.origin);
  const ann = await room.join({ name: "Ann" });
  const before = server.output.split(`\n${asked("room")}`).length - 1;
  for (let n = 1; n <= 5; n += 1) {
    ann.send({ type: "message", id: `bad ${n}`, text: asked("room") });
    await panics("room", before + n);
    await ann.say(`good ${n}`);
  }
  assert.equal((await fetch(`${server.origin}/v1/health?${asked("worker")}`)).status, 500);
  await ann.say("good 6");
  assert.deepEqual(ann.texts, [1, 2, 3, 4, 5, 6].map((n) => `good ${n}`));
  ann.close();
});
