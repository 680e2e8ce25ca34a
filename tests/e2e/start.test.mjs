// `npm start`, as a developer runs it: arguments, state, and an orderly end.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, test } from "node:test";

import { openStream } from "./event-source.mjs";
import { eventually, streamAt } from "./streams.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const state = mkdtempSync(join(tmpdir(), "tidings-start-"));
after(() => rmSync(state, { recursive: true, force: true }));

/** A port that nobody listens on at this moment. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function start(port, ...args) {
  const child = spawn(
    process.execPath,
    ["scripts/start.mjs", "--", "--port", String(port), "--persist-to", state, ...args],
    { cwd: root, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, npm_lifecycle_event: "" } },
  );
  let output = "";
  child.stdout.on("data", (text) => (output += text));
  child.stderr.on("data", (text) => (output += text));
  const ended = new Promise((resolve) => child.on("exit", (code) => resolve(code)));
  const origin = `http://localhost:${port}`;
  const answers = () => fetch(origin).then((response) => response.ok, () => child.exitCode !== null);
  await eventually(answers, (ready) => ready, 120_000);
  assert.equal(child.exitCode, null, output);
  return {
    origin,
    output: () => output,
    async stop() {
      child.kill("SIGTERM");
      return await ended;
    },
  };
}

test("npm start passes its arguments on, keeps the state, and ends without a trace", async () => {
  const port = await freePort();
  const first = await start(port, "--var", "SSE_HEARTBEAT_SECONDS:1");
  const stream = streamAt(first.origin);
  let cursor;
  try {
    assert.match(first.output(), /PUBLIC_ACCESS in \.env/);
    ({ cursor } = await stream.publish({ data: "kept" }));
    const reader = openStream(stream.url);
    await reader.until((s) => s.comments.includes("heartbeat"), "a heartbeat after 1 s");
    reader.cut();
    const page = await fetch(`${first.origin}/`);
    assert.match(await page.text(), /<title>Tidings/);
    assert.equal((await fetch(`${first.origin}/not-here`)).status, 404);
  } finally {
    assert.equal(await first.stop(), 143, "the exit code of SIGTERM");
  }
  await assert.rejects(fetch(first.origin), "nobody listens any more");

  const second = await start(port, "--var", 'PUBLIC_ACCESS:{"streams":{"*":["read"]}}');
  try {
    const reader = openStream(`${stream.url}?after=start`);
    await reader.untilEvents(1);
    assert.deepEqual([reader.data[0], reader.lastEventId], ["kept", cursor]);
    reader.cut();
    await assert.rejects(stream.publish({ data: 1 }), /^Error: 503/, "the command line wins over .env");
  } finally {
    await second.stop();
  }
});
