// Many at once: all of them get everything once, and those for whom there is no room are
// told so.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { roomAt } from "../e2e/rooms.mjs";
import { startServer } from "../e2e/server.mjs";
import { openSocket } from "../e2e/socket.mjs";
import { eventually, streamAt } from "../e2e/streams.mjs";
import { each, found, percentile, resident, size, sockets, timed } from "./measure.mjs";

const OFF = { STATS_REPORT_SECONDS: "0", LIMIT_FRAMES_PER_SECOND: "0" };

/** How long a crowd may take; it only says when to give up. */
const PATIENCE_MS = 300_000;

const range = (from, to) => Array.from({ length: to - from + 1 }, (_, n) => from + n);
const numbersOf = ({ events }) => events.filter(({ type }) => type === "message").map(({ data }) => data);

describe("a room that is full of people", () => {
  let server;
  before(async () => {
    server = await startServer({ vars: OFF });
  });
  after(() => server?.stop());

  test("everybody gets every message once, and more can join", async (t) => {
    const many = Math.min(size(1_000, 5_000), sockets());
    const room = roomAt(server.origin);
    const before = resident(server);
    const joins = [];
    const crowd = await each(range(1, many), 20, async () => {
      let socket;
      joins.push(await timed(async () => {
        socket = await openSocket(`${room.url}?tail=0`);
        await socket.until(({ events }) => events.some(({ type }) => type === "welcome"), "welcome", PATIENCE_MS);
      }));
      return socket;
    });
    found(t, `${many} joins`, { "p50 ms": percentile(joins, 0.5), "p99 ms": percentile(joins, 0.99) });
    found(t, "memory", { "KiB each": ((resident(server) - before) * 1024) / many, "MiB in all": resident(server) });
    const ann = await room.join();
    assert.equal(ann.last("welcome").count, many + 1);
    const took = [];
    for (const n of range(1, 5)) {
      took.push(await timed(async () => {
        ann.send({ type: "message", id: `${n}`, data: n });
        await each(crowd, many, (socket) => socket.until((s) => numbersOf(s).includes(n), `message ${n}`, PATIENCE_MS));
      }));
    }
    found(t, `a message to ${many}`, { "p50 ms until the last has it": percentile(took, 0.5), "most ms": Math.max(...took) });
    const late = await room.join({ after: "start" });
    await late.until("message", ({ data }) => data === 5);
    for (const socket of crowd) {
      assert.deepEqual(numbersOf(socket), range(1, 5));
      assert.equal(socket.closed, undefined);
    }
    for (const socket of crowd) socket.cut();
    await eventually(room.info, ({ connections }) => connections === 2, PATIENCE_MS);
  });

  test("all come back at once after a power cut, and have everything once", async (t) => {
    const many = Math.min(size(500, 2_000), sockets());
    const room = roomAt(server.origin);
    for (const data of range(1, 5)) await room.post({ data });
    const enter = async (after) => {
      const socket = await openSocket(`${room.url}?after=${after}`);
      await socket.until(({ events }) => events.some(({ type }) => type === "welcome"), "welcome", PATIENCE_MS);
      return socket;
    };
    const first = await each(range(1, many), 20, () => enter("start"));
    for (const data of range(6, 10)) await room.post({ data });
    // Wherever each of them is, it is cut off there.
    await server.kill();
    for (const socket of first) await socket.untilClosed();
    const post = room.post({ data: 11 });
    let again;
    const took = await timed(async () => {
      again = await Promise.all(
        first.map(async (socket) => {
          const seen = socket.events.filter(({ cursor, type }) => cursor && type === "message");
          const back = await enter(seen.at(-1)?.cursor ?? "start");
          await back.until((s) => numbersOf(s).includes(11), "the newest", PATIENCE_MS);
          return back;
        }),
      );
    });
    await post;
    found(t, `${many} come back at once`, { "ms until all have everything": took, "MiB": resident(server) });
    for (const [n, socket] of again.entries()) {
      assert.deepEqual([...numbersOf(first[n]), ...numbersOf(socket)], range(1, 11));
      assert.equal(socket.closed, undefined);
    }
    for (const socket of again) socket.cut();
  });

  test("more is published than an object can do: each is stored once, or refused", async (t) => {
    const many = size(3_000, 20_000);
    const stream = streamAt(server.origin);
    await fetch(stream.url, { method: "PUT", body: '{"retain_events":100000}' });
    const times = [];
    const statuses = new Map();
    const acknowledged = new Map();
    const took = await timed(() =>
      each(range(1, many), 200, async (n) => {
        const began = performance.now();
        const response = await fetch(`${stream.url}/events`, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ data: n, key: `${n}` }),
        });
        const { cursor } = await response.json();
        times.push(performance.now() - began);
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
        if (response.ok) acknowledged.set(cursor, n);
        else assert.ok([429, 503].includes(response.status) && response.headers.has("retry-after"), `${response.status}`);
      }),
    );
    const answers = Object.fromEntries(statuses);
    found(t, `${many} publishes, 200 at a time`, { "a second": (many / took) * 1000, "p50 ms": percentile(times, 0.5), "p99 ms": percentile(times, 0.99), answers: JSON.stringify(answers) });
    const stored = [];
    for (let after = "start", more = true; more; ) {
      const page = await (await fetch(`${stream.url}/events?after=${after}&limit=500`)).json();
      stored.push(...page.events);
      ({ cursor: after, more } = page);
    }
    assert.equal(new Set(stored.map(({ data }) => data)).size, stored.length, "nothing twice");
    for (const { cursor, data } of stored) if (acknowledged.has(cursor)) assert.equal(acknowledged.get(cursor), data);
    assert.ok(acknowledged.size > 0 && acknowledged.size <= stored.length);
    const known = new Set(stored.map(({ cursor }) => cursor));
    for (const cursor of acknowledged.keys()) assert.ok(known.has(cursor), "what was acknowledged is there");
  });
});

describe("no room for more", () => {
  const MOST = 50;
  let server;
  before(async () => {
    server = await startServer({ vars: { ...OFF, LIMIT_MEMBERS_PER_ROOM: `${MOST}`, LIMIT_SUBSCRIBERS_PER_STREAM: `${MOST}` } });
  });
  after(() => server?.stop());

  // The platform lets an object have 32,768 sockets; ours are 32,000, or fewer as here.
  test("of many who come at once as many are let in as may be, and the others told to come later", async () => {
    const room = roomAt(server.origin);
    const all = await Promise.all(range(1, 2 * MOST).map(() => room.knock({ tail: "0" })));
    const decided = ({ events, closed }) => closed !== undefined || events.some(({ type }) => type === "welcome");
    for (const socket of all) await socket.until(decided, "a decision", PATIENCE_MS);
    const inside = all.filter(({ events }) => events.some(({ type }) => type === "welcome"));
    const outside = all.filter((socket) => !inside.includes(socket));
    assert.deepEqual([inside.length, outside.length], [MOST, MOST]);
    for (const socket of outside) {
      assert.equal(await socket.untilClosed(), 1013);
      const bye = socket.events.find(({ type }) => type === "bye");
      assert.ok(bye.retry_ms > 0);
    }
    assert.equal((await room.post({ data: 1 })).status, 200);
    for (const socket of inside) await socket.until((s) => numbersOf(s).length === 1, "the message");
    // A place that is free is taken.
    inside[0].close(1000);
    await eventually(room.info, ({ members }) => members === MOST - 1);
    const next = await room.join();
    assert.equal(next.last("welcome").count, MOST);
    for (const socket of inside) socket.cut();
    next.close();
  });

  test("of a stream, over WebSockets", async () => {
    const stream = streamAt(server.origin);
    await stream.publish({ data: 1 });
    const all = await Promise.all(range(1, MOST + 10).map(() => openSocket(stream.url)));
    for (const socket of all) await socket.until(({ events, closed }) => closed !== undefined || events.length > 0, "a decision");
    const refused = all.filter(({ events }) => events.length === 0);
    assert.equal(refused.length, 10);
    for (const socket of refused) assert.equal(await socket.untilClosed(), 1013);
    await stream.publish({ data: 2 });
    for (const socket of all) {
      if (!refused.includes(socket)) await socket.untilEvents(2);
      socket.cut();
    }
  });
});
