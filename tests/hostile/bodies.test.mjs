// Bodies that come slowly, in part, too long, or not at all.

import assert from "node:assert/strict";
import { test } from "node:test";

import { eventually, streamAt } from "../e2e/streams.mjs";
import { others, server } from "./scene.mjs";
import { head, send } from "./wire.mjs";

const MB = 1024 * 1024;

const publish = ({ name }, ...lines) =>
  head(`POST /v1/streams/${name}/events HTTP/1.1`, "Host: x", "Content-Type: text/plain", ...lines);

const pause = () => new Promise((resolve) => setTimeout(resolve, 2));

async function trickle(wire, text) {
  for (const byte of text) {
    wire.write(byte);
    await pause();
  }
}

/** The events of a stream that may not be there. */
const stored = async ({ url }) => (await (await fetch(`${url}/events`)).json()).events;

test("requests that come byte by byte and then never end keep nobody waiting", async () => {
  const stream = streamAt(server.origin);
  const halves = ["GET /v1/health HTTP/1.1\r\nHost: x\r\nX-Slow", `${publish(stream, "Content-Length: 100")}half of a bod`];
  const wires = await Promise.all(Array.from({ length: 100 }, () => send(server.port)));
  const trickles = wires.map((wire, n) => trickle(wire, halves[n % 2]));
  await others.unharmed();
  await Promise.all(trickles);
  await others.unharmed();
  for (const wire of wires) {
    assert.deepEqual([wire.text, wire.ended], ["", undefined], "it still waits");
    wire.cut();
  }
  await others.unharmed();
  assert.deepEqual(await stored(stream), []);
});

test("slow is not wrong: a request that comes byte by byte is answered", async () => {
  const stream = streamAt(server.origin);
  const wire = await send(server.port);
  await trickle(wire, `${publish(stream, "Content-Length: 5")}hello`);
  assert.deepEqual(await wire.answers(), [200], wire.text);
  assert.deepEqual((await stored(stream)).map(({ data }) => data), ["hello"]);
});

test("half a body and a reset stores nothing", async () => {
  const half = '[{"data":1},{"data":2}';
  for (const [lines, body] of [
    [["Content-Length: 100"], half],
    [["Transfer-Encoding: chunked"], `${half.length.toString(16)}\r\n${half}\r\n`],
    [["Transfer-Encoding: chunked"], `ff\r\n${half}`],
    // What is there could be published; the client has not said that it is all.
    [["Transfer-Encoding: chunked"], `1\r\n1\r\n`],
  ]) {
    const stream = streamAt(server.origin);
    for (let n = 0; n < 20; n += 1) {
      const wire = await send(server.port, publish(stream, ...lines) + body);
      await pause();
      wire.cut();
    }
    await others.unharmed();
    assert.deepEqual(await stored(stream), []);
  }
});

test("a client that hangs up in an orderly way in the middle gets a 400 or nothing", async () => {
  const stream = streamAt(server.origin);
  for (const [lines, body] of [
    [["Content-Length: 100"], "half"],
    [["Transfer-Encoding: chunked"], "4\r\nhalf\r\n"],
  ]) {
    const wire = await send(server.port, publish(stream, ...lines) + body);
    wire.end();
    const statuses = await wire.untilEnded();
    assert.ok(statuses.every((status) => status === 400), wire.text);
  }
  assert.deepEqual(await stored(stream), []);
  await others.unharmed();
});

const pieces = {
  chunks: (size) => [`${size.toString(16)}\r\n`, "x".repeat(size), "\r\n"].join(""),
  bytes: (size) => "x".repeat(size),
};

for (const [what, lines, piece] of [
  ["chunks without an end", ["Transfer-Encoding: chunked"], pieces.chunks],
  ["one chunk of 2^64 - 1 bytes", ["Transfer-Encoding: chunked"], pieces.bytes],
  ["a length of 2 MiB", [`Content-Length: ${2 * MB}`], pieces.bytes],
  ["a length of 5 GiB", [`Content-Length: ${5 * 1024 * MB}`], pieces.bytes],
  ["a length of 2^62", ["Content-Length: 4611686018427387904"], pieces.bytes],
]) {
  for (const [method, path] of [
    ["POST", "/events"],
    ["PUT", ""],
  ]) {
    test(`more than may be, ${what}: ${method} …${path} ends it, whatever the client goes on sending`, async () => {
      const stream = streamAt(server.origin);
      const request = head(`${method} /v1/streams/${stream.name}${path} HTTP/1.1`, "Host: x", "Content-Type: text/plain", ...lines);
      const wire = await send(server.port, request);
      if (what.startsWith("one chunk")) wire.write("ffffffffffffffff\r\n");
      const part = piece(MB / 4);
      let sent = 0;
      for (; wire.statuses.length === 0 && (await wire.drained()) && sent < 64 * MB; sent += MB / 4) wire.write(part);
      await wire.until(({ statuses, ended }) => statuses.length > 0 || ended, "an answer or a reset");
      assert.ok(sent < 64 * MB, "long before 64 MiB");
      // And it goes on, as long as somebody takes it.
      for (let n = 0; n < 40 && wire.write(part); n += 1) await pause();
      wire.cut();
      assert.ok(wire.statuses.every((status) => status === 413), wire.text);
      assert.equal((await stream.snapshot()).status, 404);
    });
  }
}

test("a length that is too great is refused before a byte of it has come", async () => {
  for (const length of [2 * MB, 5 * 1024 * MB, 2 ** 62]) {
    const wire = await send(server.port, publish(streamAt(server.origin), `Content-Length: ${BigInt(length)}`));
    assert.deepEqual(await wire.answers(), [413], wire.text);
  }
  await others.unharmed();
});

test("a digest whose client has gone says that it failed, and begins no second time", async () => {
  const stream = streamAt(server.origin);
  const wire = await send(server.port, head(`PUT /v1/jobs/digest/${stream.name} HTTP/1.1`, "Host: x", `Content-Length: ${5 * 1024 * MB}`));
  wire.write("x".repeat(MB));
  await eventually(stream.snapshot, ({ events }) => events?.length > 0);
  wire.cut();
  const { events } = await eventually(stream.snapshot, ({ ended }) => ended, 60_000);
  assert.ok(events.some(({ type }) => type === "failed"));
  await others.unharmed();
});

test("and nobody else has noticed", () => others.unharmed());
