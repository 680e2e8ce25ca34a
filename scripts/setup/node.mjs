// A Node that wrangler accepts.
//
// wrangler and Miniflare need Node 22; the system's may be older. The npm
// packages node-<platform>-<arch> are Node itself, so `npm ci` brings one of
// a known version, with a checksum in package-lock.json. (The package named
// `node` would fetch these from an install script, and where scripts are off
// there is silently none.) The system's own is the second choice: with the
// pinned one everybody tests on the same.

import { existsSync, readFileSync } from "node:fs";

import { at, compareVersions } from "../project.mjs";
import { run, windows } from "../process.mjs";
import { Failure } from "../terminal/failure.mjs";

/** The path of a Node that wrangler accepts. */
export async function findNode() {
  const oldest = oldestNode();
  const bundled = at("node_modules", ".bin", windows ? "node.exe" : "node");
  for (const candidate of [bundled, process.execPath]) {
    if (existsSync(candidate)) {
      const { code, stdout } = await run(candidate, ["--version"]);
      if (code === 0 && compareVersions(stdout.trim().replace(/^v/, ""), oldest) >= 0) {
        return candidate;
      }
    }
  }
  throw new Failure(
    `wrangler needs Node ${oldest} or later; this is ${process.versions.node}, and the npm packages brought none that runs on ${process.platform}-${process.arch}`,
    `Install Node 22 from https://nodejs.org (or delete node_modules, so that it is installed anew), then run the command again.`,
  );
}

function oldestNode() {
  try {
    const { engines } = JSON.parse(readFileSync(at("node_modules", "wrangler", "package.json"), "utf8"));
    return /\d+(\.\d+)*/.exec(engines.node)[0];
  } catch {
    return "22.12.0";
  }
}
