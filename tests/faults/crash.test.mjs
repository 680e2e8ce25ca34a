// The service keeps its promises whatever becomes of its runtime: it is killed, stopped,
// replaced and moved while streams and rooms are busy, and audited afterwards.
//
// A run can be made again with the seed that it prints, in TIDINGS_SEED: the same faults
// and the same choices of all clients, but not the same timing. `npm run soak` makes longer
// ones.

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { startServer } from "../e2e/server.mjs";
import { FAULTS, keepEvidence, runCycles, VARS, wordsOf } from "./cycle.mjs";
import { Random } from "./cycle-random.mjs";
import { seed } from "./seed.mjs";

let server;
before(async () => {
  server = await startServer({ vars: VARS });
});
after(() => server?.stop());

/** Lets these faults happen, and fails with what was found. */
async function survive(t, name, kinds) {
  t.diagnostic(`TIDINGS_SEED=${seed}`);
  const run = await runCycles(server, { seed, kinds, name });
  const { counts, longestRecoveryMs } = run;
  const { acknowledged, delivered, resumptions, again, known } = counts;
  t.diagnostic(
    `${acknowledged} acknowledged, ${delivered} delivered, ${resumptions} resumptions; ${again} sent again, ` +
      `${known} requests of which had been stored; longest recovery ${longestRecoveryMs} ms`,
  );
  if (run.findings.length > 0) {
    const folder = mkdtempSync(join(tmpdir(), "tidings-evidence-"));
    keepEvidence(folder, server, run);
    assert.fail(`broken, with TIDINGS_SEED=${seed} (evidence in ${folder}):\n${wordsOf(run.findings)}`);
  }
  // Or there was nothing to be broken.
  assert.ok(resumptions >= kinds.length, `only ${resumptions} resumptions`);
}

test("killed twenty times, it has lost nothing that it acknowledged and repeats nothing", async (t) => {
  await survive(t, "killed", Array(20).fill("kill"));
});

test("nor when it is stopped, redeployed and moved in mid-sentence", async (t) => {
  const kinds = ["stop", "redeploy", "evict"].flatMap((kind) => Array(4).fill(kind));
  await survive(t, "replaced", new Random(seed).shuffled([...kinds, "kill"]));
});

test("a storage that forgets is found out", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tidings-test-"));
  const faults = {
    ...FAULTS,
    keep: () => server.kill(async () => cpSync(server.state, folder, { recursive: true })),
    async putBack(_, random, load) {
      // Twice: the first answer may be to something that was stored before.
      for (let n = 0; n < 2; n += 1) {
        load.mark();
        await load.untilBack();
      }
      await server.kill(async () => {
        rmSync(server.state, { recursive: true, force: true });
        cpSync(folder, server.state, { recursive: true });
      });
    },
  };
  try {
    const { findings } = await runCycles(server, { seed, kinds: ["keep", "kill", "putBack"], name: "forgetful", faults });
    for (const place of ["forgetful-stream-0", "forgetful-stream-1", "forgetful-room-0", "forgetful-room-1"]) {
      const isFound = findings.some((finding) => finding.place === place && finding.promise === "loss");
      assert.ok(isFound, `no loss in ${place} was found:\n${wordsOf(findings)}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
