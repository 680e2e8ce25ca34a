// docs/openapi.yaml says what the worker does: all of it, and nothing else.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { startServer } from "../e2e/server.mjs";
import { SECRET, tokenFor } from "../e2e/tokens.mjs";

/** A Python with schemathesis installed (scripts/setup/python.mjs), or nothing. */
const PYTHON = process.env.TIDINGS_PYTHON;
const missing = PYTHON ? false : "there is no Python 3.11 or later with venv";

/** It takes some 40 s on two cores; this is for a run that hangs. */
const SCHEMATHESIS_DEADLINE_MS = 4 * 60_000;

const METHODS = ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS"];

const project = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const described = addresses(readFileSync(project("docs/openapi.yaml"), "utf8"));

let server;
before(async () => {
  // Live streams end by themselves after a tenth of a second, and so do the requests.
  server = await startServer({ vars: { SSE_MAX_AGE_SECONDS: "0.1", TIDINGS_SECRET: SECRET } });
});
after(() => server?.stop());

/**
 * The methods of each path of the description. Its keys are found by how far they are
 * indented: that is one rule to keep in one file, and no YAML parser to install.
 */
function addresses(yaml) {
  const paths = /^paths:\n([^]*?)^\S/m.exec(yaml)[1];
  const found = new Map();
  for (const line of paths.split("\n")) {
    const [, path] = /^ {2}(\/\S*):$/.exec(line) ?? [];
    const [, method] = /^ {4}([a-z]+):$/.exec(line) ?? [];
    if (path) {
      found.set(path, []);
    } else if (METHODS.includes(method?.toUpperCase())) {
      [...found.values()].at(-1).push(method.toUpperCase());
    }
  }
  return found;
}

test("every address of the router is described, and no other", () => {
  const router = readFileSync(project("src/route.rs"), "utf8");
  // Each resource there has its address as its comment.
  const routed = [...router.matchAll(/^ *\/\/\/ `(\/v1\/[^`]+)`/gm)].map(([, path]) => path);
  assert.notEqual(routed.length, 0);
  // Where a comment has a placeholder other than a name or an id, each value has its own entry.
  const matches = (address, path) =>
    new RegExp(`^${address.replace(/[.{}]/g, "\\$&").replace(/\\{(?!name|id)\w+\\}/g, "[^/]+")}$`).test(path);
  const unknown = [...described.keys()].filter((path) => !routed.some((address) => matches(address, path)));
  const missing = routed.filter((address) => ![...described.keys()].some((path) => matches(address, path)));
  assert.deepEqual({ unknown, missing }, { unknown: [], missing: [] });
});

for (const [path, methods] of described) {
  const url = () => server.origin + path.replace("{name}", "described").replace("{id}", "member");

  test(`${path} takes the methods that are described`, async () => {
    const answer = await fetch(url(), { method: "OPTIONS" });
    assert.equal(answer.status, 204);
    assert.deepEqual(answer.headers.get("allow").split(", ").sort(), methods.toSorted());
  });

  test(`${path} refuses all other methods`, async () => {
    for (const method of METHODS.filter((method) => !methods.includes(method))) {
      const answer = await fetch(url(), { method });
      assert.equal(answer.status, 405, method);
      assert.deepEqual(answer.headers.get("allow").split(", ").sort(), methods.toSorted());
      if (method !== "HEAD") {
        assert.equal(answer.headers.get("content-type"), "application/problem+json");
        assert.equal((await answer.json()).status, 405);
      }
    }
  });
}

test("schemathesis finds no answer that is not described", { skip: missing }, async () => {
  const { code, output } = await runSchemathesis();
  assert.equal(code, 0, output);
  const operations = [...described.values()].flat().length;
  assert.match(output, new RegExp(`^ *Tested: ${operations}$`, "m"), output);
});

/** Runs it in a folder of its own: it leaves notes where it is run. */
async function runSchemathesis() {
  const folder = mkdtempSync(join(tmpdir(), "tidings-test-"));
  const args = ["-m", "schemathesis.cli", "--config-file", project("tests/openapi/schemathesis.toml")];
  args.push("run", project("docs/openapi.yaml"), "--url", server.origin, "--no-color");
  const child = spawn(PYTHON, args, {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: SCHEMATHESIS_DEADLINE_MS,
    env: {
      ...process.env,
      // Where hooks.py is.
      PYTHONPATH: [project("tests/openapi"), process.env.PYTHONPATH].filter(Boolean).join(delimiter),
      // For what cannot be had without: schemathesis.toml.
      TIDINGS_TOKEN: tokenFor({}),
      PYTHONDONTWRITEBYTECODE: "1",
      PYTHONIOENCODING: "utf-8",
      // Requests go to the worker, whatever this machine's proxy settings are.
      NO_PROXY: "*",
      no_proxy: "*",
    },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  }
  try {
    const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
    return { code, output };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
