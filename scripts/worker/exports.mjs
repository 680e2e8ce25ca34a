// Puts what the platform calls, src/edge/exports.js, in the place of what worker-build has
// made for that.

import { renameSync } from "node:fs";

import { at } from "../project.mjs";

/** As what ours imports what worker-build has made. */
const BUILT = "built";

/** @param {string} folder where worker-build has built, in the root */
export async function exportOurs(folder) {
  // Only now: who sets everything up loads this before there is any package.
  const { build } = await import("esbuild");
  const [script, ours] = [at(folder, "index.js"), at(folder, "ours.js")];
  await build({
    entryPoints: [at("src", "edge", "exports.js")],
    outfile: ours,
    alias: { [BUILT]: script },
    external: ["cloudflare:*", "*.wasm"],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    logLevel: "silent",
  });
  // At once: somebody may be serving from this folder.
  renameSync(ours, script);
}
