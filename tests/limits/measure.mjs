// What is measured on the way to a limit, and how far the way is.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** `npm run load` goes all the way; `npm test` a part of it, in which a wrong growth shows too. */
export const FULL = process.env.TIDINGS_LOAD === "full";

/** A size for `npm test`, and one for `npm run load`. */
export const size = (some, all) => (FULL ? all : some);

/** What the runtime holds in memory, in MiB; nothing where that cannot be seen. */
export function resident({ pid }) {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;
  } catch {
    return undefined;
  }
}

/** Looks at the runtime's memory until it is told to stop, which answers with the most, in MiB. */
export function watchMemory({ pid }) {
  let most = resident({ pid });
  const timer = setInterval(() => {
    most = Math.max(most, resident({ pid }) ?? most);
  }, 50);
  return () => {
    clearInterval(timer);
    return most;
  };
}

/** How many sockets this process may open; the rest is for files. */
export function sockets() {
  const files = Number(execFileSync("sh", ["-c", "ulimit -n"], { encoding: "utf8" })) || Infinity;
  return files - 200;
}

/** How long something takes, in milliseconds. */
export async function timed(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

export function percentile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** Runs `work` for each item, so many at a time. */
export async function each(items, width, work) {
  const queue = [...items];
  const results = [];
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (queue.length > 0) results.push(await work(queue.shift()));
    }),
  );
  return results;
}

/** A line of the table that `npm run load` prints. */
export function found(t, what, values) {
  const words = Object.entries(values).map(([name, value]) => `${name} ${typeof value === "number" ? Number(value.toFixed(1)) : value}`);
  t.diagnostic(`${what}: ${words.join(", ")}`);
}
