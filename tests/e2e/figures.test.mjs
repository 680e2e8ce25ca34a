// What a stream or room has cost, as its object counts it.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";

import { openStream } from "./event-source.mjs";
import { roomAt } from "./rooms.mjs";
import { startServer } from "./server.mjs";
import { streamAt } from "./streams.mjs";

let server;
before(async () => {
  server = await startServer({ vars: { STATS_REPORT_SECONDS: "0", LIMIT_FRAMES_PER_SECOND: "0" } });
});
after(() => server?.stop());

const figuresOf = async ({ url }) => {
  const response = await fetch(`${url}/stats`);
  assert.equal(response.status, 200);
  return response.json();
};

test("a stream: rows, frames and requests, one by one", async () => {
  const stream = streamAt(server.origin);
  assert.equal((await fetch(`${stream.url}/stats`)).status, 404);
  await stream.publish({ data: 0 });
  const readers = [openStream(stream.url), openStream(stream.url)];
  for (const reader of readers) await reader.untilEvents(1);
  const before = await figuresOf(stream);
  for (let n = 1; n <= 10; n += 1) await stream.publish({ data: n });
  for (const reader of readers) await reader.untilEvents(11);
  const after = await figuresOf(stream);
  assert.equal(after.rows_written - before.rows_written, 10, "a row for each, one by one");
  assert.equal(after.deliveries - before.deliveries, 20, "ten frames to two readers");
  assert.equal(after.requests - before.requests, 11, "ten, and the question");
  assert.equal(after.wakes, 1);
  assert.ok(after.storage_bytes > 0);
  for (const reader of readers) reader.cut();
});

test("a room: what is said together is one row, and goes out together", async () => {
  const room = roomAt(server.origin);
  const [ann, bob] = [await room.join({ name: "Ann" }), await room.join({ name: "Bob" })];
  await ann.say("first");
  await bob.until("message");
  const before = await figuresOf(room);
  for (let n = 0; n < 50; n += 1) ann.send({ type: "message", id: `m${n}`, text: "x" });
  await bob.until("message", ({ id }) => id === "m49");
  const after = await figuresOf(room);
  assert.equal(after.messages - before.messages, 50);
  const rows = after.rows_written - before.rows_written;
  assert.ok(rows >= 1 && rows <= 50, `${rows} rows`);
  assert.ok(after.deliveries - before.deliveries <= 100);
  ann.close();
  bob.close();
});

test("they go on after a crash, from the last row that was written", async () => {
  const room = roomAt(server.origin);
  const stream = streamAt(server.origin);
  await stream.publish({ data: 1 }, { data: 2 });
  await stream.publish({ data: 3 });
  await room.post({ text: "x" });
  const before = [await figuresOf(stream), await figuresOf(room)];
  await server.kill();
  const after = [await figuresOf(stream), await figuresOf(room)];
  for (const [n, figures] of after.entries()) {
    assert.equal(figures.wakes, before[n].wakes + 1);
    // The last alarm was set after the last row.
    const lost = before[n].rows_written - figures.rows_written;
    assert.ok(lost === 0 || lost === 1, `${lost} rows`);
    assert.ok(figures.awake_since > before[n].awake_since);
    // The requests that only asked are lost.
    assert.ok(figures.requests <= before[n].requests);
  }
});

test("what was stored by a version that counted nothing is taken over", async () => {
  const stream = streamAt(server.origin);
  await stream.publish({ data: "old", key: "k" });
  await server.restart(async (state) => {
    const files = readdirSync(state, { recursive: true }).map(String);
    for (const file of files.filter((name) => name.endsWith(".sqlite") && name.includes("StreamObject"))) {
      const database = new DatabaseSync(join(state, file));
      if (database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'segments'").get()) {
        database.exec("ALTER TABLE segments DROP COLUMN figures; UPDATE meta SET value = '1' WHERE key = 'schema'");
      }
      database.close();
    }
  });
  const again = await stream.publish({ data: "new", key: "k" }, { data: "newer" });
  assert.equal(again.duplicates, 1);
  const page = await (await fetch(`${stream.url}/events?after=start`)).json();
  assert.deepEqual(page.events.map(({ data }) => data), ["old", "newer"]);
  assert.equal((await figuresOf(stream)).wakes, 1);
});
