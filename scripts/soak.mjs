// `npm run soak -- --cycles N --seed S`: the service under load, killed, stopped, replaced
// and moved N times, and audited from the outside. A run is made again with its seed: the
// same faults and choices; the timing is the machine's.

import { buildWorker } from "./build.mjs";
import { at, environment } from "./project.mjs";
import { launch, exitCode } from "./process.mjs";
import { setUp } from "./setup.mjs";
import { Failure, main } from "./terminal/failure.mjs";
import { say } from "./terminal/step.mjs";

const USAGE = `npm run soak -- [--cycles N] [--seed S]

  --cycles   how many faults there are, 100 if nothing is said
  --seed     that of a run that is to be made again, 0 to 4294967295`;

main(async (argv) => {
  const options = parse(argv);
  if (!options) {
    console.log(USAGE);
    return 0;
  }
  const toolchain = await setUp();
  await buildWorker(toolchain);
  const { cycles, seed } = options;
  say(`${cycles} cycles with --seed ${seed}`);
  const child = launch(toolchain.node, [at("tests", "faults", "cycle-soak.mjs"), cycles, seed], {
    cwd: at(),
    env: environment(),
    stdio: ["ignore", "inherit", "inherit"],
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(exitCode(code, signal)));
  });
});

/** What was asked for; nothing where it is how to ask. */
function parse(argv) {
  const options = { cycles: 100, seed: Math.floor(Math.random() * 2 ** 32) };
  for (let i = 0; i < argv.length; i += 1) {
    const [name, said] = argv[i].split("=");
    if (name === "--help" || name === "-h") return undefined;
    const value = said ?? argv[(i += 1)] ?? "";
    const most = { "--cycles": 1_000_000, "--seed": 2 ** 32 - 1 }[name];
    if (most === undefined || !/^\d{1,10}$/.test(value) || Number(value) > most) {
      throw new Failure(`npm run soak does not take ${argv.slice(Math.max(0, i - 1), i + 1).join(" ")}`, `It is like this:\n${USAGE}`);
    }
    options[name.slice(2)] = Number(value);
  }
  return options;
}
