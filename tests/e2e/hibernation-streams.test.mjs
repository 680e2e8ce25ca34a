// Streams that sleep: whatever comes first after waking finds everything as it was.

import assert from "node:assert/strict";

import { openStream } from "./event-source.mjs";
import { sleepers } from "./sleepers.mjs";
import { openSocket } from "./socket.mjs";
import { eventually, streamAt } from "./streams.mjs";
import { inSeconds, SECRET, tokenFor } from "./tokens.mjs";

// Of the Worker's own doings only the heartbeat goes on while an object sleeps.
const { asleep, wakeAll } = sleepers({ vars: { TIDINGS_SECRET: SECRET, STATS_REPORT_SECONDS: "0", SSE_HEARTBEAT_SECONDS: "3" } }, (origin) => streamAt(origin));

const configure = ({ url }, config) => fetch(url, { method: "PUT", body: JSON.stringify(config) });

/** A reader and a WebSocket that have the first event. */
async function followed(stream) {
  const { cursor } = await stream.publish({ data: 1, key: "one" });
  const reader = openStream(stream.url);
  const socket = await openSocket(stream.url);
  await reader.untilEvents(1);
  await socket.untilEvents(1);
  return { cursor, reader, socket };
}

function leave({ reader, socket }) {
  reader.cut();
  socket.close();
}

asleep("an event reaches every reader, over the response of before", followed, async (stream, there) => {
  const { cursor } = await stream.publish({ data: 2 });
  await there.reader.untilEvents(2);
  await there.socket.untilEvents(2);
  assert.deepEqual(there.reader.data, [1, 2]);
  assert.deepEqual(there.socket.events.map(({ data }) => data), [1, 2]);
  assert.equal(there.reader.lastEventId, cursor);
  assert.ok(there.reader.comments.length > 2, "heartbeats came all the time");
  assert.equal((await stream.snapshot()).readers, 2);
  leave(there);
});

asleep("a key that was seen is known", followed, async (stream, there) => {
  const again = await stream.publish({ data: 1, key: "one" });
  assert.deepEqual([again.duplicates, again.accepted, again.cursor], [1, 0, there.cursor]);
  await stream.publish({ data: 2 });
  await there.reader.untilEvents(2);
  assert.deepEqual(there.reader.data, [1, 2]);
  leave(there);
});

asleep(
  "who comes back gets what was missed, once",
  async (stream) => {
    const there = await followed(stream);
    leave(there);
    await eventually(stream.snapshot, ({ readers }) => readers === 0);
    await stream.publish({ data: 2 }, { data: 3 });
    return there;
  },
  async (stream, { cursor }) => {
    const reader = openStream(stream.url, { lastEventId: cursor });
    const socket = await openSocket(`${stream.url}?after=${cursor}`);
    await reader.untilEvents(2);
    await stream.publish({ data: 4 });
    await reader.untilEvents(3);
    await socket.untilEvents(3);
    assert.deepEqual(reader.data, [2, 3, 4]);
    assert.deepEqual(socket.events.map(({ data }) => data), [2, 3, 4]);
    leave({ reader, socket });
  },
);

asleep(
  "what was trimmed is a gap",
  async (stream) => {
    await configure(stream, { retain_events: 2 });
    const { cursor } = await stream.publish({ data: 1 });
    for (const data of [2, 3, 4]) await stream.publish({ data });
    return cursor;
  },
  async (stream, cursor) => {
    const reader = openStream(stream.url, { lastEventId: cursor });
    await reader.untilEvents(3);
    assert.deepEqual(reader.events.map(({ type }) => type), ["gap", "message", "message"]);
    assert.deepEqual(reader.data.slice(1), [3, 4]);
    reader.cut();
  },
);

asleep(
  "what has expired meanwhile is gone, and the numbers go on",
  async (stream) => {
    await configure(stream, { retain_seconds: 5 });
    return (await stream.publish({ data: 1 }, { data: 2 })).cursor;
  },
  async (stream, cursor) => {
    const page = async () => (await fetch(`${stream.url}/events`)).json();
    assert.deepEqual((await page()).events, []);
    const next = await stream.publish({ data: 3 });
    assert.deepEqual((await page()).events.map(({ data }) => data), [3]);
    const [epoch, seq] = cursor.split(".");
    assert.equal(next.cursor, `${epoch}.${Number(seq) + 1}`);
    const reader = openStream(`${stream.url}?after=${epoch}.1`);
    await reader.untilEvents(2);
    assert.deepEqual(reader.events.map(({ type }) => type), ["gap", "message"]);
    reader.cut();
  },
);

asleep("a request to stop reaches readers and the producer", followed, async (stream, there) => {
  assert.equal((await stream.cancel()).status, 200);
  await there.reader.untilEvent("cancel");
  await there.socket.untilEvents(2);
  assert.equal((await stream.publish({ data: 2 })).cancelled, true);
  leave(there);
});

asleep(
  "a request to stop of before is remembered",
  async (stream) => {
    const there = await followed(stream);
    await stream.cancel();
    return there;
  },
  async (stream, there) => {
    assert.equal((await stream.publish({ data: 2 })).cancelled, true);
    leave(there);
  },
);

asleep("the end", followed, async (stream, { reader, socket }) => {
  const { cursor } = await stream.publish({ type: "succeeded", data: "end", final: true });
  await reader.untilEnd();
  assert.deepEqual([reader.ended, reader.data], ["end", [1, "end"]]);
  assert.equal(await socket.untilClosed(), 1000);
  const again = openStream(stream.url, { lastEventId: cursor });
  await again.untilEnd();
  assert.equal(again.status, 204);
});

asleep(
  "an end of before stays the end",
  (stream) => stream.publish({ data: 1 }, { type: "succeeded", data: "end", final: true }),
  async (stream, { cursor }) => {
    await assert.rejects(stream.publish({ data: 2 }), /^Error: 409/);
    const fresh = openStream(stream.url);
    await fresh.untilEnd();
    assert.deepEqual([fresh.ended, fresh.data], ["end", [1, "end"]]);
    const again = openStream(stream.url, { lastEventId: cursor });
    await again.untilEnd();
    assert.equal(again.status, 204);
  },
);

asleep("it is deleted: readers are told, and the next life is another", followed, async (stream, { cursor, reader, socket }) => {
  assert.equal((await stream.remove()).status, 204);
  await reader.untilEnd();
  assert.equal(reader.events.at(-1).type, "deleted");
  assert.equal(await socket.untilClosed(), 4404);
  assert.equal((await stream.snapshot()).status, 404);
  const next = await stream.publish({ data: "next" });
  assert.notEqual(next.cursor.split(".")[0], cursor.split(".")[0]);
});

asleep(
  "progress goes on with the total, the unit and the rate of before",
  async (stream) => {
    await configure(stream, { title: "Build", total: 200, unit: "files" });
    await stream.publish({ type: "progress", data: { done: 20 } });
    const reader = openStream(stream.url);
    await reader.untilEvents(1);
    return reader;
  },
  async (stream, reader) => {
    await stream.publish({ type: "progress", data: { done: 50 } });
    await reader.untilEvents(2);
    const { percent, total, unit, rate } = reader.data[1];
    assert.deepEqual([percent, total, unit], [25, 200, "files"]);
    assert.ok(rate > 0, "it knows when the last one was");
    assert.equal((await stream.snapshot()).title, "Build");
    reader.cut();
  },
);

asleep(
  "the latest of each type is known, also of many",
  async (stream) => {
    for (const data of [1, 2]) await stream.publish({ type: "a", data }, { type: "b", data }, { data });
    await stream.publish({ type: "a", data: 3 });
  },
  async (stream) => {
    const reader = openStream(stream.url);
    await reader.untilEvents(3);
    assert.deepEqual(reader.events.map(({ type, data }) => [type, data]), [["b", "2"], ["message", "2"], ["a", "3"]]);
    reader.cut();
  },
);

asleep(
  "a conflated stream is one still",
  async (stream) => {
    await configure(stream, { conflate: "symbol" });
    for (const price of [1, 2]) await stream.publish({ data: { symbol: "A", price } }, { data: { symbol: "B", price } });
  },
  async (stream) => {
    const reader = openStream(`${stream.url}?after=start`);
    await reader.untilEvents(2);
    await stream.publish({ data: { symbol: "A", price: 3 } });
    await reader.untilEvents(3);
    assert.deepEqual(reader.data.map(({ symbol, price }) => symbol + price), ["A2", "B2", "A3"]);
    reader.cut();
  },
);

asleep(
  "a long poll that waits keeps nobody awake, and is answered",
  async (stream) => {
    const { cursor } = await stream.publish({ data: 1 });
    const poll = fetch(`${stream.url}/events?after=${cursor}&wait=25`).then((response) => response.json());
    await eventually(stream.snapshot, ({ readers }) => readers === 1);
    return { poll, cursor };
  },
  async (stream, { poll, cursor }) => {
    const next = await stream.publish({ data: 2 });
    const answer = await poll;
    // Where this machine was so slow that the wait was over before, the next page has it.
    const after = answer.events.length > 0 ? answer : await (await fetch(`${stream.url}/events?after=${cursor}`)).json();
    assert.deepEqual(after.events.map((event) => [event.cursor, event.data]), [[next.cursor, 2]]);
  },
);

asleep("a page, and a backup", (stream) => stream.publish({ data: 1, key: "k" }, { data: 2 }), async (stream) => {
  const lines = (await (await fetch(`${stream.url}/export`)).text()).trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.slice(1).map(({ data, key }) => [data, key]), [[1, "k"], [2, undefined]]);
  const page = await (await fetch(`${stream.url}/events`)).json();
  assert.deepEqual(page.events.map(({ data }) => data), [1, 2]);
});

asleep(
  "a token that runs out meanwhile: the response says so and ends, the WebSocket is closed",
  async (stream) => {
    await stream.publish({ data: 1 });
    // A response ends some time before; 30 seconds, or when half of the time is over.
    const token = tokenFor({ streams: { "*": ["read"] } }, { exp: inSeconds(13) });
    const reader = openStream(`${stream.url}?token=${token}`);
    const socket = await openSocket(`${stream.url}?token=${token}`);
    await reader.untilEvents(1);
    return { reader, socket };
  },
  async (stream, { reader, socket }) => {
    await reader.untilEnd();
    assert.equal(reader.events.at(-1).type, "auth");
    await socket.until(({ closed }) => closed !== undefined, "the close", 40_000);
    assert.equal(socket.closed, 4401);
    await stream.publish({ data: 2 });
  },
);

asleep("a client that goes meanwhile is forgotten", async (stream) => {
  const there = await followed(stream);
  there.reader.cut();
  return there;
}, async (stream, { socket }) => {
  await stream.publish({ data: 2 });
  await socket.untilEvents(2);
  await eventually(stream.snapshot, ({ readers }) => readers === 1);
  socket.close();
});

wakeAll("a stream that has slept");
