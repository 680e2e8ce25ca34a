// Any number of cycles, for scripts/soak.mjs, which gives the arguments: how many, and the
// seed. Ends with 1 where a promise was broken.
//
// The cycles are done in rounds, each with a server and a load of its own, so that neither
// the audits nor what there is to look through grow with their number.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startServer } from "../e2e/server.mjs";
import { keepEvidence, plan, runCycles, VARS, wordsOf } from "./cycle.mjs";
import { Random } from "./cycle-random.mjs";

/** So many cycles share a load. */
const ROUND = 20;

const [cycles, seed] = process.argv.slice(2).map(Number);
const random = new Random(seed).fork("soak");
const total = { cycles: 0, acknowledged: 0, delivered: 0, resumptions: 0, again: 0, known: 0 };
let longestRecoveryMs = 0;
let server;

// At once: there is not the time to stop a server properly. Miniflare sees to its runtime.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
process.on("exit", () => server && rmSync(server.state, { recursive: true, force: true, maxRetries: 5 }));

for (let round = 1; total.cycles < cycles; round += 1) {
  const kinds = plan(random, Math.min(ROUND, cycles - total.cycles));
  server = await startServer({ vars: VARS });
  try {
    const run = await runCycles(server, { seed, kinds, name: `round-${round}`, onCycle: tell });
    for (const [name, count] of Object.entries(run.counts)) total[name] += count;
    longestRecoveryMs = Math.max(longestRecoveryMs, run.longestRecoveryMs);
    if (run.findings.length > 0) {
      const folder = mkdtempSync(join(tmpdir(), "tidings-evidence-"));
      keepEvidence(folder, server, run);
      console.log(`BROKEN in round ${round}, with --seed ${seed}:\n${wordsOf(run.findings)}\nThe evidence is in ${folder}`);
      process.exitCode = 1;
      break;
    }
  } finally {
    await server.stop();
  }
}
const { acknowledged, delivered, resumptions, again, known } = total;
console.log(
  `${total.cycles} cycles with --seed ${seed}: ${acknowledged} acknowledged, ${delivered} delivered, ${resumptions} resumptions, ` +
    `${again} sent again (${known} requests of which had been stored), longest recovery ${longestRecoveryMs} ms; ` +
    (process.exitCode ? "BROKEN" : "every promise was kept"),
);

function tell({ kind, moment, recoveryMs, acknowledged, delivered, resumptions }) {
  total.cycles += 1;
  const recovery = recoveryMs === undefined ? "not waited for" : `back after ${recoveryMs} ms`;
  console.log(
    `${String(total.cycles).padStart(4)}  ${kind.padEnd(8)}  after ${String(moment).padStart(3)} ms, ${recovery.padEnd(18)}  ` +
      `${acknowledged} acknowledged, ${delivered} delivered, ${resumptions} resumptions`,
  );
}
