// Child processes: run to the end with their output kept, and never outlive us.
//
// Each child leads a process group of its own, so that ending it ends its
// grandchildren too: cargo's rustc, the test runner's workerd. Nothing reads
// from the terminal, so a group in the background is never stopped for it.

import { spawn } from "node:child_process";
import { constants } from "node:os";

export const windows = process.platform === "win32";

/** Children that must not survive us. */
const running = new Set();

/** Kept of a child's output; a runaway tool must not fill our memory. */
const OUTPUT_LIMIT = 4 * 1024 * 1024;

/**
 * Starts a child in a group of its own, known to the signal handlers.
 * `stdio` is as in node:child_process.
 */
export function launch(command, args, { cwd, env, stdio }) {
  const child = spawn(command, args, {
    cwd,
    env,
    stdio,
    detached: !windows,
    // On Windows npm is a batch file, which only the shell can start.
    shell: windows && !/\.exe$/i.test(command),
  });
  running.add(child);
  child.once("close", () => running.delete(child));
  child.once("error", () => running.delete(child));
  return child;
}

/** Signals the whole group of a child; true when there was one. */
export function signalGroup(child, signal) {
  try {
    if (windows) {
      return child.kill(signal);
    }
    process.kill(-child.pid, signal);
    return true;
  } catch {
    return false; // already gone
  }
}

/**
 * Runs a command to its end. Never throws for an exit code.
 * @returns {Promise<{code: number, output: string, stdout: string, missing: boolean, late: boolean}>}
 *   `missing`: no such command; `late`: ended by us at the deadline
 */
export function run(command, args, options = {}) {
  const { cwd, env = process.env, onLine = () => {}, deadline = 0, echo = false } = options;
  return new Promise((resolve) => {
    const child = launch(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let stdout = "";
    let late = false;
    const keep = (chunk) => {
      output = (output + chunk).slice(-OUTPUT_LIMIT);
      if (echo) {
        process.stdout.write(chunk);
      }
      const lines = chunk.split(/[\r\n]+/).filter((line) => line.trim());
      if (lines.length > 0) {
        onLine(lines[lines.length - 1]);
      }
    };
    child.stdout.setEncoding("utf8").on("data", (chunk) => {
      stdout = (stdout + chunk).slice(-OUTPUT_LIMIT);
      keep(chunk);
    });
    child.stderr.setEncoding("utf8").on("data", keep);
    const timer =
      deadline > 0 &&
      setTimeout(() => {
        late = true;
        signalGroup(child, "SIGKILL");
      }, deadline);
    const settle = (code, missing) => {
      clearTimeout(timer || undefined);
      resolve({ code, output, stdout, missing, late });
    };
    child.once("error", (error) => settle(127, error.code === "ENOENT"));
    child.once("exit", () => {
      // A grandchild left behind would hold the pipes open for ever, and
      // "close" would never come.
      setTimeout(() => signalGroup(child, "SIGKILL"), 2000).unref();
    });
    child.once("close", (code, signal) => settle(exitCode(code, signal), false));
  });
}

/** What a shell would answer for a child that ended so. */
export function exitCode(code, signal) {
  return code ?? 128 + (constants.signals[signal] ?? 1);
}

// A command that runs to its end has nothing to tidy up: on a signal, end the
// children and go. `start` puts its own, gentler handlers in place of these.
const die = (signal) => {
  for (const child of running) {
    signalGroup(child, "SIGTERM");
  }
  setTimeout(() => {
    for (const child of running) {
      signalGroup(child, "SIGKILL");
    }
    process.exit(exitCode(null, signal));
  }, running.size > 0 ? 500 : 0);
};

const fatal = ["SIGINT", "SIGTERM", "SIGHUP"];
for (const signal of fatal) {
  process.on(signal, die);
}

/** Replaces what a fatal signal does. */
export function onFatalSignal(handler) {
  for (const signal of fatal) {
    process.off(signal, die);
    process.on(signal, handler);
  }
}
