// What one stream takes and costs, on this machine: node bench/streams.mjs
//
// Everything runs on the same cores, the client too: the figures compare
// versions of this project on one machine, and promise nothing about another.
// Build first (npm run build), and run it with the Node of node_modules/.bin.

import { readFileSync } from "node:fs";
import http from "node:http";
import os from "node:os";

import { openStream } from "../tests/e2e/event-source.mjs";
import { startServer } from "../tests/e2e/server.mjs";
import { freshName, streamAt } from "../tests/e2e/streams.mjs";

const SECONDS = 5;
const READERS = 500;

const server = await startServer({ vars: { STATS_REPORT_SECONDS: "0" } });
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

/** Posts a body on a kept connection; resolves with the answer's text. */
function post(name, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { host: "127.0.0.1", port: server.port, method: "POST", path: `/v1/streams/${name}/events`, agent, headers: { "Content-Type": "application/json" } },
      (response) => {
        let text = "";
        response.on("data", (part) => (text += part));
        response.on("end", () => resolve(text));
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

/** Publishes in a closed loop with so many publishers; events a second. */
async function rate(publishers, events) {
  const name = freshName("bench");
  const event = '{"data":{"n":1,"text":"some forty characters of payload here"}}';
  const body = events === 1 ? event : `[${Array(events).fill(event).join(",")}]`;
  await post(name, body);
  const started = performance.now();
  const end = started + SECONDS * 1000;
  let published = 0;
  const loop = async () => {
    while (performance.now() < end) {
      await post(name, body);
      published += events;
    }
  };
  await Promise.all(Array.from({ length: publishers }, loop));
  return published / ((performance.now() - started) / 1000);
}

const resident = () => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]);
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const report = (what, value) => console.log(`${what.padEnd(58)} ${value}`);

console.log(`${os.cpus()[0].model}, ${os.cpus().length} cores, Node ${process.versions.node}\n`);
await rate(10, 1);
report("events/s, 1 publisher, one event a request", Math.round(await rate(1, 1)));
report("events/s, 10 publishers, one event a request", Math.round(await rate(10, 1)));
report("events/s, 50 publishers, one event a request", Math.round(await rate(50, 1)));
report("events/s, 4 publishers, 500 events a request", Math.round(await rate(4, 500)));

const first = [];
for (let n = 0; n < 50; n += 1) {
  const { url } = streamAt(server.origin);
  const started = performance.now();
  const reader = openStream(url);
  await reader.until((s) => s.text !== "", "the first bytes");
  first.push(performance.now() - started);
  reader.cut();
}
report("time to first byte of a live stream, median", `${median(first).toFixed(1)} ms`);

const stream = streamAt(server.origin);
await stream.publish({ data: 1 });
const before = resident();
const readers = [];
for (let n = 0; n < READERS; n += 50) {
  const some = Array.from({ length: 50 }, () => openStream(stream.url));
  await Promise.all(some.map((reader) => reader.untilEvents(1)));
  readers.push(...some);
}
report(`memory per idle reader (${READERS} on one stream)`, `${Math.round((resident() - before) / READERS)} kB`);
const delivered = performance.now();
for (let n = 0; n < 20; n += 1) await stream.publish({ data: n });
await Promise.all(readers.map((reader) => reader.untilEvents(21)));
report(`20 events to ${READERS} readers, one after another`, `${Math.round(performance.now() - delivered)} ms`);
for (const reader of readers) reader.cut();
await server.stop();
agent.destroy();
