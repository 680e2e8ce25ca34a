// A Worker in a real workerd, by the same Miniflare and workerd as Tidings' own tests.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";

import { ready } from "./ready.mjs";

/**
 * Starts `script`, an ES module, with the durable objects `{ BINDING: "ClassName" }`, all
 * of them in SQLite, on a disk as Tidings' are.
 */
export async function startWorker(script, objects) {
  const state = mkdtempSync(join(tmpdir(), "tidings-bench-"));
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({
      workers: [
        {
          name: "peer",
          modules: true,
          script,
          compatibilityDate: "2026-11-16",
          compatibilityFlags: ["enable_request_signal"],
          durableObjects: Object.fromEntries(
            Object.entries(objects).map(([name, className]) => [name, { className, useSQLite: true }]),
          ),
        },
      ],
      host: "127.0.0.1",
      port: 0,
      cf: false,
      log: new Log(LogLevel.WARN),
    }),
    resourcePersistencePath: state,
  });
  const port = Number((await miniflare.ready).port);
  const pids = execFileSync("pgrep", ["-P", String(process.pid), "workerd"], { encoding: "utf8" });
  process.once("exit", () => rmSync(state, { recursive: true, force: true }));
  ready({ port, pid: Number(pids.trim().split("\n").at(-1)) }, () => miniflare.dispose());
}
