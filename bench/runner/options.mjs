// What the command line says.

import { Failure } from "../../scripts/terminal/failure.mjs";
import { BASE, PEERS, QUICK_PEERS } from "./peers.mjs";
import { SCENARIOS } from "./scenarios.mjs";

const names = (things) => things.map(({ name }) => name);

export const USAGE = `npm run bench                          everything; an hour and a half
npm run bench -- --quick               two minutes: ${QUICK_PEERS.join(", ")}, once
npm run bench -- --rounds 5            instead of 3
npm run bench -- --only rooms-closed,streams-50
npm run bench -- --peers tidings,object

scenarios: ${names(SCENARIOS).join(", ")}
peers: ${names(PEERS).join(", ")}`;

/**
 * @param {string[]} argv
 */
export function parse(argv) {
  let [quick, help, rounds, only, peers] = [false, false, undefined, undefined, undefined];
  const rest = argv.filter((word) => word !== "--").flatMap((word) => (word.startsWith("--") ? word.split(/=(.*)/s, 2) : [word]));
  for (let n = 0; n < rest.length; n += 1) {
    const list = (known) => some(known, rest[(n += 1)]);
    if (rest[n] === "--quick") quick = true;
    else if (rest[n] === "--help" || rest[n] === "-h") help = true;
    else if (rest[n] === "--rounds") rounds = Number(rest[(n += 1)]);
    else if (rest[n] === "--only") only = list(SCENARIOS);
    else if (rest[n] === "--peers") peers = list(PEERS);
    else throw new Failure(`npm run bench knows no "${rest[n]}"`, `It knows:\n${USAGE}`);
  }
  rounds ??= quick ? 1 : 3;
  if (!Number.isInteger(rounds) || rounds < 1) throw new Failure("--rounds wants a number from 1 on", `For example:\n${USAGE}`);
  const scenarios = (only ?? SCENARIOS.filter(({ inQuick }) => inQuick || !quick)).map((scenario) => ({
    ...scenario,
    load: { ...scenario.load, ...(quick ? scenario.quick : {}) },
  }));
  peers ??= PEERS.filter(({ name }) => !quick || only || QUICK_PEERS.includes(name));
  return { quick, help, rounds, scenarios, peers, command: ["npm run bench", ...(argv.length > 0 ? ["--", ...argv] : [])].join(" "), base: BASE };
}

function some(known, list = "") {
  return list.split(",").map((name) => {
    const found = known.find((thing) => thing.name === name);
    if (!found) throw new Failure(`npm run bench knows no "${name}"`, `It knows:\n${USAGE}`);
    return found;
  });
}
