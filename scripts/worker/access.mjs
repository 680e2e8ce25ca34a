// Says at start-up what everybody may do with a development server.
//
// A deployment grants nothing until its operator does. The project's `.env`
// grants everything, so that a first try just works; whoever starts the server
// in an office network should have read it once.

import { existsSync, readFileSync } from "node:fs";

import { at } from "../project.mjs";

/** The file that wrangler takes the vars of `wrangler dev` from: `.dev.vars` takes the place of `.env`. */
function varsFile() {
  return [".dev.vars", ".env"].find((name) => existsSync(at(name)));
}

/**
 * One sentence, or nothing where the server is as closed as a deployment.
 * @param {string[]} [args] the arguments of `wrangler dev`
 */
export function accessNotice(args = []) {
  if (args.some((arg) => arg.startsWith("PUBLIC_ACCESS:") || arg.startsWith("--var=PUBLIC_ACCESS:"))) {
    return "what everybody may do is as PUBLIC_ACCESS on the command line says";
  }
  const file = varsFile();
  if (!file || !/^\s*PUBLIC_ACCESS\s*=\s*\S/m.test(readFileSync(at(file), "utf8"))) {
    return "nothing is open to everybody: no PUBLIC_ACCESS is set";
  }
  return `open: whoever can reach this server may do what PUBLIC_ACCESS in ${file} grants (a deployment does not read that file)`;
}
