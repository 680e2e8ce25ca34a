// `npm start`: from a bare clone to the worker at http://localhost:8787.
//
// Installs what is missing, builds what has changed, then hands over to
// `wrangler dev`, whose [build] command rebuilds on every edit. Arguments
// after `--` are wrangler's: npm start -- --port 9000 --var NAME:VALUE

import { readFileSync } from "node:fs";

import { buildWorker } from "./build.mjs";
import { exitCode, launch, onFatalSignal, signalGroup } from "./process.mjs";
import { at, environment, root } from "./project.mjs";
import { setUp } from "./setup.mjs";
import { Failure, main } from "./terminal/failure.mjs";
import { say } from "./terminal/step.mjs";
import { accessNotice } from "./worker/access.mjs";
import { checkPort, listenOptions } from "./worker/port.mjs";

/** How long wrangler has to end by itself before it is made to. */
const GRACE_MS = 5000;

main(async (argv) => {
  const args = argv[0] === "--" ? argv.slice(1) : argv;
  const listen = listenOptions(args);
  const toolchain = await setUp();
  await buildWorker(toolchain);
  await checkPort(listen);
  // Without --port wrangler would quietly take another when 8787 is in use.
  const dev = ["dev", ...(listen.given ? [] : ["--port", String(listen.port)]), ...args];
  say(`starting ${listen.port ? `http://${listen.shown}:${listen.port}` : "wrangler dev"} (Ctrl-C ends it)`);
  say(accessNotice(args));
  return await supervise(toolchain.node, [at("node_modules", "wrangler", "bin", "wrangler.js"), ...dev]);
});

/** Runs wrangler until it ends, or until we are told to; answers its exit code. */
function supervise(node, args) {
  return new Promise((resolve, reject) => {
    // Standard input is closed: wrangler then asks nothing and waits for no
    // key, and the same happens on a terminal, in a container and in CI.
    const child = launch(node, args, { cwd: root, env: quiet(), stdio: ["ignore", "inherit", "inherit"] });
    let asked = null;
    const stop = (signal) => {
      if (asked) {
        signalGroup(child, "SIGKILL"); // asked twice: someone is in a hurry
        return;
      }
      asked = signal;
      // To wrangler alone, which ends its workerd in order. Its group gets
      // what is left over, below.
      child.kill("SIGTERM");
      setTimeout(() => signalGroup(child, "SIGKILL"), GRACE_MS);
    };
    onFatalSignal(stop);
    watchParent(() => stop("SIGTERM"));
    child.once("error", (error) =>
      reject(new Failure(`wrangler could not be started (${error.message})`, "Delete node_modules, then run npm start again.")),
    );
    child.once("exit", (code, signal) => {
      // workerd can outlive a wrangler that was killed: sweep the group.
      signalGroup(child, "SIGKILL");
      if (asked) {
        resolve(exitCode(null, asked));
      } else if (code === 0) {
        resolve(0);
      } else {
        reject(
          new Failure("wrangler dev has ended with an error", "Mend what it says above, then run npm start again.", {
            exitCode: exitCode(code, signal),
          }),
        );
      }
    });
  });
}

/**
 * npm starts us through a shell, and a shell may not pass a signal on: when
 * npm is gone, nobody will ever end us. Only under npm: someone who starts
 * this script in the background and leaves means it to stay.
 */
function watchParent(gone) {
  if (process.env.npm_lifecycle_event !== "start") {
    return;
  }
  const before = ancestors();
  const timer = setInterval(() => {
    if (ancestors() !== before) {
      clearInterval(timer);
      gone();
    }
  }, 500);
}

/** The shell that npm started us by and, where /proc tells, npm itself: when
 * npm is killed outright, its shell lives on and waits for us. */
function ancestors() {
  try {
    const stat = readFileSync(`/proc/${process.ppid}/stat`, "utf8");
    // The name in brackets may hold anything; the parent is the second word after.
    return `${process.ppid} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]}`;
  } catch {
    return `${process.ppid}`;
  }
}

/** No telemetry, no update nag, and nothing fetched that is not asked for. */
function quiet() {
  const env = environment({
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_HIDE_BANNER: "true",
    // The build that wrangler runs need not say again what has been said.
    TIDINGS_START: "1",
  });
  // The sample of request.cf is downloaded otherwise, with a warning where
  // that fails; the built-in sample does as well.
  env.CLOUDFLARE_CF_FETCH_ENABLED ??= "false";
  return env;
}
