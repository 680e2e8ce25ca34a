// A stream on which much happens: its object writes the readers' responses itself, and
// hands them back when it grows cold. No reader may notice either.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { openStream } from "./event-source.mjs";
import { startServer } from "./server.mjs";
import { openSocket } from "./socket.mjs";
import { eventually, streamAt } from "./streams.mjs";

let server;
before(async () => {
  server = await startServer({ vars: { STATS_REPORT_SECONDS: "0" } });
});
after(async () => {
  // A handler that is called when it is gone would say so here.
  if (server) assert.doesNotMatch(server.output, /closure invoked|Uncaught|panicked/);
  await server?.stop();
});

/** Who takes so long for the last of what its object wrote is let go of. */
const LET_GO_MS = 20_000;

/** So many frames make a stream hot, and some more are written hot. */
const MANY = 60;

const figuresOf = async ({ url }) => (await fetch(`${url}/stats`)).json();

/** Publishes numbers one by one, each in a frame of its own. */
async function count(stream, from, to) {
  for (let n = from; n < to; n += 1) await stream.publish({ data: n });
}

const upTo = (total) => Array.from({ length: total }, (_, n) => n);

/** Readers of a stream that is hot and has shown the numbers below `MANY`. */
async function hotReaders(stream, readers) {
  const open = Array.from({ length: readers }, () => openStream(`${stream.url}?after=start`));
  for (const reader of open) await reader.untilHeaders();
  await count(stream, 0, MANY);
  for (const reader of open) await reader.untilEvents(MANY);
  return open;
}

test("it grows hot and cold again, and everybody gets everything once, in order", async () => {
  const stream = streamAt(server.origin);
  const readers = await hotReaders(stream, 3);
  const hot = await figuresOf(stream);
  // Each publication and each reader's coming is a request, and so is each change over.
  assert.equal(hot.requests, MANY + 3 + 3 + 1, JSON.stringify(hot));
  assert.equal(hot.messages, 0, "no word of a bridge yet");
  // Silence: each bridge asks for what is next, and is told that there is nothing.
  const cold = await eventually(() => figuresOf(stream), ({ messages }) => messages === 3, 40_000);
  assert.ok(cold.deliveries >= 3 * MANY);
  await count(stream, MANY, MANY + 2);
  for (const reader of readers) {
    await reader.untilEvents(MANY + 2);
    assert.deepEqual(reader.data, upTo(MANY + 2));
    assert.equal(reader.ended, undefined);
    reader.cut();
  }
});

test("when it has grown cold its object sleeps, with its readers", { timeout: 90_000 }, async () => {
  const stream = streamAt(server.origin);
  const [reader] = await hotReaders(stream, 1);
  await eventually(() => figuresOf(stream), ({ messages }) => messages === 1, 40_000);
  await new Promise((resolve) => setTimeout(resolve, 15_000)); // the platform's ten, and some
  const { wakes } = await figuresOf(stream);
  assert.ok(wakes >= 2, "it has slept");
  await count(stream, MANY, MANY + 1);
  await reader.untilEvents(MANY + 1);
  assert.deepEqual(reader.data, upTo(MANY + 1));
  reader.cut();
});

test("of a crowd fewer frames make it hot", { timeout: 90_000 }, async () => {
  const crowd = 900;
  const stream = streamAt(server.origin);
  const readers = Array.from({ length: crowd }, () => openStream(`${stream.url}?after=start`));
  for (const reader of readers) await reader.untilHeaders();
  let frames = 0;
  let questions = 0;
  let requests;
  // At most four a second, with which a stream of few readers stays cold.
  do {
    await count(stream, frames, frames + 1);
    frames += 1;
    questions += 1;
    ({ requests } = await figuresOf(stream));
    await new Promise((resolve) => setTimeout(resolve, 250));
  } while (requests < questions + frames + crowd + crowd && frames < 100);
  assert.equal(requests, questions + frames + crowd + crowd, "each has changed over");
  await count(stream, frames, frames + 3);
  for (const reader of readers) {
    await reader.untilEvents(frames + 3);
    assert.deepEqual(reader.data, upTo(frames + 3));
    reader.cut();
  }
});

test("a crowd of clients' own sockets does not make it hot for the sake of one EventSource", { timeout: 90_000 }, async () => {
  const crowd = 900;
  const stream = streamAt(server.origin);
  const sockets = [];
  while (sockets.length < crowd) {
    sockets.push(...(await Promise.all(Array.from({ length: 50 }, () => openSocket(stream.url)))));
  }
  const reader = openStream(stream.url);
  await reader.untilHeaders();
  const frames = MANY;
  for (let n = 0; n < frames; n += 1) {
    await count(stream, n, n + 1);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  await reader.untilEvents(frames);
  assert.equal((await figuresOf(stream)).requests, crowd + 1 + frames + 1, "nobody has changed over");
  for (const socket of sockets) socket.close();
  reader.cut();
});

test("readers come, go and come back while it is hot", async () => {
  const stream = streamAt(server.origin);
  const [first, second] = await hotReaders(stream, 2);
  second.cut();
  const late = openStream(stream.url, { lastEventId: second.lastEventId });
  await late.untilHeaders();
  await count(stream, MANY, 2 * MANY);
  await first.untilEvents(2 * MANY);
  await late.untilEvents(MANY);
  assert.deepEqual(first.data, upTo(2 * MANY));
  assert.deepEqual([...second.data, ...late.data], upTo(2 * MANY));
  first.cut();
  late.cut();
  await eventually(() => stream.snapshot(), ({ readers }) => readers === 0, 60_000);
});

test("its final event ends every response", async () => {
  const stream = streamAt(server.origin);
  const readers = await hotReaders(stream, 2);
  await stream.publish({ type: "succeeded", data: MANY, final: true });
  for (const reader of readers) {
    await reader.untilEnd();
    assert.equal(reader.ended, "end");
    assert.deepEqual(reader.data, upTo(MANY + 1));
  }
});

test("it is deleted: every reader is told", async () => {
  const stream = streamAt(server.origin);
  const readers = await hotReaders(stream, 2);
  assert.equal((await stream.remove()).status, 204);
  for (const reader of readers) {
    await reader.untilEnd();
    assert.equal(reader.ended, "end");
    assert.equal(reader.events.at(-1).type, "deleted");
    assert.equal(reader.events.length, MANY + 1);
  }
  assert.equal((await fetch(stream.url, { headers: { Accept: "application/json" } })).status, 404);
});

test("it is deleted or ends in the very moment in which it grows hot: every reader has the last word", async () => {
  for (let round = 0; round < 12; round += 1) {
    const stream = streamAt(server.origin);
    const readers = [1, 2].map(() => openStream(`${stream.url}?after=start`));
    for (const reader of readers) await reader.untilHeaders();
    await count(stream, 0, 29);
    const last = stream.publish({ data: 29 });
    // Some of them while the bridges are being told, some while they ask.
    await new Promise((resolve) => setTimeout(resolve, round));
    if (round % 2) await Promise.all([last, stream.remove()]);
    else await Promise.all([last, stream.publish({ type: "succeeded", data: 30, final: true })]);
    for (const reader of readers) {
      await reader.untilEnd();
      assert.equal(reader.ended, "end");
      assert.equal(reader.events.at(-1).type, round % 2 ? "deleted" : "succeeded", `round ${round}`);
    }
  }
});

test("one that does not read goes back to its bridge, and loses nothing", async () => {
  const stream = streamAt(server.origin);
  const [quick, slow] = await hotReaders(stream, 2);
  slow.request.socket.pause();
  const paused = Date.now();
  // More than the sockets of the system take.
  const text = "x".repeat(30_000);
  for (let n = 0; n < 300; n += 1) await stream.publish({ type: "large", data: { n, text } });
  await quick.untilEvents(MANY + 300);
  slow.request.socket.resume();
  await slow.until((s) => s.events.length >= MANY + 300 || s.ended, "the rest, or the end");
  let got = slow.events;
  if (slow.ended) {
    // Where this machine took so long that the reader was let go of, it was in mid-sentence.
    if (Date.now() - paused < LET_GO_MS) assert.equal(slow.ended, "end", "between two events");
    const again = openStream(stream.url, { lastEventId: slow.lastEventId });
    await again.until((s) => got.length + s.events.length >= MANY + 300, "the rest");
    got = [...got, ...again.events];
    again.cut();
  }
  assert.deepEqual(got.slice(MANY).map(({ data }) => JSON.parse(data).n), upTo(300));
  quick.cut();
  slow.cut();
});

test("one that reads no more keeps nobody awake: it is let go of, and loses nothing", { timeout: 90_000 }, async () => {
  const stream = streamAt(server.origin);
  const [gone] = await hotReaders(stream, 1);
  gone.request.socket.pause();
  const text = "x".repeat(30_000);
  for (let n = 0; n < 300; n += 1) await stream.publish({ type: "large", data: { n, text } });
  const readers = async () => (await stream.snapshot()).readers;
  await eventually(readers, (count) => count === 0, 60_000);
  gone.request.socket.resume();
  await gone.untilEnd();
  assert.ok(gone.events.length < MANY + 300, "the system cannot hold as much");
  const again = openStream(stream.url, { lastEventId: gone.lastEventId });
  await again.until((s) => gone.events.length + s.events.length >= MANY + 300, "the rest");
  const got = [...gone.events, ...again.events];
  assert.deepEqual(got.slice(MANY).map(({ data }) => JSON.parse(data).n), upTo(300));
  again.cut();
});

test("conflated: one that does not read is spared what is stale, also while it is hot", async () => {
  const stream = streamAt(server.origin);
  const config = { conflate: "key" };
  const headers = { "Content-Type": "application/json" };
  assert.equal((await fetch(stream.url, { method: "PUT", headers, body: JSON.stringify(config) })).status, 201);
  const slow = openStream(stream.url);
  await slow.untilHeaders();
  const text = "x".repeat(30_000);
  const tick = (n) => stream.publish({ data: { key: n % 5, n, text } });
  for (let n = 0; n < MANY; n += 1) await tick(n);
  slow.request.socket.pause();
  for (let n = MANY; n < 500; n += 1) await tick(n);
  slow.request.socket.resume();
  await slow.until((s) => s.data.at(-1)?.n === 499 || s.ended, "the newest");
  assert.equal(slow.ended, undefined);
  const numbers = slow.data.map(({ n }) => n);
  assert.ok(numbers.length < 500, "some were skipped");
  assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b), "in order");
  for (const key of [0, 1, 2, 3, 4]) assert.equal(numbers.filter((n) => n % 5 === key).at(-1), 495 + key);
  slow.cut();
});

test("the runtime is killed while it is hot: everything is there, once, after a resume", async () => {
  const stream = streamAt(server.origin);
  const [reader] = await hotReaders(stream, 1);
  await server.kill();
  await reader.untilEnd();
  const seen = reader.data;
  assert.deepEqual(seen, upTo(seen.length));
  await count(stream, MANY, MANY + 5);
  const again = openStream(stream.url, { lastEventId: reader.lastEventId });
  await again.until((s) => seen.length + s.events.length >= MANY + 5, "the rest");
  assert.deepEqual([...seen, ...again.data], upTo(MANY + 5));
  again.cut();
});

describe("responses that end when they are old", () => {
  let quick;
  before(async () => {
    quick = await startServer({ vars: { STATS_REPORT_SECONDS: "0", SSE_MAX_AGE_SECONDS: "3" } });
  });
  after(() => quick?.stop());

  test("end between two events while it is hot, and nothing is missed", async () => {
    const stream = streamAt(quick.origin);
    let reader = openStream(`${stream.url}?after=start`);
    await reader.untilHeaders();
    const got = [];
    let published = 0;
    let ends = 0;
    while (ends < 2) {
      await stream.publish({ data: published });
      published += 1;
      if (!reader.ended) continue;
      assert.equal(reader.ended, "end");
      assert.match(reader.text, /\n$/, "not within a line");
      got.push(...reader.data);
      ends += 1;
      reader = openStream(stream.url, { lastEventId: reader.lastEventId });
    }
    await reader.until((s) => got.length + s.events.length >= published, "the rest");
    assert.deepEqual([...got, ...reader.data], upTo(published));
    reader.cut();
  });
});
