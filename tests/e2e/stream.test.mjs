// A live stream over a real connection: its bytes, its resumption, its sleep.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { openStream } from "./event-source.mjs";
import { startServer } from "./server.mjs";
import { eventually, streamAt } from "./streams.mjs";

let server;
before(async () => {
  server = await startServer();
});
after(() => server?.stop());

const ids = (stream) => stream.events.map((event) => event.id);

describe("the response", () => {
  test("headers and first bytes, before any event", async () => {
    const { url } = streamAt(server.origin);
    const reader = openStream(url);
    await reader.until((s) => s.text.includes("tidings\n"), "the first bytes");
    assert.equal(reader.status, 200);
    assert.equal(reader.headers["content-type"], "text/event-stream");
    assert.equal(reader.headers["cache-control"], "no-store, no-transform");
    assert.equal(reader.headers["x-accel-buffering"], "no");
    assert.equal(reader.headers["x-content-type-options"], "nosniff");
    assert.equal(reader.text, "retry: 2000\n: tidings\n");
    reader.cut();
  });

  test("events byte by byte", async () => {
    const stream = streamAt(server.origin);
    const { cursor } = await stream.publish({ type: "note", data: { a: [1, "é"] } });
    const [epoch] = cursor.split(".");
    const reader = openStream(stream.url);
    await reader.untilEvents(1);
    await fetch(`${stream.url}/events`, {
      method: "POST",
      headers: { "Content-Type": "text/plain" },
      body: "two\r\nlines\n",
    });
    await reader.untilEvents(2);
    assert.equal(
      reader.text,
      "retry: 2000\n: tidings\n" +
        `event: note\ndata: {"a":[1,"é"]}\nid: ${epoch}.1\n\n` +
        `data: two\ndata: lines\ndata: \nid: ${epoch}.2\n\n`,
    );
    reader.cut();
  });
});

describe("where a reader begins", () => {
  test("before the first event: it waits, and sees all of it", async () => {
    const stream = streamAt(server.origin);
    const reader = openStream(stream.url);
    await reader.untilHeaders();
    for (let n = 1; n <= 5; n += 1) await stream.publish({ data: n });
    await reader.untilEvents(5);
    assert.deepEqual(reader.data, [1, 2, 3, 4, 5]);
    reader.cut();
  });

  test("fresh: the latest of each type; with a cursor or a tail: the rest", async () => {
    const stream = streamAt(server.origin);
    const { cursor } = await stream.publish({ data: 1 }, { type: "x", data: 2 }, { data: 3 }, { data: 4 });
    const epoch = cursor.split(".")[0];
    for (const [query, lastEventId, expected] of [
      ["", undefined, [2, 4]],
      ["", `${epoch}.2`, [3, 4]],
      ["", `${epoch}.0`, [1, 2, 3, 4]],
      [`?after=${epoch}.3`, undefined, [4]],
      [`?after=${epoch}.3`, `${epoch}.1`, [2, 3, 4]],
      [`?last_event_id=${epoch}.1&after=${epoch}.3`, undefined, [2, 3, 4]],
      ["?after=start", undefined, [1, 2, 3, 4]],
      ["?tail=2", undefined, [3, 4]],
    ]) {
      const reader = openStream(stream.url + query, { lastEventId });
      await reader.untilEvents(expected.length);
      assert.deepEqual(reader.data, expected, `${query} ${lastEventId}`);
      reader.cut();
    }
  });

  test("with a cursor that cannot be honoured: a gap, then what is left", async () => {
    const stream = streamAt(server.origin);
    const { cursor } = await stream.publish({ data: 1 }, { data: 2 });
    const epoch = cursor.split(".")[0];
    for (const requested of ["zzz.1", `${epoch}.3`, "junk", "%00", "é".repeat(500), "'; DROP TABLE events"]) {
      const reader = openStream(`${stream.url}?after=${encodeURIComponent(requested)}`);
      await reader.untilEvents(3);
      const [gap, ...rest] = reader.events;
      assert.equal(gap.type, "gap");
      assert.equal(gap.id, undefined);
      assert.deepEqual(JSON.parse(gap.data), {
        requested: requested.slice(0, 64),
        oldest: `${epoch}.1`,
        head: `${epoch}.2`,
      });
      assert.deepEqual(rest.map((event) => event.data), ["1", "2"]);
      reader.cut();
    }
  });

  test("a tail that is no number is a 400", async () => {
    const response = await fetch(`${streamAt(server.origin).url}?tail=-1`);
    assert.equal(response.status, 400);
  });
});

describe("resuming", () => {
  test("cut again and again while events flow: each exactly once, in order", async () => {
    const stream = streamAt(server.origin);
    const total = 400;
    const publishing = (async () => {
      for (let n = 1; n <= total; n += 1) await stream.publish({ data: n });
    })();
    const seen = [];
    let lastEventId = undefined;
    let connections = 0;
    while (seen.length < total) {
      const reader = openStream(`${stream.url}?after=start`, { lastEventId });
      connections += 1;
      // A different place each time, in the middle of whatever is being sent.
      const enough = 1 + ((connections * 37) % 50);
      await reader.until((s) => s.events.length >= enough || seen.length + s.events.length >= total);
      reader.cut();
      seen.push(...reader.data);
      lastEventId = reader.lastEventId;
    }
    await publishing;
    assert.deepEqual(seen, Array.from({ length: total }, (_, n) => n + 1));
    assert.ok(connections > 5, `${connections} connections`);
  });

  test("cut off before the first event: what happens meanwhile is not missed", async () => {
    const stream = streamAt(server.origin);
    const url = `${stream.url}?after=start`;
    const reader = openStream(url);
    await reader.untilHeaders();
    reader.cut();
    await stream.publish({ data: 1 }, { data: 2 });
    // It has no cursor yet; its address says what it wants.
    const again = openStream(url);
    await again.untilEvents(2);
    assert.deepEqual(again.data, [1, 2]);
    again.cut();
  });

  test("after the end: 204, for every way to say the cursor", async () => {
    const stream = streamAt(server.origin);
    await stream.publish({ data: 1 });
    const reader = openStream(stream.url);
    await reader.untilEvents(1);
    const { cursor } = await stream.publish({ type: "succeeded", data: {}, final: true });
    await reader.untilEnd();
    assert.equal(reader.ended, "end");
    assert.deepEqual(ids(reader).at(-1), cursor);
    for (const [query, lastEventId] of [["", cursor], [`?after=${cursor}`], [`?last_event_id=${cursor}`]]) {
      const again = openStream(stream.url + query, { lastEventId });
      await again.untilEnd();
      assert.equal(again.status, 204);
      assert.equal(again.text, "");
    }
    const fresh = openStream(stream.url);
    await fresh.untilEnd();
    assert.equal(fresh.status, 200);
    assert.deepEqual(fresh.events.map((event) => event.type), ["message", "succeeded"]);
  });

  test("a long past comes whole and in order, in pages", async () => {
    const stream = streamAt(server.origin);
    await fetch(stream.url, { method: "PUT", body: '{"retain_events":10000}' });
    const text = "x".repeat(500);
    for (let batch = 0; batch < 8; batch += 1) {
      await stream.publish(...Array.from({ length: 500 }, (_, n) => ({ data: [batch * 500 + n, text] })));
    }
    const reader = openStream(`${stream.url}?after=start`);
    await reader.untilEvents(4000);
    assert.deepEqual(reader.data.map(([n]) => n), Array.from({ length: 4000 }, (_, n) => n));
    await stream.publish({ data: [4000] });
    await reader.untilEvents(4001);
    reader.cut();
  });

  test("the runtime is killed: what was answered is still there, and resuming goes on", async () => {
    const stream = streamAt(server.origin);
    const reader = openStream(stream.url);
    await stream.publish({ data: 1 });
    await reader.untilEvents(1);
    reader.cut();
    const open = openStream(stream.url);
    await open.untilHeaders();
    const { cursor } = await stream.publish({ data: 2 }, { data: 3 });
    await server.kill();
    await open.untilEnd();
    const again = openStream(stream.url, { lastEventId: reader.lastEventId });
    await again.untilEvents(2);
    assert.deepEqual(again.data, [2, 3]);
    assert.equal(again.lastEventId, cursor);
    await stream.publish({ data: 4 });
    await again.untilEvents(3);
    again.cut();
  });
});

describe("readers", () => {
  test("all of them get every event", async () => {
    const stream = streamAt(server.origin);
    const readers = Array.from({ length: 50 }, () => openStream(stream.url));
    await Promise.all(readers.map((reader) => reader.untilHeaders()));
    for (let n = 0; n < 20; n += 1) await stream.publish({ data: n });
    await Promise.all(readers.map((reader) => reader.untilEvents(20)));
    for (const reader of readers) {
      assert.deepEqual(reader.data, Array.from({ length: 20 }, (_, n) => n));
      reader.cut();
    }
    await eventually(stream.snapshot, ({ readers }) => readers === 0);
  });

  test("one that does not read is ended, gets the rest from the log, and disturbs nobody", async () => {
    const stream = streamAt(server.origin);
    await fetch(stream.url, { method: "PUT", body: '{"retain_events":100000}' });
    const slow = openStream(stream.url);
    const quick = openStream(stream.url);
    await Promise.all([slow.untilHeaders(), quick.untilHeaders()]);
    slow.request.socket.pause();
    // More than every buffer on the way holds: sockets, the kernel, our own.
    const text = "x".repeat(60_000);
    const total = 400;
    for (let n = 0; n < total; n += 8) {
      await stream.publish(...Array.from({ length: 8 }, (_, i) => ({ data: [n + i, text] })));
    }
    await quick.untilEvents(total);
    await eventually(stream.snapshot, ({ readers }) => readers === 1);
    slow.request.socket.resume();
    await slow.untilEnd();
    assert.equal(slow.ended, "end");
    assert.ok(slow.events.length < total);
    const again = openStream(stream.url, { lastEventId: slow.lastEventId });
    await again.until((s) => slow.events.length + s.events.length >= total, "the rest");
    const seen = [...slow.data, ...again.data].map(([n]) => n);
    assert.deepEqual(seen, Array.from({ length: total }, (_, n) => n));
    quick.cut();
    again.cut();
  });

  test("are told when the stream is deleted", async () => {
    const stream = streamAt(server.origin);
    const { cursor } = await stream.publish({ data: 1 });
    const reader = openStream(stream.url);
    await reader.untilEvents(1);
    assert.equal((await stream.remove()).status, 204);
    await reader.untilEnd();
    assert.equal(reader.events.at(-1).type, "deleted");
    assert.equal(reader.events.at(-1).id, undefined);
    assert.equal((await stream.snapshot()).status, 404);
    // The old cursor is of another life of the name.
    await stream.publish({ data: "new" });
    const again = openStream(stream.url, { lastEventId: cursor });
    await again.untilEvents(2);
    assert.deepEqual(again.events.map((event) => event.type), ["gap", "message"]);
    again.cut();
  });
});

describe("silence", () => {
  let brisk;
  before(async () => {
    brisk = await startServer({ vars: { SSE_HEARTBEAT_SECONDS: "1", SSE_MAX_AGE_SECONDS: "30" } });
  });
  after(() => brisk?.stop());

  test("the object sleeps, the response stays and carries comments, and events arrive again", async () => {
    const stream = streamAt(brisk.origin);
    await stream.publish({ data: 1 });
    const reader = openStream(stream.url);
    await reader.untilEvents(1);
    const { awake_since: before } = await stream.snapshot();
    // The runtime puts an object to sleep after 10 s without work, and the last of
    // it is the report of its figures, at most 5 s later.
    await reader.until((s) => s.comments.length >= 20, "19 heartbeats", 40_000);
    assert.equal(reader.ended, undefined);
    const { awake_since: since, readers } = await stream.snapshot();
    assert.ok(since > before, "the object was constructed anew: it had slept");
    assert.equal(readers, 1, "its socket was still there");
    await stream.publish({ data: 2 });
    await reader.untilEvents(2);
    assert.deepEqual(reader.data, [1, 2]);
    reader.cut();
  });

  test("a reader that has gone is noticed by the next heartbeats, and its socket closed", async () => {
    const stream = streamAt(brisk.origin);
    await stream.publish({ data: 1 });
    const reader = openStream(stream.url);
    await reader.untilEvents(1);
    assert.equal((await stream.snapshot()).readers, 1);
    reader.cut();
    await eventually(stream.snapshot, ({ readers }) => readers === 0);
  });

  test("a response ends at 80 to 100 % of its greatest age, between two events", async () => {
    const stream = streamAt(brisk.origin);
    const reader = openStream(stream.url);
    await reader.untilHeaders();
    await reader.untilEnd(40_000);
    assert.equal(reader.ended, "end");
    assert.match(reader.text, /^retry: 2000\n: tidings\n(: heartbeat\n)+$/);
  });
});

test("the default heartbeat comes after 15 s", async () => {
  const reader = openStream(streamAt(server.origin).url);
  await reader.until((s) => s.comments.includes("heartbeat"), "a heartbeat", 25_000);
  assert.equal(reader.text, "retry: 2000\n: tidings\n: heartbeat\n");
  reader.cut();
});
