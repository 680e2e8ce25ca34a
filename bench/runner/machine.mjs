// Where and with what the figures came about.

import { readFileSync } from "node:fs";
import os from "node:os";

import { run } from "../../scripts/process.mjs";
import { at, lockedCrate, root } from "../../scripts/project.mjs";
import { findWorkerd } from "../peers/runtime.mjs";

const firstLine = async (command, args) => (await run(command, args, { cwd: root })).stdout.trim().split("\n")[0];

/** The version of an npm package of the benchmark. */
function locked(name) {
  const { packages } = JSON.parse(readFileSync(at("bench", "package-lock.json"), "utf8"));
  return packages[`node_modules/${name}`]?.version;
}

/** The version of a crate of the benchmark. */
function crate(name) {
  return new RegExp(`name = "${name}"\\r?\\nversion = "([^"]+)"`).exec(readFileSync(at("bench", "Cargo.lock"), "utf8"))?.[1];
}

export async function machine({ node }, { command }) {
  const changed = (await firstLine("git", ["status", "--porcelain", "--untracked-files=no"])) !== "";
  return {
    date: new Date().toISOString(),
    command,
    commit: `${await firstLine("git", ["rev-parse", "--short=12", "HEAD"])}${changed ? ", changed" : ""}`,
    machine: {
      cpu: os.cpus()[0]?.model,
      cores: os.cpus().length,
      memory_gib: Math.round(os.totalmem() / 2 ** 30),
      kernel: `${os.type()} ${os.release()}`,
    },
    versions: {
      workerd: findWorkerd().version,
      worker: lockedCrate("worker"),
      node: await firstLine(node, ["--version"]),
      rustc: (await firstLine("rustc", ["--version"])).split(" ")[1],
      ...Object.fromEntries(["partyserver", "ws", "socket.io", "better-sse"].map((name) => [name, locked(name)])),
      axum: crate("axum"),
      tokio: crate("tokio"),
    },
  };
}
