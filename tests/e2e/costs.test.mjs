// The units that docs/costs.md counts with: what is a row, a request, a message, and what
// is none. figures.test.mjs has how they are counted and kept.

import assert from "node:assert/strict";
import http from "node:http";
import { after, before, test } from "node:test";

import { openStream } from "./event-source.mjs";
import { roomAt } from "./rooms.mjs";
import { startServer } from "./server.mjs";
import { openSocket } from "./socket.mjs";
import { eventually, streamAt } from "./streams.mjs";

/** Two for the tables, the first event, the alarm. */
const FIRST_ROWS = 4;

let server;
before(async () => {
  const vars = { STATS_REPORT_SECONDS: "0", LIMIT_FRAMES_PER_SECOND: "0", LIMIT_SIGNALS_PER_SECOND: "0" };
  server = await startServer({ vars });
});
after(() => server?.stop());

const figuresOf = async ({ url }) => (await fetch(`${url}/stats`)).json();

/** What `work` has cost a stream or room that is there; its last question is not counted. */
async function costOf(thing, work) {
  const before = await figuresOf(thing);
  await work();
  const after = await figuresOf(thing);
  const cost = {};
  for (const name of ["requests", "messages", "deliveries", "rows_written"]) cost[name] = after[name] - before[name];
  cost.requests -= 1;
  return cost;
}

/** Where the tables are made and the alarm is set, nothing is written by itself any more. */
const settled = (room) => eventually(() => figuresOf(room), ({ rows_written }) => rows_written === FIRST_ROWS);

test("a stream's first event makes its tables and sets its alarm, once", async () => {
  const stream = streamAt(server.origin);
  await stream.publish({ data: 0 });
  assert.equal((await figuresOf(stream)).rows_written, FIRST_ROWS);
});

test("a publish is one row, however many events are in it", async () => {
  const stream = streamAt(server.origin);
  await stream.publish({ data: 0 });
  const batch = Array.from({ length: 6 }, (_, n) => ({ data: n }));
  const cost = await costOf(stream, async () => {
    for (let n = 0; n < 10; n += 1) await stream.publish(...batch);
  });
  assert.deepEqual(cost, { requests: 10, messages: 0, deliveries: 0, rows_written: 10 });
});

test("publishes that come at once are a request each, and no more rows than that", async () => {
  const stream = streamAt(server.origin);
  await stream.publish({ data: 0 });
  const cost = await costOf(stream, () => Promise.all(Array.from({ length: 40 }, (_, n) => stream.publish({ data: n }))));
  assert.equal(cost.requests, 40);
  assert.ok(cost.rows_written >= 1 && cost.rows_written <= 40, `${cost.rows_written} rows`);
});

test("an event that was published before costs its request and no row", async () => {
  const stream = streamAt(server.origin);
  await stream.publish({ data: 0, key: "k" });
  const cost = await costOf(stream, () => stream.publish({ data: 0, key: "k" }));
  assert.deepEqual(cost, { requests: 1, messages: 0, deliveries: 0, rows_written: 0 });
});

test("retention deletes a row for many events", async () => {
  const stream = streamAt(server.origin);
  await fetch(stream.url, { method: "PUT", body: '{"retain_events":50}' });
  await stream.publish({ data: 0 });
  const cost = await costOf(stream, async () => {
    for (let n = 0; n < 200; n += 1) await stream.publish({ data: n });
  });
  // 64 events a row: three begin, and at most as many are deleted.
  assert.ok(cost.rows_written >= 200 && cost.rows_written <= 204, `${cost.rows_written} rows`);
});

test("whoever reads costs one request, in every form, and a page one more", async () => {
  const stream = streamAt(server.origin);
  await stream.publish({ data: 1 });
  let reader, socket;
  const cost = await costOf(stream, async () => {
    reader = await openStream(stream.url).untilEvents(1);
    socket = await (await openSocket(stream.url)).untilEvents(1);
    await fetch(`${stream.url}/events?after=start`);
    await stream.snapshot();
  });
  assert.deepEqual(cost, { requests: 4, messages: 0, deliveries: 2, rows_written: 0 });
  reader.cut();
  socket.close();
});

test("joining a room costs one request and no row", async () => {
  const room = roomAt(server.origin);
  const ann = await room.join();
  await ann.say("first");
  await settled(room);
  const members = [];
  const cost = await costOf(room, async () => {
    for (let n = 0; n < 5; n += 1) members.push(await room.join({ tail: "0" }));
  });
  assert.equal(cost.requests, 5);
  assert.equal(cost.messages, 0);
  assert.equal(cost.rows_written, 0);
  for (const member of [ann, ...members]) member.close();
});

test("signals, typing, presence and binary frames are messages and never rows", async () => {
  const room = roomAt(server.origin);
  const [ann, bob] = [await room.join(), await room.join()];
  await ann.say("first");
  await settled(room);
  const cost = await costOf(room, async () => {
    for (let n = 0; n < 25; n += 1) {
      ann.send({ type: "signal", data: n });
      ann.send({ type: "presence", data: n });
      ann.send({ type: "typing", on: n % 2 === 0 });
      ann.send(Buffer.from([n]));
    }
    await bob.socket.until(({ binary }) => binary.length === 25, "all binary frames");
  });
  assert.equal(cost.messages, 100);
  assert.equal(cost.requests, 0);
  assert.equal(cost.rows_written, 0);
  ann.close();
  bob.close();
});

test("a change of shared state is a row, one that is refused none", async () => {
  const room = roomAt(server.origin);
  const ann = await room.join();
  await ann.say("first");
  await settled(room);
  await ann.ask({ type: "set", id: "s0", key: "k", value: 0 });
  const cost = await costOf(room, async () => {
    for (let n = 1; n <= 10; n += 1) await ann.ask({ type: "set", id: `s${n}`, key: "k", value: n });
    await ann.refused({ type: "set", id: "late", key: "k", value: 0, if_version: 1 });
  });
  assert.equal(cost.rows_written, 10);
  assert.equal(cost.messages, 11);
  ann.close();
});

test("pings cost nothing: no request, no message, no row", async () => {
  const room = roomAt(server.origin);
  const stream = streamAt(server.origin);
  await stream.publish({ data: 1 });
  const ann = await room.join();
  await ann.say("first");
  await settled(room);
  const socket = await openSocket(stream.url);
  for (const [thing, pinging] of [[room, ann.socket], [stream, socket]]) {
    const cost = await costOf(thing, async () => {
      for (let n = 0; n < 20; n += 1) pinging.send("ping");
      await pinging.until(({ texts }) => texts.filter((text) => text === "pong").length === 20, "pongs");
    });
    assert.deepEqual(cost, { requests: 0, messages: 0, deliveries: 0, rows_written: 0 });
  }
  ann.close();
  socket.close();
});

test("a link check writes to its stream once for six URLs", async () => {
  const site = http.createServer((_, response) => response.end());
  await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));
  const stream = streamAt(server.origin);
  const urls = Array.from({ length: 30 }, (_, n) => `http://127.0.0.1:${site.address().port}/${n}`);
  await fetch(`${server.origin}/v1/jobs/link-check/${stream.name}`, { method: "POST", body: urls.join("\n") });
  await eventually(stream.snapshot, ({ ended }) => ended);
  const { rows_written } = await figuresOf(stream);
  // The tables, the claim, the alarm; the beginning, five times six, the end.
  assert.ok(rows_written >= 6 && rows_written <= 15, `${rows_written} rows`);
  site.close();
});

test("a report of figures is one request and one row where they are published", async () => {
  const reporting = await startServer({ vars: { STATS_REPORT_SECONDS: "0.1" } });
  try {
    const figures = streamAt(reporting.origin, "tidings.stats");
    const stream = streamAt(reporting.origin);
    const shown = (events) => eventually(figures.snapshot, (s) => s.events?.at(-1)?.data.events === events);
    await stream.publish({ data: 0 });
    await shown(1);
    const before = await figuresOf(figures);
    await stream.publish({ data: 1 });
    await shown(2);
    assert.equal((await figuresOf(figures)).rows_written - before.rows_written, 1);
  } finally {
    await reporting.stop();
  }
});
