// What the service writes about requests, and what it does not.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { openStream } from "./event-source.mjs";
import { roomAt } from "./rooms.mjs";
import { startServer } from "./server.mjs";
import { eventually, streamAt } from "./streams.mjs";
import { SECRET, tokenFor, tokenOf, worthless } from "./tokens.mjs";

/** A dataset of Analytics Engine that shows what was written to it. */
const RECORDER = `
import { WorkerEntrypoint } from "cloudflare:workers";
const points = [];
export default class extends WorkerEntrypoint {
  writeDataPoint(point) { points.push(point); }
  fetch() { return Response.json(points); }
}`;

const linesOf = (output) =>
  output
    .split("\n")
    .filter((line) => line.startsWith('{"level"'))
    .map((line) => JSON.parse(line));

describe("with everything written", () => {
  let server;
  before(async () => {
    const vars = { TIDINGS_SECRET: SECRET, LOG_LEVEL: "debug" };
    server = await startServer({ vars, services: { ANALYTICS: RECORDER } });
  });
  after(() => server?.stop());

  const linesAbout = (name, count) =>
    eventually(
      async () => linesOf(server.output).filter((line) => line.name === name),
      (lines) => lines.length >= count,
    );

  test("a line a request: what, by whom, and what came of it", async () => {
    const stream = streamAt(server.origin);
    const headers = { Authorization: `Bearer ${tokenFor({}, { sub: "ann" })}`, "CF-Ray": "8c1-FRA", "Content-Type": "image/png" };
    await fetch(`${stream.url}/events`, { method: "POST", headers, body: "x" });
    await stream.publish({ data: "said in confidence" });
    await fetch(stream.url, { headers: { Accept: "application/json", Authorization: "Bearer x" } });
    const lines = await linesAbout(stream.name, 3);
    const without = ({ ms, ...line }) => {
      assert.ok(Number.isSafeInteger(ms) && ms >= 0 && ms < 20_000);
      return line;
    };
    const about = { realm: "streams", name: stream.name };
    assert.deepEqual(lines.map(without), [
      { level: "info", method: "POST", call: "publish", ...about, sub: "ann", status: 415, problem: "unsupported-media-type", ray: "8c1-FRA" },
      { level: "info", method: "POST", call: "publish", ...about, status: 200 },
      { level: "warn", method: "GET", call: "read", ...about, status: 401, problem: "token-invalid" },
    ]);
  });

  test("no token, nothing that was said, and no address of a request", async () => {
    const room = roomAt(server.origin);
    const secrets = [tokenFor({}), ...Object.values(worthless())].filter((token) => token.length > 20);
    const key = "a-secret-key-of-the-member";
    const member = await room.join({ token: secrets[0], key, name: "Unmentioned" });
    await member.say("said in confidence");
    for (const token of secrets) {
      const own = { "CF-Connecting-IP": "203.0.113.77" };
      await fetch(`${room.url}?token=${token}&note=unmentioned`, { headers: own });
      await fetch(room.url, { headers: { ...own, Authorization: `Bearer ${token}` } });
      await assert.rejects(room.knock({}, { protocols: ["tidings.v1", `bearer.${token}x`] }), /refused/);
    }
    await fetch(`${server.origin}/v1/unmentioned?token=${secrets[0]}`);
    const watching = openStream(`${room.url}?token=${secrets[0]}`);
    await watching.untilEvents(1);
    watching.cut();
    member.close();
    await linesAbout(room.name, 1 + secrets.length * 3 + 1);
    for (const hidden of [...secrets, SECRET, key, "confidence", "203.0.113.77", "bearer."]) {
      assert.ok(!server.output.includes(hidden), hidden);
    }
    assert.ok(!/unmentioned/i.test(server.output));
  });

  test("each request is a data point", async () => {
    const stream = streamAt(server.origin, `${"n".repeat(120)}`);
    // The real thing takes a point at once. The stand-in is called over the wire, and
    // with the answer of an object the runtime may drop that: so, two without one.
    await fetch(`${stream.url}/events`, { method: "POST", headers: { "Content-Type": "image/png" }, body: "x" });
    await fetch(stream.url, { headers: { Accept: "application/json", Authorization: "Bearer x" } });
    const points = await eventually(
      async () => (await server.ask("ANALYTICS")).filter(({ blobs }) => blobs[3] === stream.name),
      (points) => points.length >= 2,
    );
    assert.deepEqual(points.map(({ blobs }) => blobs), [
      ["publish", "streams", "unsupported-media-type", stream.name],
      ["read", "streams", "token-invalid", stream.name],
    ]);
    for (const { indexes, doubles } of points) {
      assert.deepEqual(indexes, ["n".repeat(96)]);
      assert.ok(doubles[1] >= 0);
    }
    assert.deepEqual(points.map(({ doubles }) => doubles[0]), [415, 401]);
  });
});

test("the level says how much is written", async () => {
  for (const [LOG_LEVEL, levels] of [
    ["off", []],
    ["warn", ["warn"]],
    ["info", ["warn", "info"]],
    ["debug", ["warn", "info", "debug"]],
  ]) {
    const server = await startServer({ vars: { LOG_LEVEL, TIDINGS_SECRET: SECRET } });
    try {
      const stream = streamAt(server.origin);
      await fetch(stream.url, { headers: { Authorization: "Bearer x" } });
      await stream.publish({ data: 1 });
      await fetch(`${server.origin}/v1/health`);
      // What is printed comes later than the answer, in its order.
      if (levels.length > 0) {
        await eventually(async () => linesOf(server.output).length, (count) => count >= levels.length);
      }
      assert.deepEqual(linesOf(server.output).map(({ level }) => level), levels, LOG_LEVEL);
    } finally {
      await server.stop();
    }
  }
});

test("a secret that can be guessed is told of, once, and does not show", async () => {
  const server = await startServer({ vars: { TIDINGS_SECRET: "hunter2", LOG_LEVEL: "off" } });
  try {
    const token = tokenOf({ sub: "ann", tidings: {} }, { secret: "hunter2" });
    for (let n = 0; n < 3; n += 1) {
      const answer = await fetch(`${server.origin}/v1/rooms/x/messages`, { headers: { Authorization: `Bearer ${token}` } });
      assert.notEqual(answer.status, 401);
    }
    await eventually(async () => server.output, (output) => output.includes("openssl rand"));
    assert.equal(server.output.split("openssl rand").length, 2);
    assert.ok(!server.output.includes("hunter2"));
  } finally {
    await server.stop();
  }
});
