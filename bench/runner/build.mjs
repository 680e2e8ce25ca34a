// Builds what the peers need, and says of which it could not be had.

import { existsSync, statSync } from "node:fs";

import { run } from "../../scripts/process.mjs";
import { at, environment } from "../../scripts/project.mjs";
import { Failure } from "../../scripts/terminal/failure.mjs";
import { step } from "../../scripts/terminal/step.mjs";

const folder = at("bench");
const DEADLINE_MS = 20 * 60_000;

/** Answers the peers that can be started, and a sentence for each that cannot. */
export async function prepare(wanted) {
  const missing = [];
  await build("load", true);
  let peers = wanted;
  const without = (name, reason) => {
    if (peers.some((peer) => peer.name === name)) missing.push(`${name} is left out: ${reason}`);
    peers = peers.filter((peer) => peer.name !== name);
  };
  if (!(await build("peer-axum", false))) without("axum", "cargo could not build it.");
  if (!(await install())) {
    for (const name of ["partyserver", "ws", "socket-io", "better-sse"]) without(name, "npm could not install its package.");
  }
  return { peers, missing };
}

async function build(name, needed) {
  return step(`cargo build: ${name}`, async (show) => {
    const args = ["build", "--release", "--locked", "-p", name];
    const { code, output } = await run("cargo", args, { cwd: folder, env: environment(), deadline: DEADLINE_MS, onLine: show });
    if (code !== 0 && needed) throw new Failure(`cargo could not build bench/${name}`, "Mend what it says above.", { output });
    built.set(name, code === 0);
  }).then(() => built.get(name));
}
const built = new Map();

async function install() {
  const [lock, done] = [at("bench", "package-lock.json"), at("bench", "node_modules", ".package-lock.json")];
  if (existsSync(done) && statSync(done).mtimeMs >= statSync(lock).mtimeMs) return true;
  let code;
  await step("npm ci in bench", async () => {
    ({ code } = await run("npm", ["ci", "--ignore-scripts"], { cwd: folder, env: environment(), deadline: DEADLINE_MS }));
  });
  return code === 0;
}
