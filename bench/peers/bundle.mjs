// A peer's worker.js and what it imports, as one module for workerd.

import { fileURLToPath } from "node:url";

import { build } from "esbuild";

/** @param {string | URL} entry the URL of the module to begin with */
export async function bundle(entry) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(entry)],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
  });
  return { name: "worker.js", kind: "esModule", content: outputFiles[0].text };
}
