// A lock between processes: a folder that only one of them can make.
//
// The holder touches it every few seconds. A holder that was killed stops
// touching it, and the next in line takes over: no lock is ever left to be
// removed by hand, and no process id has to be trusted (it may be of another
// machine, or used again).

import { mkdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const HEARTBEAT_MS = 1000;
/** Well above the heartbeat: a laptop under load may skip a few. */
const STALE_MS = 10_000;
const POLL_MS = 250;

/**
 * Runs `work` while holding the lock at `path`. `onWait` is called once, when
 * another process holds it.
 */
export async function holding(path, work, { onWait = () => {} } = {}) {
  mkdirSync(dirname(path), { recursive: true });
  for (let waited = false; !take(path); waited = true) {
    if (!waited) {
      onWait();
    }
    await sleep(POLL_MS);
  }
  const heartbeat = setInterval(() => touch(path), HEARTBEAT_MS);
  const release = () => rmSync(path, { recursive: true, force: true });
  // process.exit() skips `finally`: a signal must not leave the lock behind
  // for the next process to wait out.
  process.once("exit", release);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    process.off("exit", release);
    release();
  }
}

function take(path) {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") {
      throw error;
    }
  }
  try {
    if (Date.now() - statSync(path).mtimeMs > STALE_MS) {
      rmSync(path, { recursive: true, force: true });
    }
  } catch {
    // Released between the two calls: the next try takes it.
  }
  return false;
}

function touch(path) {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // Taken over after a long sleep of the machine: nothing to keep alive.
  }
}
