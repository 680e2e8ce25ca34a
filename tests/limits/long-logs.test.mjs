// Logs that are long: who joins, who comes back and who reads a page pays for what is
// shown, not for what is there.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { openStream } from "../e2e/event-source.mjs";
import { roomAt } from "../e2e/rooms.mjs";
import { startServer } from "../e2e/server.mjs";
import { openSocket } from "../e2e/socket.mjs";
import { streamAt } from "../e2e/streams.mjs";
import { found, percentile, resident, size, timed, watchMemory } from "./measure.mjs";

/** What a page of a backup may have at the most. */
const LINES = 2_000;

let server;
before(async () => {
  server = await startServer({ vars: { STATS_REPORT_SECONDS: "0", LIMIT_FRAMES_PER_SECOND: "0" } });
});
after(() => server?.stop());

/** A room with so many messages, restored from a backup that was never made. */
async function filled(count) {
  const room = roomAt(server.origin);
  const at = Date.now() - count;
  for (let first = 1; first <= count; first += LINES - 1) {
    const lines = [];
    if (first === 1) {
      const range = { epoch: "load", oldest: "load.1", head: `load.${count}` };
      lines.push({ tidings: "room", version: 1, name: room.name, ...range, removed_version: 0, config: { retain_events: 1_000_000 } });
    }
    for (let n = first; n <= Math.min(count, first + LINES - 2); n += 1) {
      const data = { id: `m${n}`, from: { id: "ann", name: "Ann" }, text: `message ${n}` };
      lines.push({ cursor: `load.${n}`, type: "message", at: at + n, data, key: `m3:ann\nm${n}` });
    }
    const response = await fetch(`${room.url}/import`, {
      method: "POST",
      headers: { "Content-Type": "application/x-ndjson" },
      body: lines.map((line) => JSON.stringify(line)).join("\n"),
    });
    assert.equal(response.status, 200, await response.text());
  }
  return room;
}

test("a room with many messages is joined as one with a hundred is", async (t) => {
  const many = size(50_000, 1_000_000);
  const rooms = [await filled(100), await filled(many)];
  const joins = async ({ url }) => {
    const socket = await openSocket(`${url}?tail=50`);
    await socket.until(({ events }) => events.filter(({ type }) => type === "message").length === 50, "the past");
    socket.cut();
  };
  const pages = async ({ url }) => (await fetch(`${url}/messages?limit=50`)).json();
  for (const [what, work] of Object.entries({ joins, pages })) {
    // In turns, so that a machine that is busy is so for both.
    const times = [[], []];
    for (let n = 0; n < 30; n += 1) {
      for (const [which, room] of rooms.entries()) times[which].push(await timed(() => work(room)));
    }
    const [short, long] = times.map((all) => percentile(all, 0.5));
    found(t, `${what}, 100 and ${many} messages`, { "p50 ms": short, "and ms": long, ratio: long / short });
    // Reading all of it would be some hundred times as much.
    assert.ok(long < 20 * short, `${long} ms beside ${short} ms`);
  }
  // The first after a restart, when nothing of the log is in memory.
  await server.restart();
  const cold = [];
  for (const room of rooms) cold.push(await timed(() => joins(room)));
  found(t, "the first join after a restart", { "100 ms": cold[0], [`${many} ms`]: cold[1] });
  const { head, oldest } = await rooms[1].info();
  assert.equal(Number(head.split(".")[1]) - Number(oldest.split(".")[1]) + 1, many);
});

test("a long stream is read from its start in bounded memory, whole and in order", async (t) => {
  const many = 100_000;
  const stream = streamAt(server.origin);
  await fetch(stream.url, { method: "PUT", body: `{"retain_events":${many}}` });
  const filler = "x".repeat(1_400);
  for (let n = 0; n < many; n += 500) {
    await stream.publish(...Array.from({ length: 500 }, (_, k) => ({ data: [n + k, filler] })));
  }
  const before = resident(server);
  const stop = watchMemory(server);
  const reader = openStream(`${stream.url}?after=start`);
  const took = await timed(() => reader.until(({ events }) => events.length === many, "all of it", 300_000));
  const peak = stop();
  for (const [n, { data }] of reader.events.entries()) assert.equal(JSON.parse(data)[0], n);
  reader.cut();
  const bytes = (many * (filler.length + 60)) / 2 ** 20;
  found(t, `${many} events from the start`, { MiB: bytes, "before MiB": before, "most MiB": peak, "took ms": took });
  if (peak !== undefined) assert.ok(peak - before < bytes / 2, `${peak - before} MiB more, of ${bytes} MiB that were read`);
});
