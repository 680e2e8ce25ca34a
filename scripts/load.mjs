// `npm run load`: the tests of tests/limits with the sizes that a service may come to, which
// take minutes, and what was found on the way.

import { buildWorker } from "./build.mjs";
import { runNodeTests, testFiles } from "./check/node-tests.mjs";
import { words } from "./check/tally.mjs";
import { setUp } from "./setup.mjs";
import { main } from "./terminal/failure.mjs";

/** For a run that hangs. */
const DEADLINE_MS = 30 * 60_000;

main(async () => {
  const toolchain = await setUp();
  await buildWorker(toolchain);
  const { node } = toolchain;
  const { tally } = await runNodeTests({
    node,
    files: testFiles("tests/limits"),
    deadline: DEADLINE_MS,
    echo: true,
    concurrency: 1,
    env: { TIDINGS_LOAD: "full", TIDINGS_NODE: node },
  });
  console.log(words(tally));
  return tally.failed > 0 ? 1 : 0;
});
