// The programs on public/servers.html, read from the page and run as they stand there:
// only the names of the stream and the room are put in place.

import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";

import { at, cacheFolder } from "../../scripts/project.mjs";
import { startServer } from "./server.mjs";
import { freshName } from "./streams.mjs";
import { SECRET, tokenFor } from "./tokens.mjs";

const page = readFileSync(at("public/servers.html"), "utf8");
const TASKS = ["publish", "post", "token"];

const unescape = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
function codeOf(id) {
  const found = new RegExp(`<code id="${id}">([\\s\\S]*?)</code>`).exec(page);
  assert.ok(found, `public/servers.html has no ${id}`);
  return unescape(found[1]);
}

/** Long enough for a first build of the Rust programs' dependencies on a busy machine. */
const BUILD_MS = 300_000;
const RUN_MS = 60_000;

const PYTHON = process.env.TIDINGS_PYTHON || "python3";
const works = (command, ...args) => spawnSync(command, args, { stdio: "ignore", timeout: RUN_MS }).status === 0;

/** Why a language is not tried, or false. Said aloud: a skipped test is easily taken for a passed one. */
function missing(isThere, what) {
  if (!isThere) console.log(`# ${what.toUpperCase()} IS NOT HERE: its programs on public/servers.html are NOT TESTED`);
  return isThere ? false : `there is no ${what}`;
}

/** `{status, stdout}` of a program. Requests go where the test says, whatever the proxy settings are. */
function run(command, args, env) {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/_proxy$/i.test(name)));
  return promisify(execFile)(command, args, { env: { ...clean, ...env }, timeout: RUN_MS });
}

let folder;
let closed;
let open;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "tidings-servers-"));
  closed = await startServer({ vars: { PUBLIC_ACCESS: "", TIDINGS_SECRET: SECRET } });
  open = await startServer();
});
after(async () => {
  await closed?.stop();
  await open?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A file with the program, for a stream and a room of this language's own. */
function write(task, extension, { stream, room }, name = `${task}.${extension}`) {
  const path = join(folder, name);
  writeFileSync(path, codeOf(`${task}-${extension.replace("mjs", "js")}`).replaceAll("build-42", stream).replaceAll("lobby", room));
  return path;
}

/** Issues a token with one program, and uses it with the others; then without one on an open server. */
async function tried({ stream, room }, start) {
  const { stdout } = await start("token", { TIDINGS_SECRET: SECRET });
  const token = stdout.trim();
  const claims = JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());
  assert.ok(claims.exp > Date.now() / 1000, "it is good for a while");

  await assert.rejects(start("publish", { SITE: closed.origin, TOKEN: "" }), "without a token it is refused, and the program says so");
  for (const { origin, TOKEN } of [{ origin: closed.origin, TOKEN: token }, { origin: open.origin, TOKEN: "" }]) {
    // Twice: what is sent again under its key is there once, also after the final event.
    for (let time = 0; time < 2; time += 1) {
      await start("publish", { SITE: origin, TOKEN });
      await start("post", { SITE: origin, TOKEN });
    }
    const headers = { Authorization: `Bearer ${tokenFor({ streams: { [stream]: ["read"] }, rooms: { [room]: ["read"] } })}` };
    const { events } = await (await fetch(`${origin}/v1/streams/${stream}/events?after=start`, { headers })).json();
    assert.deepEqual(events.map(({ type, data }) => [type, data.percent ?? data.files]), [["progress", 50], ["progress", 100], ["succeeded", 2]]);
    const { messages } = await (await fetch(`${origin}/v1/rooms/${room}/messages`, { headers })).json();
    assert.deepEqual(messages.map(({ text, data }) => [text, data.build]), [["17 is live", 17]]);
  }
}

/** The room is a name without dashes: in JavaScript it stands there without quotes. */
const names = () => ({ stream: freshName("build"), room: freshName("lobby").replaceAll("-", "") });

describe("public/servers.html", () => {
  test("has every task in every language, and every language in one element of a name", () => {
    for (const task of TASKS) {
      for (const language of ["sh", "js", "py", "rs"]) assert.ok(codeOf(`${task}-${language}`).endsWith("\n"));
      assert.equal(page.split(`<details name="${task}"`).length, 5);
    }
  });

  test("curl", { skip: missing(works("curl", "--version") && works("openssl", "version"), "curl with openssl") }, async () => {
    const place = names();
    const paths = Object.fromEntries(TASKS.map((task) => [task, write(task, "sh", place)]));
    // -e, as a script of somebody who wants to know has it; the page's lines are for a prompt.
    await tried(place, (task, env) => run("sh", ["-eu", paths[task]], env));
  });

  test("JavaScript", async () => {
    const place = names();
    const paths = Object.fromEntries(TASKS.map((task) => [task, write(task, "mjs", place)]));
    await tried(place, (task, env) => run(process.env.TIDINGS_NODE || process.execPath, [paths[task]], env));
  });

  test("Python", { skip: missing(works(PYTHON, "--version"), "Python 3") }, async () => {
    const place = names();
    const paths = Object.fromEntries(TASKS.map((task) => [task, write(task, "py", place)]));
    await tried(place, (task, env) => run(PYTHON, [paths[task]], { PYTHONDONTWRITEBYTECODE: "1", ...env }));
  });

  test("Rust", { skip: missing(works("cargo", "--version"), "Rust") }, async (context) => {
    const place = names();
    mkdirSync(join(folder, "src/bin"), { recursive: true });
    writeFileSync(join(folder, "Cargo.toml"), `[package]\nname = "servers-page"\nversion = "0.0.0"\nedition = "2021"\n\n[dependencies]\n${codeOf("cargo")}\n[profile.dev]\ndebug = false\n`);
    for (const task of TASKS) write(task, "rs", place, `src/bin/${task}.rs`);
    // Shared by all checkouts: some 20 s the first time, then only the programs themselves.
    const target = join(cacheFolder(), "servers-page");
    const built = spawnSync("cargo", ["build", "--quiet"], {
      cwd: folder, env: { ...process.env, CARGO_TARGET_DIR: target }, encoding: "utf8", timeout: BUILD_MS,
    });
    if (built.status !== 0 && /failed to (download|fetch|query)|Could not resolve|network/i.test(built.stderr)) {
      console.log("# THE CRATES COULD NOT BE HAD: the Rust programs on public/servers.html are NOT TESTED");
      context.skip("the crates could not be had");
      return;
    }
    assert.equal(built.status, 0, built.stderr);
    await tried(place, (task, env) => run(join(target, "debug", task), [], env));
  });
});
