// `npm run setup`: everything that building and running needs, and nothing
// that is there already. The other scripts call `setUp` first; by itself this
// is for a machine image, or for the last minutes before a flight.

import { pathToFileURL } from "node:url";

import { findNode } from "./setup/node.mjs";
import { installPackages } from "./setup/npm.mjs";
import { findRust, installLinters, installTarget } from "./setup/rust.mjs";
import { installTools } from "./setup/tools.mjs";
import { main } from "./terminal/failure.mjs";
import { say } from "./terminal/step.mjs";

/**
 * Installs what is missing. Rust is looked for first: it is the one thing
 * that a person has to install, so better said before minutes of work.
 * @returns {Promise<{node: string, tools: object, versions: string[]}>}
 */
export async function setUp() {
  const rust = await findRust();
  await installPackages();
  const node = await findNode();
  await installTarget();
  const tools = await installTools();
  return { node, tools, versions: [rust, ...tools.versions] };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  main(async () => {
    await setUp();
    await installLinters();
    say("everything is there: npm start");
  });
}
