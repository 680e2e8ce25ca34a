// The worker as it is deployed, in a real workerd, for the tests.
//
// Miniflare starts workerd on the built bundle with what wrangler.toml says, so
// that there is one configuration. Everything is reached over real sockets: what
// is asked through Miniflare's own dispatch may be buffered on the way.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What the tests run with unless they say otherwise: everything is open. */
const OPEN = { PUBLIC_ACCESS: '{"streams":{"*":["read","publish","manage"]},"rooms":{"*":["read","write","moderate"]}}' };

/** The Worker that has the objects where they are apart. */
const OBJECTS = "objects";

/**
 * Starts the worker.
 *
 * `vars` are the operator's vars, `services` more bindings, each to the script of a
 * Worker, `limit` how many requests of each kind are let through in a minute instead of
 * what wrangler.toml says, `build` the folder with the bundle, `apart` whether the objects
 * have an isolate of their own, as where they are in another place than the Worker. The
 * state is kept in a folder of its own and survives `restart` and `kill`.
 *
 * @param {{vars?: Record<string, string>, services?: Record<string, string>, limit?: number, build?: string, apart?: boolean}} [options]
 */
export async function startServer({ vars = {}, services = {}, limit, build = "build", apart = false } = {}) {
  const state = mkdtempSync(join(tmpdir(), "tidings-test-"));
  // The bundle's two modules are named below; rules to find them are not taken.
  const { modulesRules: _, ...workerOptions } = unstable_getMiniflareWorkerOptions(
    join(root, "wrangler.toml"),
  ).workerOptions;
  const output = [];
  const worker = {
    ...workerOptions,
    name: "tidings",
    rootPath: root,
    modulesRoot: join(root, build),
    modules: [
      { type: "ESModule", path: join(root, build, "index.js") },
      { type: "CompiledWasm", path: join(root, build, "index_bg.wasm") },
    ],
    bindings: { ...OPEN, ...vars },
    serviceBindings: Object.fromEntries(Object.keys(services).map((name) => [name, name.toLowerCase()])),
  };
  if (limit) {
    for (const name of Object.keys(worker.ratelimits)) {
      worker.ratelimits[name] = { ...worker.ratelimits[name], simple: { limit, period: 60 } };
    }
  }
  const others = Object.entries(services).map(([name, script]) => ({ name: name.toLowerCase(), modules: true, script }));
  if (apart) {
    others.push({ ...worker, name: OBJECTS });
    const bindings = Object.entries(worker.durableObjects);
    worker.durableObjects = Object.fromEntries(bindings.map(([name, object]) => [name, { ...object, scriptName: OBJECTS }]));
  }
  const options = (port) => ({
    ...convertV4MiniflareOptions({
      workers: [worker, ...others],
      host: "127.0.0.1",
      port,
      cf: false,
      log: new Log(LogLevel.WARN),
      // Kept and not shown: workerd speaks of every connection that a client cut.
      // What it prints when it cannot go on comes as an exception.
      handleStructuredLogs: ({ message }) => output.push(`${message}\n`),
    }),
    resourcePersistencePath: state,
  });

  let revision = 0;
  let miniflare = new Miniflare(options(0));
  // Chosen by the system, and kept when the runtime is started again.
  const port = Number((await miniflare.ready).port);

  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    /** Everything that was printed so far. */
    get output() {
      return output.join("");
    },
    /** Asks the Worker behind a binding of `services`. */
    async ask(service) {
      const worker = await miniflare.getWorker(service.toLowerCase());
      return (await worker.fetch("http://service/")).json();
    },
    /** The files of all objects that ever looked into their storage. */
    get objects() {
      const files = readdirSync(state, { recursive: true }).map(String);
      return files.filter((file) => file.endsWith(".sqlite") && !file.endsWith("metadata.sqlite")).sort();
    },
    /** The folder of all of it. */
    state,
    /** The process of the runtime. */
    get pid() {
      const pids = execFileSync("pgrep", ["-P", String(process.pid), "workerd"], { encoding: "utf8" });
      return Number(pids.trim().split("\n").at(-1));
    },
    /**
     * Ends the runtime in an orderly way and starts it again on the same state, after
     * `meanwhile` has done something to it.
     *
     * @param {(state: string) => Promise<void>} [meanwhile]
     */
    async restart(meanwhile) {
      await miniflare.dispose();
      await meanwhile?.(state);
      miniflare = new Miniflare(options(port));
      await miniflare.ready;
    },
    /**
     * Ends the runtime as a power cut would, and starts it again on the same state, after
     * `meanwhile`, during which nobody is there.
     *
     * @param {() => Promise<void>} [meanwhile]
     */
    async kill(meanwhile) {
      process.kill(this.pid, "SIGKILL");
      await this.restart(meanwhile);
    },
    /**
     * Asks the runtime to end, as who takes a machine down does, and starts it again after
     * so many milliseconds, whether it has ended or not.
     *
     * @param {number} grace
     */
    async terminate(grace) {
      process.kill(this.pid, "SIGTERM");
      await setTimeout(grace);
      await this.restart();
    },
    /**
     * Puts another revision of the script in place of this one. Miniflare does so with a
     * new runtime, and drops every connection.
     */
    async redeploy() {
      revision += 1;
      worker.bindings = { ...worker.bindings, REVISION: String(revision) };
      await miniflare.setOptions(options(port));
    },
    /**
     * Ends an object with its connections, in a runtime that goes on, as the platform does
     * where it moves one or its script is replaced.
     *
     * @param {string} className
     * @param {string} name
     */
    async evict(className, name) {
      try {
        await miniflare.unsafeEvictDurableObject(worker.name, className, { name, webSockets: "close" });
      } catch (error) {
        // Nobody has come back to it since it ended last, and that is as good.
        if (!/not currently running/.test(error.message)) throw error;
      }
    },
    async stop() {
      await miniflare.dispose();
      rmSync(state, { recursive: true, force: true });
    },
  };
}
