// Puts what the platform calls, src/edge/exports.js, in the place of what worker-build has
// made for that.

import { renameSync, rmSync } from "node:fs";

import { at } from "../project.mjs";

/** What it imports, and how that is named meanwhile. */
const [BUILT, ASIDE] = ["built", "built.js"];

/** @param {string} folder where worker-build has built, in the root */
export async function exportOurs(folder) {
  // Only now: who sets everything up loads this before there is any package.
  const { build } = await import("esbuild");
  const [script, aside] = [at(folder, "index.js"), at(folder, ASIDE)];
  renameSync(script, aside);
  await build({
    entryPoints: [at("src", "edge", "exports.js")],
    outfile: script,
    alias: { [BUILT]: aside },
    external: ["cloudflare:*", "*.wasm"],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    logLevel: "silent",
  });
  rmSync(aside);
}
