// Too many requests: counted for each subject or address, by the bindings of
// wrangler.toml, here with a limit that is soon reached.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { openStream } from "./event-source.mjs";
import { roomAt } from "./rooms.mjs";
import { startServer } from "./server.mjs";
import { openSocket } from "./socket.mjs";
import { freshName, streamAt } from "./streams.mjs";
import { SECRET, tokenFor } from "./tokens.mjs";

const LIMIT = 5;
const EVERYTHING = { streams: { "*": ["read", "publish", "manage"] }, rooms: { "*": ["read", "write"] } };

let server;
before(async () => {
  server = await startServer({ vars: { TIDINGS_SECRET: SECRET, STATS_REPORT_SECONDS: "0" }, limit: LIMIT });
});
after(() => server?.stop());

// It is counted anew with every minute, and no test is to see that happen.
beforeEach(async () => {
  const left = 60_000 - (Date.now() % 60_000);
  if (left < 15_000) await new Promise((resolve) => setTimeout(resolve, left));
});

let last = 0;
/** An address that no other test comes from. */
const freshAddress = () => `203.0.113.${(last += 1)}`;

/** Asks until it is refused, which must be after as many times as may be; the refusal. */
async function flood(ask) {
  for (let count = 0; count <= LIMIT; count += 1) {
    const response = await ask(count);
    await response.arrayBuffer();
    if (response.status === 429) {
      assert.equal(count, LIMIT);
      return response;
    }
  }
  throw new Error(`never refused, with a limit of ${LIMIT}`);
}

test("an address that asks for too much is told when to come back", async () => {
  const address = freshAddress();
  const stream = streamAt(server.origin);
  await stream.publish({ data: 1 });
  const headers = { "CF-Connecting-IP": address, Accept: "application/json" };
  const response = await flood(() => fetch(stream.url, { headers }));
  assert.equal(response.headers.get("retry-after"), "60");
  assert.equal(response.headers.get("content-type"), "application/problem+json");

  // EventSource would give up on a 429.
  const reader = openStream(stream.url, { headers: { "CF-Connecting-IP": address } });
  await reader.until(({ ended }) => ended);
  assert.equal(reader.status, 200);
  assert.equal(reader.headers["content-type"], "text/event-stream");
  const [, retry] = /^retry: (\d+)\n/.exec(reader.text);
  assert.ok(retry >= 60_000 && retry <= 120_000, retry);
  assert.deepEqual(reader.events, []);
  // A browser shows no status of a WebSocket; others do.
  const room = roomAt(server.origin);
  await assert.rejects(room.knock({}, { headers }), /refused with 429/);

  // Others are not held back, nor is what is counted apart.
  assert.equal((await fetch(stream.url, { headers: { ...headers, "CF-Connecting-IP": freshAddress() } })).status, 200);
  const publish = { method: "POST", headers: { ...headers, "Content-Type": "text/plain" }, body: "x" };
  assert.equal((await fetch(`${stream.url}/events`, publish)).status, 200);
  assert.equal((await fetch(`${server.origin}/v1/health`, { headers })).status, 200);
  assert.equal((await fetch(stream.url, { method: "OPTIONS", headers })).status, 204);
});

test("what is refused touches no object", async () => {
  const headers = { "CF-Connecting-IP": freshAddress(), "Content-Type": "text/plain" };
  const name = freshName("flood");
  // What cannot be read is counted too.
  const bad = { method: "POST", headers: { ...headers, "Content-Type": "image/png" }, body: "x" };
  await flood(() => fetch(`${server.origin}/v1/streams/${name}/events`, bad));
  const before = server.objects;
  for (const [method, path] of [
    ["POST", `/v1/streams/${name}/events`],
    ["PUT", `/v1/streams/${name}`],
    ["POST", `/v1/rooms/${name}/messages`],
    ["PUT", `/v1/jobs/digest/${name}`],
  ]) {
    const response = await fetch(server.origin + path, { method, headers, body: "{}" });
    assert.equal(response.status, 429, path);
    assert.equal(response.headers.get("retry-after"), "10");
  }
  assert.deepEqual(server.objects, before);
});

test("somebody with a token is counted wherever they come from, and alone", async () => {
  const ask = (sub, address) =>
    fetch(`${server.origin}/v1/tickets`, {
      method: "POST",
      headers: { Authorization: `Bearer ${tokenFor(EVERYTHING, { sub })}`, "CF-Connecting-IP": address },
    });
  const shared = freshAddress();
  await flood((n) => ask("greedy", n % 2 ? shared : freshAddress()));
  assert.equal((await ask("modest", shared)).status, 200);
});

test("guessing tokens counts for the address", async () => {
  const headers = { Authorization: "Bearer x", "CF-Connecting-IP": freshAddress() };
  await flood(() => fetch(`${server.origin}/v1/tickets`, { method: "POST", headers }));
});

test("an IPv6 client has a whole network, and that counts as one", async () => {
  const ask = (n) =>
    fetch(`${server.origin}/v1/tickets`, { method: "POST", headers: { "CF-Connecting-IP": `2001:db8:0:7::${n.toString(16)}` } });
  await flood(ask);
});

test("the machine's own requests are not counted", async () => {
  const stream = streamAt(server.origin);
  for (let n = 0; n < 3 * LIMIT; n += 1) {
    const response = await fetch(`${server.origin}/v1/tickets`, { method: "POST" });
    await response.arrayBuffer();
    assert.equal(response.status, 401);
  }
  const socket = await openSocket(stream.url);
  socket.close();
});
