// A Worker in workerd, with nothing before it but a socket.
//
// Miniflare and wrangler put Workers of their own in front of the one that they run: an
// entry, and a router where there are assets. No deployment has those, and what they take
// (CPU and memory for every connection, time for every request) would be counted as the
// peer's. So workerd is started here by itself, as `workerd serve` on a configuration that
// says no more than the peer needs.

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { SOCKET, configuration } from "./configuration.mjs";
import { ready } from "./ready.mjs";
import { findWorkerd } from "./runtime.mjs";

/** Where workerd says, a line of JSON each, on which port it listens. */
const CONTROL_FD = 3;

/**
 * Starts a Worker and says where it is. All its durable objects have SQLite, on a disk, as
 * they have where they are deployed.
 *
 * @param {object} worker
 * @param {{name: string, kind: "esModule" | "wasm", content: string | Uint8Array}[]} worker.modules
 *   the first is where it begins
 * @param {Record<string, string>} worker.objects the classes of its objects, by binding
 * @param {Record<string, string>} [worker.vars]
 */
export async function startWorkerd({ modules, objects, vars = {} }) {
  const folder = mkdtempSync(join(tmpdir(), "tidings-bench-"));
  const [config, disk] = [join(folder, "config.capnp"), join(folder, "objects")];
  mkdirSync(disk);
  for (const { name, content } of modules) writeFileSync(join(folder, name), content);
  writeFileSync(config, configuration({ modules, objects, vars, disk, compatibility: compatibility() }));

  // Objects with SQLite want --experimental. What the Worker logs goes where complaints
  // go: our standard output is for the one line that `ready` prints.
  const args = ["serve", "--experimental", `--control-fd=${CONTROL_FD}`, config];
  const workerd = spawn(findWorkerd().path, args, { stdio: ["ignore", 2, 2, "pipe"] });
  // Before its time: whoever waits for us learns of it.
  workerd.once("error", complain).once("exit", () => process.exit(1));
  process.once("exit", () => {
    // Asked more gently it would wait for open streams.
    workerd.kill("SIGKILL");
    // A file that it was writing just now may be there after its folder was read.
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  ready({ port: await portOf(workerd.stdio[CONTROL_FD]), pid: workerd.pid });
}

function complain({ message }) {
  console.error(message);
  process.exit(1);
}

/** The port that the system chose for the socket. */
function portOf(control) {
  return new Promise((resolve) => {
    createInterface({ input: control }).on("line", (line) => {
      const { event, socket, port } = JSON.parse(line);
      if (event === "listen" && socket === SOCKET) resolve(port);
    });
  });
}

/** What Tidings is deployed with; the other peers have the same. */
function compatibility() {
  const [, date] = /^compatibility_date = "(.+)"/m.exec(wranglerToml());
  const [, flags] = /^compatibility_flags = (\[.*\])/m.exec(wranglerToml());
  return { date, flags: JSON.parse(flags) };
}

/** The objects of Tidings as they are deployed: their classes, by binding. */
export function objectsOfTidings() {
  const objects = /^\[\[durable_objects\.bindings\]\]\r?\nname = "(.+)"\r?\nclass_name = "(.+)"/gm;
  return Object.fromEntries([...wranglerToml().matchAll(objects)].map(([, name, className]) => [name, className]));
}

/** Read by what it looks like: wrangler's own reader takes two seconds to load. */
function wranglerToml() {
  return readFileSync(new URL("../../wrangler.toml", import.meta.url), "utf8");
}
