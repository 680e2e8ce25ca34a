// Tidings beside others, on this machine: npm run bench
//
// Every peer runs alone, on the first core; the load generator (bench/load) has the
// second. A round goes through all peers of a scenario before the next one begins, so
// that what disturbs the machine for a while disturbs them all. What is printed last is
// a table, with ratios to the minimal JavaScript object; all figures are in
// bench/results/latest.json.

import { mkdirSync, writeFileSync } from "node:fs";

import { setUp } from "../scripts/setup.mjs";
import { buildWorker } from "../scripts/build.mjs";
import { at } from "../scripts/project.mjs";
import { main } from "../scripts/terminal/failure.mjs";
import { say } from "../scripts/terminal/step.mjs";
import { prepare } from "./runner/build.mjs";
import { machine } from "./runner/machine.mjs";
import { parse, USAGE } from "./runner/options.mjs";
import { measure } from "./runner/measure.mjs";
import { PATH } from "./runner/peers.mjs";
import { sum, table } from "./runner/table.mjs";

main(async (argv) => {
  const options = parse(argv);
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const toolchain = await setUp();
  await buildWorker(toolchain);
  const { peers, missing } = await prepare(options.peers);
  for (const sentence of missing) say(sentence);

  const runs = [];
  for (const scenario of options.scenarios) {
    for (let round = 1; round <= options.rounds; round += 1) {
      for (const peer of peers.filter(({ can }) => can.includes(scenario.needs))) {
        const run = { scenario: scenario.name, peer: peer.name, round, ...(await measure(peer, scenario, toolchain)) };
        runs.push(run);
        say(`${scenario.name}, round ${round} of ${options.rounds}, ${peer.name}: ${scenario.line(run)}`);
      }
    }
  }
  const summary = sum(runs, options.scenarios);
  mkdirSync(at("bench", "results"), { recursive: true });
  const about = await machine(toolchain, options);
  writeFileSync(at("bench", "results", "latest.json"), `${JSON.stringify({ ...about, path: PATH, missing, summary, runs }, null, 2)}\n`);
  console.log(`\n${table(about, summary, runs, options.scenarios)}\n`);
  say("every run is in bench/results/latest.json");
  return runs.some(({ error, faulty }) => error || faulty) ? 1 : 0;
});
