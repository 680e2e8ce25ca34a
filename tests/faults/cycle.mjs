// Cycles of faults under load, and the audit at their end.
//
// A seed decides which faults there are, how long after the recovery from the last one
// each comes, and everything that the clients choose. It does not decide time: how far
// everybody is when the runtime dies differs from run to run, with the same seed too.

import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

import { Random } from "./cycle-random.mjs";
import { Load } from "./load.mjs";

/** A fault comes so long after the recovery from the last one at the most. */
const MOMENT_MS = 400;

/** How often a fault does not wait until everybody has recovered from the last one. */
const HASTE = 0.2;

/** The longest that a runtime which was asked to end has before it is ended. */
const GRACE_MS = 500;

/** The faults. Each answers when the service can be reached again. */
export const FAULTS = {
  /** `kill -9`, as by a power cut. */
  kill: (server) => server.kill(),
  /** An orderly stop that has a little time, and a start. */
  stop: (server, random) => server.terminate(random.between(0, GRACE_MS)),
  /** Another script, and a new isolate with it. */
  redeploy: (server) => server.redeploy(),
  /** Some of the objects end, with their connections, in a runtime that goes on. */
  evict: (server, random, load) => {
    const some = load.objects.filter(() => random.chance(0.6));
    return Promise.all(some.map(({ className, name }) => server.evict(className, name)));
  },
};

/**
 * The vars of a server under load: nobody is held back by a limit, and an object that is to
 * be evicted, which waits until it has reported its figures, reports them soon.
 */
export const VARS = { LIMIT_FRAMES_PER_SECOND: "0", STATS_REPORT_SECONDS: "1" };

/** So many faults, most of them the worst. */
export function plan(random, count) {
  return Array.from({ length: count }, () => random.one(["kill", "kill", "kill", "kill", "kill", "kill", "stop", "redeploy", "evict"]));
}

/**
 * Loads the service, lets these faults happen to it, and audits what is there then.
 *
 * @param {Awaited<ReturnType<typeof import("../e2e/server.mjs").startServer>>} server
 * @param {{seed: number, kinds: string[], name: string, faults?: Record<string, Function>, onCycle?: Function}} options
 *   `name` is that of the load: its streams and rooms are called so, and it chooses
 *   something else than another of the same seed
 * @returns what was found, what was counted, and the evidence
 */
export async function runCycles(server, { seed, kinds, name, faults = FAULTS, onCycle = () => {} }) {
  const random = new Random(seed).fork(name);
  const load = new Load(server.origin, random.fork("load"), name);
  const findings = [];
  const cycles = [];
  let longestRecoveryMs = 0;
  try {
    await load.start();
    await recover("the beginning");
    for (const kind of kinds) {
      // Drawn in any case, so that the choices after them are the same.
      const [moment, isHasty] = [random.between(0, MOMENT_MS), random.chance(HASTE)];
      await setTimeout(moment);
      const began = Date.now();
      await faults[kind](server, random.fork(`cycle ${cycles.length}`), load);
      load.mark();
      const back = isHasty ? undefined : await recover(kind);
      const recoveryMs = back && back - began;
      longestRecoveryMs = Math.max(longestRecoveryMs, recoveryMs ?? 0);
      const cycle = { kind, at: new Date(began).toISOString(), moment, recoveryMs, ...load.counts };
      cycles.push(cycle);
      onCycle(cycle);
      // Who does not come back once will not be waited for again.
      if (findings.length > 0) break;
    }
    await load.settle();
    const audit = await load.audit();
    findings.push(...audit.findings);
    await load.remove();
    return { findings, cycles, counts: load.counts, longestRecoveryMs, evidence: { seed, name, cycles, ...audit.evidence } };
  } finally {
    await load.abandon();
  }

  async function recover(after) {
    const { at, away } = await load.untilBack();
    for (const who of away) findings.push({ promise: "recovery", place: who, what: `did not come back after ${after}` });
    return at;
  }
}

/** Writes down what speaks for the findings: they, the account of all clients, and the state. */
export function keepEvidence(folder, server, { findings, evidence }) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "findings.json"), lines(findings));
  writeFileSync(join(folder, "runtime.log"), server.output);
  for (const [name, what] of Object.entries(evidence)) writeFileSync(join(folder, `${name}.json`), JSON.stringify(what, undefined, 1));
  cpSync(server.state, join(folder, "state"), { recursive: true });
}

/** The findings in words, the first of them at least. */
export function wordsOf(findings) {
  const said = findings.slice(0, 20).map(({ promise, place, what }) => `${promise}: ${place}: ${what}`);
  if (findings.length > said.length) said.push(`and ${findings.length - said.length} more`);
  return said.join("\n");
}

const lines = (things) => `[\n${things.map((thing) => JSON.stringify(thing)).join(",\n")}\n]\n`;
