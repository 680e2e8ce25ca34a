// `npm run deploy` up to the upload, as an operator rehearses it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test } from "node:test";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Never without --dry-run: whoever runs the tests may be logged in. */
function rehearse(...args) {
  const child = spawn(process.execPath, ["scripts/deploy.mjs", "--dry-run", ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, CLOUDFLARE_ENV: undefined, WORKERS_CI: undefined },
  });
  let output = "";
  child.stdout.on("data", (text) => (output += text));
  child.stderr.on("data", (text) => (output += text));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, output })));
}

/** A binding in wrangler's table. */
const binding = (name, kind) => new RegExp(`env\\.${name}\\b.*${kind}`);

test("every environment has all bindings, and opens nothing", async () => {
  for (const [environment, args] of [["production", []], ["staging", ["--env", "staging"]]]) {
    const { code, output } = await rehearse(...args);
    assert.equal(code, 0, output);
    assert.match(output, new RegExp(`rehearsal of deploying the Worker tidings-${environment} `));
    for (const name of ["STREAMS", "ROOMS", "STATS", "JOBS"]) {
      assert.match(output, binding(name, "Durable Object"));
    }
    for (const name of ["RATE_CONNECTS", "RATE_WRITES", "RATE_TICKETS"]) {
      assert.match(output, binding(name, "Rate Limit"));
    }
    assert.match(output, binding("ASSETS", "Assets"));
    assert.match(output, /nothing is open without a token/);
    assert.doesNotMatch(output, /env\.PUBLIC_ACCESS/, "the project's .env is not deployed");
    assert.doesNotMatch(output, /WARNING/, "of wrangler");
    assert.match(output, /nothing was uploaded; to deploy: npm run deploy/);
  }
});

test("the command line wins, and is told to be for this once", async () => {
  const { code, output } = await rehearse("--var", 'PUBLIC_ACCESS:{"streams":{"*":["read"]}}');
  assert.equal(code, 0, output);
  assert.match(output, /PUBLIC_ACCESS on the command line/);
  assert.match(output, binding("PUBLIC_ACCESS", "Environment Variable"));
});
