// `npm run build`, and wrangler's [build] command: the release wasm in build/,
// built only when something that goes into it has changed.

import { existsSync, rmSync } from "node:fs";
import { pathToFileURL } from "node:url";

import { holding } from "./lock.mjs";
import { run } from "./process.mjs";
import { at, environment, root } from "./project.mjs";
import { setUp } from "./setup.mjs";
import { Failure, main, report } from "./terminal/failure.mjs";
import { say, step } from "./terminal/step.mjs";
import { accessNotice } from "./worker/access.mjs";
import { exportOurs } from "./worker/exports.mjs";
import { isFresh, record, snapshot } from "./worker/fingerprint.mjs";
import { dropNames } from "./worker/names.mjs";

/**
 * Builds the worker with what `setUp` answered.
 * @returns {Promise<boolean>} whether there was anything to build
 */
export async function buildWorker({ tools, versions }) {
  if (isFresh(versions)) {
    return false;
  }
  return await holding(
    at("target", "worker.lock"),
    async () => {
      // Another process may just have built the same.
      if (isFresh(versions)) {
        return false;
      }
      await step("building the worker (release)", (show) => compile(tools, versions, show));
      return true;
    },
    { onWait: () => say("waiting for another process that builds the worker …") },
  );
}

async function compile(tools, versions, show) {
  const before = snapshot(versions);
  // worker-build stages in build/.tmp and waits for a stale one. Ours is the
  // only build here (we hold the lock), so what is there is of one that was
  // killed: wrangler ends a build whose sources change again.
  rmSync(at("build", ".tmp"), { recursive: true, force: true });
  const { code, output, late } = await run(tools.workerBuild, ["--release"], {
    cwd: root,
    // worker-build ends every failure in a backtrace of itself otherwise.
    env: environment({ ...tools.env, ...colour, RUST_BACKTRACE: "0" }),
    onLine: show,
    deadline: 20 * 60_000,
  });
  if (late) {
    throw new Failure("the build took longer than 20 minutes and was ended", "Run the command again.");
  }
  if (code !== 0) {
    throw new Failure("the worker does not build", mendFor(output), { output: readable(output) });
  }
  dropNames(at("build", "index_bg.wasm"), at("build", "index.js"));
  await exportOurs("build");
  record(versions, before);
}

function mendFor(output) {
  if (/error(\[E\d+\])?: /.test(plain(output))) {
    return "Mend the error above, then build again.";
  }
  if (/failed to (get|download|fetch)|could not resolve host|network/i.test(output)) {
    return "Connect to the network, so that cargo can fetch the crates, then run the command again.";
  }
  return "Mend what the build says above, then run the command again.";
}

/** Without the lines of progress: the compiler's words are what is wanted. */
function readable(output) {
  const noise = /^\s*(Compiling|Downloaded|Downloading|Updating|Locking|Adding|Blocking|Checking|Finished)\s/;
  const lines = output.split("\n").filter((line) => !noise.test(plain(line)));
  return lines.slice(-200).join("\n");
}

const plain = (text) => text.replace(/\x1b\[[0-9;]*[A-Za-z]/g, "");

const colour = process.stderr.isTTY ? { CARGO_TERM_COLOR: "always" } : {};

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  main(async () => {
    const started = Date.now();
    if (process.env.WRANGLER_COMMAND === "dev" && !process.env.TIDINGS_START) {
      say(accessNotice());
    }
    try {
      const built = await buildWorker(await setUp());
      if (!built && !process.env.WRANGLER_COMMAND) {
        say(`the worker is up to date (checked in ${Date.now() - started} ms)`);
      }
    } catch (error) {
      // A [build] command that fails makes `wrangler dev` hold every request
      // until one succeeds. Answer its call with the last good build instead:
      // the site stays up while the error is being mended. A deploy must fail.
      if (process.env.WRANGLER_COMMAND !== "dev" || !existsSync(at("build", "index.js"))) {
        throw error;
      }
      report(error);
      say("the last good build goes on running; saving a file in src/ builds again");
    }
  });
}
