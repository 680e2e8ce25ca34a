// The other views of the same log: pages, long polls, WebSockets. One cursor for all.

import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { after, before, describe, test } from "node:test";

import { openStream } from "./event-source.mjs";
import { startServer } from "./server.mjs";
import { openSocket } from "./socket.mjs";
import { eventually, streamAt } from "./streams.mjs";

let server;
before(async () => {
  server = await startServer({ vars: { ALLOWED_ORIGINS: "https://a.example" } });
});
after(() => server?.stop());

const pageOf = async (stream, query = "") => {
  const response = await fetch(`${stream.url}/events${query}`);
  return { status: response.status, ...(await response.json()) };
};
const range = (from, to) => Array.from({ length: to - from + 1 }, (_, n) => from + n);
const dataOf = (events) => events.map((event) => event.data);

test("the largest snapshot there can be comes whole", async () => {
  const stream = streamAt(server.origin);
  // Not Latin-1, which takes twice the room between the object and the Worker.
  const data = `${"x".repeat(65_000)}\u{1f600}`;
  for (const n of range(1, 100)) await stream.publish({ type: `t${n}`, data });
  const { events } = await stream.snapshot();
  assert.equal(events.length, 100);
  assert.ok(events.every((event) => event.data === data));
});

describe("pages", () => {
  test("go through everything, each beginning where the last ended", async () => {
    const stream = streamAt(server.origin);
    await stream.publish(...range(1, 250).map((data) => ({ data })));
    const seen = [];
    let query = "?limit=100";
    for (let pages = 0; pages < 3; pages += 1) {
      const page = await pageOf(stream, query);
      seen.push(...dataOf(page.events));
      assert.equal(page.more, pages < 2);
      assert.equal(page.cursor, page.events.at(-1).cursor);
      query = `?limit=100&after=${page.cursor}`;
    }
    assert.deepEqual(seen, range(1, 250));
    const page = await pageOf(stream, query);
    assert.deepEqual([page.events, page.more, page.ended], [[], false, false]);
  });

  test("an event has its cursor, type, data, time and end", async () => {
    const stream = streamAt(server.origin);
    const { cursor } = await stream.publish({ type: "succeeded", data: { a: [1.5] }, final: true });
    const { events, ended } = await pageOf(stream);
    assert.equal(ended, true);
    assert.ok(Math.abs(events[0].at - Date.now()) < 60_000);
    assert.deepEqual(events, [{ cursor, type: "succeeded", data: { a: [1.5] }, at: events[0].at, final: true }]);
  });

  test("a cursor that cannot be honoured is a gap, never an error", async () => {
    const stream = streamAt(server.origin);
    const { cursor } = await stream.publish({ data: 1 }, { data: 2 });
    for (const after of ["junk", "zzz.1", "", "%00"]) {
      const page = await pageOf(stream, `?after=${after}&wait=25`);
      assert.deepEqual(dataOf(page.events), [1, 2]);
      assert.equal(page.gap.head, cursor);
    }
  });

  test("numbers out of range are a 400", async () => {
    for (const query of ["?limit=0", "?limit=501", "?limit=x", "?wait=26", "?wait=-1"]) {
      assert.equal((await pageOf(streamAt(server.origin), query)).status, 400, query);
    }
  });
});

describe("long polls", () => {
  test("wait for the next event, also for the first ever", async () => {
    const stream = streamAt(server.origin);
    let cursor = "0.0";
    for (const data of [1, 2, 3]) {
      const polling = pageOf(stream, `?after=${cursor}&wait=25`);
      await eventually(stream.snapshot, ({ readers, status }) => status === 404 || readers === 1);
      await stream.publish({ data });
      const page = await polling;
      assert.deepEqual(dataOf(page.events), [data]);
      cursor = page.cursor;
    }
    await eventually(stream.snapshot, ({ readers }) => readers === 0);
  });

  test("are over when their client has gone", async () => {
    const stream = streamAt(server.origin);
    const { cursor } = await stream.publish({ data: 1 });
    const polls = Array.from({ length: 5 }, () => http.get(`${stream.url}/events?after=${cursor}&wait=25`, { agent: false }));
    const errors = polls.map((poll) => once(poll, "error"));
    await eventually(stream.snapshot, ({ readers }) => readers === 5);
    // A mere end of what it sends is no going away to HTTP: the answer is still wanted.
    for (const { socket } of polls) socket.resetAndDestroy();
    await Promise.all(errors);
    // Long before they would be over by themselves.
    await eventually(stream.snapshot, ({ readers }) => readers === 0, 12_000);
  });

  test("end with nothing when nothing comes, and at once when nothing can", async () => {
    const stream = streamAt(server.origin);
    const { cursor } = await stream.publish({ data: 1 });
    const idle = await pageOf(stream, `?after=${cursor}&wait=1`);
    assert.deepEqual([idle.events, idle.cursor, idle.ended], [[], cursor, false]);
    const { cursor: end } = await stream.publish({ final: true });
    const over = await pageOf(stream, `?after=${end}&wait=25`);
    assert.deepEqual([over.events, over.ended], [[], true]);
  });
});

describe("WebSockets", () => {
  test("carry the same events with the same cursors", async () => {
    const stream = streamAt(server.origin);
    const socket = await openSocket(`${stream.url}?after=start`);
    const reader = openStream(`${stream.url}?after=start`);
    await reader.untilHeaders();
    await stream.publish({ data: 1 }, { type: "note", data: { two: 2 } });
    await fetch(`${stream.url}/events`, { method: "POST", headers: { "Content-Type": "text/plain" }, body: "a\nb" });
    await socket.untilEvents(3);
    await reader.untilEvents(3);
    assert.deepEqual(socket.events.map(({ cursor, type }) => [cursor, type]), reader.events.map(({ id, type }) => [id, type]));
    assert.deepEqual(dataOf(socket.events), [1, { two: 2 }, "a\nb"]);
    socket.close();
    reader.cut();
    await socket.untilClosed();
  });

  test("resume where they stopped, across a kill", async () => {
    const stream = streamAt(server.origin);
    await stream.publish(...range(1, 10).map((data) => ({ data })));
    const first = await openSocket(`${stream.url}?tail=10`);
    await first.untilEvents(10);
    await server.kill();
    await first.untilClosed();
    await stream.publish({ data: 11 });
    const again = await openSocket(`${stream.url}?after=${first.events[4].cursor}`);
    await again.untilEvents(6);
    assert.deepEqual(dataOf(again.events), range(6, 11));
    again.close();
  });

  test("are told of a gap", async () => {
    const stream = streamAt(server.origin);
    await stream.publish({ data: 1 });
    const socket = await openSocket(`${stream.url}?after=junk`);
    await socket.untilEvents(2);
    assert.deepEqual(socket.events.map(({ type }) => type), ["gap", "message"]);
    assert.equal(socket.events[0].data.requested, "junk");
    assert.equal("cursor" in socket.events[0], false);
    socket.close();
  });

  test("close with 1000 after the end, at once for whoever has seen it", async () => {
    const stream = streamAt(server.origin);
    const socket = await openSocket(stream.url);
    const { cursor } = await stream.publish({ type: "succeeded", final: true });
    assert.equal(await socket.untilClosed(), 1000);
    assert.equal(socket.events.at(-1).final, true);
    const again = await openSocket(`${stream.url}?after=${cursor}`);
    assert.equal(await again.untilClosed(), 1000);
    assert.deepEqual(again.events, []);
  });

  test("close with 4404 when the stream is deleted", async () => {
    const stream = streamAt(server.origin);
    await stream.publish({ data: 1 });
    const socket = await openSocket(stream.url);
    await stream.remove();
    assert.equal(await socket.untilClosed(), 4404);
    assert.equal(socket.events.at(-1).type, "deleted");
  });

  test("answer ping without waking anybody, and anything else by closing", async () => {
    const stream = streamAt(server.origin);
    const socket = await openSocket(stream.url);
    socket.send("ping");
    await socket.until((s) => s.texts.includes("pong"), "pong");
    socket.send("hello");
    assert.equal(await socket.untilClosed(), 1008);
  });

  test("a long past comes whole and in order", async () => {
    const stream = streamAt(server.origin);
    await fetch(stream.url, { method: "PUT", body: '{"retain_events":10000}' });
    const text = "x".repeat(1000);
    for (let batch = 0; batch < 6; batch += 1) {
      await stream.publish(...range(batch * 500 + 1, batch * 500 + 500).map((n) => ({ data: [n, text] })));
    }
    const socket = await openSocket(`${stream.url}?after=start`);
    await socket.untilEvents(3000);
    await stream.publish({ data: [3001] });
    await socket.untilEvents(3001);
    assert.deepEqual(socket.events.map(({ data }) => data[0]), range(1, 3001));
    socket.close();
  });

  test("a client that does not read is told to come back, and has lost nothing", async () => {
    const stream = streamAt(server.origin);
    await fetch(stream.url, { method: "PUT", body: '{"retain_events":100000}' });
    const slow = await openSocket(stream.url);
    slow.pause();
    const text = "x".repeat(60_000);
    const total = 400;
    for (let n = 0; n < total; n += 8) {
      await stream.publish(...range(n + 1, n + 8).map((data) => ({ data: [data, text] })));
    }
    slow.resume();
    assert.equal(await slow.untilClosed(), 4008);
    const again = await openSocket(`${stream.url}?after=${slow.events.at(-1)?.cursor ?? "start"}`);
    await again.until((s) => slow.events.length + s.events.length >= total, "the rest");
    assert.deepEqual([...slow.events, ...again.events].map(({ data }) => data[0]), range(1, total));
    again.close();
  });

  test("speak tidings.v1 where subprotocols are offered, and nothing else", async () => {
    const { url } = streamAt(server.origin);
    const socket = await openSocket(url, { protocols: ["bearer.x", "tidings.v1"] });
    assert.equal(socket.protocol, "tidings.v1");
    socket.close();
    await assert.rejects(openSocket(url, { protocols: ["graphql-ws"] }), /400/);
  });

  test("of a foreign origin are refused, of an allowed one are not", async () => {
    const { url } = streamAt(server.origin);
    await assert.rejects(openSocket(url, { origin: "https://evil.example" }), /403/);
    const socket = await openSocket(url, { origin: "https://a.example" });
    socket.close();
  });
});

describe("a conflated stream", () => {
  test("gives a slow reader the newest value of each key, and never a backlog", async () => {
    const stream = streamAt(server.origin);
    await fetch(stream.url, { method: "PUT", body: '{"conflate":"symbol","retain_events":2000}' });
    const slow = openStream(stream.url);
    const quick = openStream(stream.url);
    await Promise.all([slow.untilHeaders(), quick.untilHeaders()]);
    slow.request.socket.pause();
    const text = "x".repeat(10_000);
    const symbols = range(1, 8).map((n) => `S${n}`);
    const rounds = 300;
    for (let round = 1; round <= rounds; round += 1) {
      await stream.publish(...symbols.map((symbol) => ({ type: "tick", data: { symbol, price: round, text } })));
    }
    const newest = (reader) => new Map(reader.data.map(({ symbol, price }) => [symbol, price]));
    const isNewest = (reader) => symbols.every((symbol) => newest(reader).get(symbol) === rounds);
    await quick.until(isNewest, "the newest prices");
    slow.request.socket.resume();
    await slow.until(isNewest, "the newest prices, after all");
    assert.equal(slow.ended, undefined, "it was never sent away");
    assert.ok(slow.events.length < rounds * symbols.length, "it was spared what was stale");
    const seqs = slow.events.map(({ id }) => Number(id.split(".")[1]));
    assert.deepEqual(seqs, [...seqs].sort((a, b) => a - b));
    await stream.publish({ type: "tick", data: { symbol: "S1", price: rounds + 1 } });
    await slow.until((s) => newest(s).get("S1") === rounds + 1, "what came after");
    const fresh = openStream(stream.url);
    await fresh.untilEvents(symbols.length);
    assert.equal(newest(fresh).size, symbols.length);
    for (const reader of [slow, quick, fresh]) reader.cut();
  });
});
