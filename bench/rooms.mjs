// What one room takes and costs, on this machine: node bench/rooms.mjs [MEMBERS ...]
//
// Everything runs on the same cores, the clients too: the figures compare
// versions of this project on one machine, and promise nothing about another.
// Build first (npm run build), and run it with the Node of node_modules/.bin.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import os from "node:os";

import WebSocket from "ws";

import { startServer } from "../tests/e2e/server.mjs";
import { freshName } from "../tests/e2e/streams.mjs";

const SECONDS = 5;
const SENDERS = 10;
/** How many messages of a sender are on their way at once. */
const WINDOW = 8;

const sizes = process.argv.slice(2).map(Number);
const server = await startServer({
  vars: { STATS_REPORT_SECONDS: "0", LIMIT_FRAMES_PER_SECOND: "0", LIMIT_SIGNALS_PER_SECOND: "0" },
});

/** The runtime's memory in kB, and the CPU time it has used in ms. */
function usage() {
  const status = readFileSync(`/proc/${server.pid}/status`, "utf8");
  const stat = readFileSync(`/proc/${server.pid}/stat`, "utf8").split(") ").at(-1).split(" ");
  const tick = 1_000 / Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
  return { kB: Number(/VmRSS:\s+(\d+)/.exec(status)[1]), ms: (Number(stat[11]) + Number(stat[12])) * tick };
}

function report(what, figure) {
  console.log(`  ${what}: ${figure}`);
}

class Client {
  things = 0;
  messages = 0;
  acks = 0;
  onAck = () => {};
  constructor(url) {
    this.ws = new WebSocket(url.replace(/^http/, "ws"), { perMessageDeflate: false });
    this.welcomed = new Promise((resolve, reject) => {
      this.ws.on("error", reject);
      this.ws.on("message", (data) => {
        const text = data.toString();
        // Counted without parsing: the client must not be what is measured.
        this.messages += text.split('"type":"message"').length - 1;
        const acks = text.split('"type":"ack"').length - 1;
        this.acks += acks;
        for (let n = 0; n < acks; n += 1) this.onAck();
        if (text.includes('"type":"welcome"')) resolve(this);
      });
    });
  }
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function enter(url, count) {
  const clients = [];
  for (let n = 0; n < count; n += 50) {
    const some = Array.from({ length: Math.min(50, count - n) }, () => new Client(`${url}?tail=0`));
    await Promise.all(some.map((client) => client.welcomed));
    clients.push(...some);
  }
  return clients;
}

async function measure(members) {
  const url = `${server.origin}/v1/rooms/${freshName("bench")}`;
  console.log(`${members} members`);
  const before = usage();
  const started = performance.now();
  const clients = await enter(url, members);
  report("joins/s", Math.round((members / (performance.now() - started)) * 1_000));
  report("CPU per join", `${(((usage().ms - before.ms) / members) * 1_000).toFixed(0)} µs`);
  await wait(2_000);
  report("memory per idle member", `${Math.round((usage().kB - before.kB) / members)} kB`);

  const senders = clients.slice(0, Math.min(SENDERS, members));
  let sent = 0;
  let running = true;
  const say = (client) => {
    sent += 1;
    client.ws.send(`{"type":"message","id":"${sent}","text":"the quick brown fox jumps over the lazy dog"}`);
  };
  const busy = usage();
  const from = performance.now();
  for (const client of senders) {
    client.onAck = () => running && say(client);
    for (let n = 0; n < WINDOW; n += 1) say(client);
  }
  await wait(SECONDS * 1_000);
  running = false;
  const deadline = performance.now() + 30_000;
  while (clients.some((client) => client.messages < sent) && performance.now() < deadline) await wait(20);
  const seconds = (performance.now() - from) / 1_000;
  const delivered = clients.reduce((sum, client) => sum + client.messages, 0);
  const lost = sent * members - delivered;
  report("messages/s, closed loop", Math.round(sent / seconds));
  report("deliveries/s", Math.round(delivered / seconds));
  report("CPU per delivery", `${(((usage().ms - busy.ms) / delivered) * 1_000).toFixed(2)} µs`);
  if (lost !== 0) report("LOST OR REPEATED", lost);

  for (const rate of [5, 50, 300]) {
    const idle = usage();
    const base = clients[0].messages;
    const latencies = [];
    let at = 0;
    senders[0].onAck = () => latencies.push(performance.now() - at);
    const ticks = rate * 4;
    const start = performance.now();
    for (let n = 0; n < ticks; n += 1) {
      const due = start + (n * 1_000) / rate;
      if (due > performance.now()) await wait(due - performance.now());
      at = performance.now();
      say(senders[0]);
    }
    while (clients.some((client) => client.messages < base + ticks) && performance.now() < start + 60_000) await wait(10);
    latencies.sort((a, b) => a - b);
    const share = (p) => latencies[Math.floor((latencies.length - 1) * p)]?.toFixed(1);
    const perDelivery = ((usage().ms - idle.ms) / (ticks * members)) * 1_000;
    report(`${rate} messages/s`, `CPU per delivery ${perDelivery.toFixed(1)} µs, ack p50 ${share(0.5)} ms, p99 ${share(0.99)} ms`);
  }
  for (const client of clients) client.ws.terminate();
}

console.log(`${os.cpus()[0].model}, ${os.cpus().length} cores, shared with the clients`);
for (const members of sizes.length > 0 ? sizes : [10, 100, 1_000]) await measure(members);
await server.stop();
