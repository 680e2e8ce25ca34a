// What each use costs in the units that Cloudflare bills: node bench/costs.mjs
//
// Every scenario runs against a real workerd and asks the stream or room itself, before
// and after, what it has counted (GET …/stats); Worker requests are counted here, where
// they are sent. Beside each line stands what the formulas of docs/costs.md predict, and
// a figure that differs is marked. It takes some two minutes.
// Build first (npm run build), and run it with the Node of node_modules/.bin.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import http from "node:http";
import os from "node:os";

import { openStream } from "../tests/e2e/event-source.mjs";
import { roomAt } from "../tests/e2e/rooms.mjs";
import { startServer } from "../tests/e2e/server.mjs";
import { openSocket } from "../tests/e2e/socket.mjs";
import { eventually, streamAt } from "../tests/e2e/streams.mjs";

/** Dollars for one of each, beyond what the plan includes; see docs/costs.md. */
const PRICE = { worker: 0.3e-6, requests: 0.15e-6, messages: 0.15e-6 / 20, deliveries: 0, rows_written: 1e-6 };
const COLUMNS = ["worker", "requests", "messages", "deliveries", "rows_written"];
const IDLE_SECONDS = 30;

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const range = (count) => Array.from({ length: count }, (_, n) => n);

// ---- counting ------------------------------------------------------------------

/** Requests that reached the Worker, without those that only ask for figures. */
let sent = 0;
const plainFetch = globalThis.fetch;
globalThis.fetch = (...request) => {
  sent += 1;
  return plainFetch(...request);
};

/** Follows a stream over Server-Sent Events. */
function follow(url, options) {
  sent += 1;
  return openStream(url, options);
}

function enter(room, query = { tail: "0" }) {
  sent += 1;
  return room.join(query);
}

const figuresOf = async ({ url }) => (await plainFetch(`${url}/stats`)).json();

/** The CPU time of a process in ms; of the runtime: Worker and objects together. */
function cpuOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ");
  const tick = 1_000 / Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
  return (Number(stat[11]) + Number(stat[12])) * tick;
}

/**
 * Does `work` and answers what was counted at `things` (streams or rooms) meanwhile,
 * without our own questions: an answer counts the question that it answers.
 */
async function counted(pid, things, work) {
  const before = await Promise.all(things.map(figuresOf));
  const [sentBefore, cpuBefore] = [sent, cpuOf(pid)];
  await work();
  const figures = { worker: sent - sentBefore, cpu: cpuOf(pid) - cpuBefore };
  const after = await Promise.all(things.map(figuresOf));
  for (const name of ["requests", "messages", "deliveries", "rows_written", "wakes"]) {
    figures[name] = after.reduce((sum, of, n) => sum + of[name] - (before[n][name] ?? 0), 0);
  }
  // One that was not there yet answered the first question with a 404.
  figures.requests -= before.reduce((sum, { requests }) => sum + (requests === undefined ? 2 : 1), 0);
  return figures;
}

// ---- the table -----------------------------------------------------------------

const number = (value) => (value === undefined ? "" : String(Number(value.toFixed(value < 10 ? 3 : 1))));
const cells = (list) => list.map((cell, n) => (n === 0 ? cell.padEnd(48) : cell.padStart(12))).join("");

function heading() {
  const names = ["Worker req", "object req", "messages in", "deliveries", "rows"];
  console.log(cells(["", ...names, "CPU ms", "$/million"]));
}

/**
 * One line: what a unit was counted to cost, and what was `predicted`; a prediction is a
 * number, or the least and the most.
 */
function line(what, units, figures, predicted) {
  const dollars = COLUMNS.reduce((sum, name) => sum + (figures[name] ?? 0) * PRICE[name], 0) / units;
  // The kernel counts in steps of 10 ms; for few units that says nothing.
  const cpu = figures.cpu >= 100 ? number(figures.cpu / units) : "";
  const got = COLUMNS.map((name) => figures[name] === undefined ? undefined : figures[name] / units);
  console.log(cells([what, ...got.map(number), cpu, number(dollars * 1e6)]));
  let differs = false;
  const words = COLUMNS.map((name, n) => {
    const [least, most] = [predicted[name] ?? []].flat().length === 2 ? predicted[name] : [predicted[name], predicted[name]];
    if (least === undefined) return "";
    if (got[n] < least - 1e-9 || got[n] > most + 1e-9) differs = true;
    return least === most ? number(least) : `${number(least)}–${number(most)}`;
  });
  console.log(cells([differs ? "  predicted, and it DIFFERS" : "  predicted", ...words]));
}

const say = (text) => console.log(`  ${text}`);

// ---- streams -------------------------------------------------------------------

async function progress(server, pid) {
  const stream = streamAt(server.origin);
  const first = await counted(pid, [stream], () => stream.publish({ type: "progress", data: { done: 0, total: 600 } }));
  line("a new stream with its first event", 1, first, { worker: 1, requests: 1, rows_written: 4 });
  const reader = follow(stream.url);
  await reader.untilEvents(1);
  const one = await counted(pid, [stream], async () => {
    for (const n of range(300)) await stream.publish({ type: "progress", data: { done: n + 1, total: 600 } });
    await reader.untilEvents(301);
  });
  line("progress, one by one (event)", 300, one, { worker: 1, requests: 1, messages: 0, deliveries: 1, rows_written: 1 });
  const ten = await counted(pid, [stream], async () => {
    for (const n of range(30)) {
      await stream.publish(...range(10).map((m) => ({ type: "progress", data: { done: 301 + n * 10 + m, total: 600 } })));
    }
    await reader.untilEvents(601);
  });
  // Where a batch does not fit into the newest row it begins another.
  line("progress, ten in a request (event)", 300, ten, { worker: 0.1, requests: 0.1, deliveries: 0.1, rows_written: [0.1, 0.12] });
  reader.cut();
}

async function feed(server, pid) {
  const stream = streamAt(server.origin);
  await stream.publish({ data: "first" });
  const readers = [];
  const joins = await counted(pid, [stream], async () => {
    for (const _ of range(100)) {
      const reader = follow(stream.url);
      readers.push(reader);
      await reader.untilEvents(1);
    }
  });
  line("live feed, a reader comes (reader)", 100, joins, { worker: 1, requests: 1, messages: 0, deliveries: 1, rows_written: 0 });
  const events = await counted(pid, [stream], async () => {
    for (const n of range(100)) await stream.publish({ data: { headline: `number ${n}` } });
    await Promise.all(readers.map((reader) => reader.untilEvents(101)));
  });
  line("live feed, 100 readers (event)", 100, events, { worker: 1, requests: 1, messages: 0, deliveries: 100, rows_written: 1 });
  for (const reader of readers) reader.cut();
}

async function notifications(server, pid) {
  const streams = range(20).map(() => streamAt(server.origin));
  const readers = [];
  const first = await counted(pid, streams, async () => {
    for (const stream of streams) readers.push(await follow(stream.url).untilHeaders());
    for (const stream of streams) await stream.publish({ data: { text: "welcome" } });
    await Promise.all(readers.map((reader) => reader.untilEvents(1)));
  });
  line("notifications, a user's first (user)", 20, first, { worker: 2, requests: 2, deliveries: 1, rows_written: 4 });
  const next = await counted(pid, streams, async () => {
    for (const stream of streams) for (const n of range(5)) await stream.publish({ data: { text: `number ${n}` } });
    await Promise.all(readers.map((reader) => reader.untilEvents(6)));
  });
  line("notifications, later (notification)", 100, next, { worker: 1, requests: 1, deliveries: 1, rows_written: 1 });
  for (const reader of readers) reader.cut();
}

async function ticker(server, pid) {
  const stream = streamAt(server.origin);
  await fetch(stream.url, { method: "PUT", body: JSON.stringify({ conflate: "symbol", retain_events: 200 }) });
  const tick = (n) => range(20).map((s) => ({ type: "tick", data: { symbol: `S${s}`, price: n + s / 100 } }));
  await stream.publish(...tick(0));
  const readers = await Promise.all(range(10).map(() => follow(stream.url).untilEvents(20)));
  const batches = await counted(pid, [stream], async () => {
    for (const n of range(100)) await stream.publish(...tick(n + 1));
    await Promise.all(readers.map((reader) => reader.untilEvents(2_020)));
  });
  // Twenty events of 64 a row: a third of the batches begin a row, and as many are deleted.
  line("ticker, 20 symbols, 10 readers (request)", 100, batches, { worker: 1, requests: 1, messages: 0, deliveries: 10, rows_written: [1.2, 1.7] });
  for (const reader of readers) reader.cut();
}

async function linkCheck(server, pid) {
  let asked = 0;
  const site = http.createServer((_, response) => {
    asked += 1;
    response.end();
  });
  await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));
  const stream = streamAt(server.origin);
  const urls = range(120).map((n) => `http://127.0.0.1:${site.address().port}/${n}`);
  const job = await counted(pid, [stream], async () => {
    await fetch(`${server.origin}/v1/jobs/link-check/${stream.name}`, { method: "POST", body: urls.join("\n") });
    await eventually(() => plainFetch(`${stream.url}/events?after=start&limit=500`).then((r) => r.json()), ({ ended }) => ended);
  });
  // How often we asked whether it has ended is in its requests.
  job.requests = undefined;
  line("link check, its stream (URL)", 120, job, { rows_written: [1 / 6, 0.25] });
  say(`${asked} requests to the ${urls.length} URLs; its job's object has no figures to ask for`);
  site.close();
}

// ---- rooms ---------------------------------------------------------------------

async function chat(server, pid) {
  const room = roomAt(server.origin);
  const first = await enter(room);
  await first.say("first");
  const members = [first];
  const joins = await counted(pid, [room], async () => {
    for (const _ of range(9)) members.push(await enter(room));
    await first.until("joined", ({ count }) => count === 10);
  });
  // A welcome, and word to those who are there: 1 + … + 9 of them.
  line("chat, a member joins (member)", 9, joins, { worker: 1, requests: 1, messages: 0, deliveries: 6, rows_written: 0 });
  // Ten members get it, and its sender the acknowledgement.
  const one = await counted(pid, [room], async () => {
    for (const n of range(200)) await members[n % 10].say(`one ${n}`);
    await members[1].until("message", ({ text }) => text === "one 199");
  });
  line("chat, 10 members, one by one (message)", 200, one, { worker: 0, requests: 0, messages: 1, deliveries: 11, rows_written: 1 });
  const base = members[9].of("message").length;
  const burst = await counted(pid, [room], async () => {
    for (const n of range(20)) for (const member of members) member.send({ type: "message", id: `b${n}`, text: "all at once" });
    await members[9].socket.until(() => members[9].of("message").length >= base + 200);
    await wait(200);
  });
  line("chat, 200 messages at once (message)", 200, burst, { worker: 0, requests: 0, messages: 1, deliveries: [0, 11], rows_written: [0, 1] });
  const moment = await counted(pid, [room], async () => {
    for (const n of range(50)) {
      members[n % 10].send({ type: "typing", on: n % 20 < 10 });
      members[n % 10].send({ type: "presence", data: { at: n } });
      await wait(5);
    }
    await wait(200);
  });
  line("chat, typing and presence (frame)", 100, moment, { worker: 0, requests: 0, messages: 1, deliveries: [0, 9], rows_written: 0 });
  for (const member of members) member.close();
}

async function signals(server, pid) {
  const room = roomAt(server.origin);
  const players = await Promise.all(range(4).map(() => enter(room)));
  const moves = await counted(pid, [room], async () => {
    for (const n of range(300)) {
      for (const player of players) player.send({ type: "signal", key: "at", data: [n, n] });
      await wait(16);
    }
    await wait(200);
  });
  line("multiplayer, 4 players (signal)", 1_200, moves, { worker: 0, requests: 0, messages: 1, deliveries: [0, 3], rows_written: 0 });
  for (const player of players) player.close();
}

async function editing(server, pid) {
  const room = roomAt(server.origin);
  const [ann, bob] = [await enter(room), await enter(room)];
  await ann.ask({ type: "set", id: "first", key: "k0", value: 0 });
  const sets = await counted(pid, [room], async () => {
    for (const n of range(100)) await ann.ask({ type: "set", id: `s${n}`, key: `k${n % 5}`, value: { n } });
    await bob.until("state", ({ version, key }) => key === "k4" && version === 20);
  });
  line("shared state, one by one (set)", 100, sets, { worker: 0, requests: 0, messages: 1, deliveries: 3, rows_written: 1 });
  await ann.say("first");
  const updates = await counted(pid, [room], async () => {
    for (const n of range(100)) await ann.ask({ type: "message", id: `u${n}`, data: "x".repeat(80) });
    await bob.until("message", ({ id }) => id === "u99");
  });
  line("collaborative editing (update)", 100, updates, { worker: 0, requests: 0, messages: 1, deliveries: 3, rows_written: 1 });
  for (const member of [ann, bob]) member.close();
}

// ---- what time costs -----------------------------------------------------------

/** Connected and silent: pings that the platform answers, heartbeats that the Worker sends. */
async function idle() {
  const server = await startServer({ vars: { STATS_REPORT_SECONDS: "0", SSE_HEARTBEAT_SECONDS: "1" } });
  const [pid, stream, room] = [server.pid, streamAt(server.origin), roomAt(server.origin)];
  const members = await Promise.all(range(10).map(() => enter(room)));
  const readers = await Promise.all(range(100).map(() => follow(stream.url).untilHeaders()));
  const sockets = await Promise.all(range(10).map(() => openSocket(stream.url)));
  const pinging = [...sockets, ...members.map(({ socket }) => socket)];
  // Twice: what the first counts after its row, an alarm, is in the row of the second.
  for (const n of range(2)) {
    await stream.publish({ data: n });
    await members[0].say(`number ${n}`);
  }
  const before = { stream: await figuresOf(stream), room: await figuresOf(room) };
  const [began, cpu, sentBefore] = [Date.now(), cpuOf(pid), sent];
  let pings = 0;
  for (const _ of range(IDLE_SECONDS)) {
    await wait(1_000);
    for (const socket of pinging) {
      socket.send("ping");
      pings += 1;
    }
  }
  await wait(300);
  const used = cpuOf(pid) - cpu;
  const pongs = pinging.reduce((sum, { texts }) => sum + texts.filter((text) => text === "pong").length, 0);
  const heartbeats = readers.reduce((sum, { comments }) => sum + comments.length - 1, 0);
  const after = { stream: await figuresOf(stream), room: await figuresOf(room) };
  console.log(`idle for ${IDLE_SECONDS} s: 100 readers, 10 sockets, 10 members; ${pings} pings, ${pongs} answered; ${heartbeats} heartbeats; ${sent - sentBefore} Worker requests`);
  for (const [what, { awake_since, wakes, messages, rows_written }] of Object.entries(after)) {
    const slept = awake_since > began + 10_000;
    say(`the ${what}: messages ${messages - before[what].messages}, rows ${rows_written - before[what].rows_written}, wakes ${wakes - before[what].wakes}; ${slept ? "slept until it was asked for this" : "WAS AWAKE"}`);
  }
  say(`CPU of the runtime per heartbeat and ping ${number((used * 1_000) / (pings + heartbeats))} µs`);
  for (const reader of readers) reader.cut();
  await server.stop();
}

/** An alarm that looks for silent members, in a room where nobody says anything. */
async function vigil() {
  const server = await startServer({ vars: { STATS_REPORT_SECONDS: "0", ROOM_SILENCE_SECONDS: "4" } });
  const room = roomAt(server.origin);
  const member = await enter(room);
  await member.say("first");
  // Four seconds, so that the object does not sleep in between and forget the count.
  const figures = await counted(server.pid, [room], () => wait(24_000));
  line("a connected room, ROOM_SILENCE_SECONDS (period)", 6, figures, { worker: 0, requests: [0.8, 1.2], messages: 0, rows_written: [0.8, 1.2] });
  member.close();
  await server.stop();
}

async function rotation() {
  const age = 2;
  const server = await startServer({ vars: { STATS_REPORT_SECONDS: "0", SSE_MAX_AGE_SECONDS: String(age) } });
  const stream = streamAt(server.origin);
  await stream.publish({ data: 1 });
  const seconds = 20;
  const figures = await counted(server.pid, [stream], async () => {
    const end = Date.now() + seconds * 1_000;
    const stay = async () => {
      for (let id; Date.now() < end; ) {
        const reader = follow(stream.url, { lastEventId: id });
        await Promise.race([reader.untilEnd(), wait(end - Date.now())]);
        id = reader.lastEventId || id;
        reader.cut();
      }
    };
    await Promise.all(range(20).map(stay));
  });
  // Ages are shortened in the same proportion as the hours.
  const hours = (20 * seconds * (900 / age)) / 3_600;
  line("rotation, no events (reader-hour)", hours, figures, { worker: [4, 5.5], requests: [4, 5.5], rows_written: 0 });
  await server.stop();
}

async function reports() {
  const server = await startServer({ vars: { STATS_REPORT_SECONDS: "1" } });
  const [stream, dashboard] = [streamAt(server.origin), streamAt(server.origin, "tidings.stats")];
  await stream.publish({ data: 0 });
  await wait(3_000);
  const work = async (act) => {
    for (const n of range(5)) {
      await act(n);
      // The sums come a second after the report.
      await wait(2_500);
    }
  };
  const events = await counted(server.pid, [dashboard], () => work((n) => stream.publish({ data: n })));
  line("a report: tidings.stats (event elsewhere)", 5, { ...events, worker: 0 }, { requests: 1, rows_written: 1 });
  // That one has gone may be noticed late, and then together with the next.
  const readers = [];
  const joins = await counted(server.pid, [dashboard], async () => {
    await work(() => readers.push(follow(stream.url)));
    await work((n) => readers[n].cut());
  });
  line("a report: tidings.stats (a reader's visit)", 5, { ...joins, worker: 0 }, { requests: [1, 2], rows_written: [1, 2] });
  await server.stop();
}

// --------------------------------------------------------------------------------

console.log(`${os.cpus()[0].model}, ${os.cpus().length} cores, Node ${process.versions.node}; CPU of workerd, Worker and objects together\n`);
const server = await startServer({
  vars: { STATS_REPORT_SECONDS: "0", LIMIT_FRAMES_PER_SECOND: "0", LIMIT_SIGNALS_PER_SECOND: "0", LOG_LEVEL: "off" },
});
const { pid } = server;
heading();
for (const scenario of [progress, feed, notifications, ticker, linkCheck, chat, signals, editing]) await scenario(server, pid);
await server.stop();
for (const scenario of [reports, rotation, vigil, idle]) await scenario();
