// The size of what a deploy would upload. Every cold start downloads and
// compiles it, so it has a budget, and a change that breaks it is a choice.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { at, environment, root } from "../project.mjs";
import { run } from "../process.mjs";

/** Gzipped wasm. It is full: what comes has to make room for itself. */
export const WASM_BUDGET_BYTES = 250 * 1024;

/**
 * Bundles as `wrangler deploy` would, without uploading.
 * @returns {Promise<{passed: boolean, remark: string, output: string}>}
 */
export async function measureBundle(node) {
  const folder = mkdtempSync(join(tmpdir(), "tidings-bundle-"));
  try {
    const wrangler = at("node_modules", "wrangler", "bin", "wrangler.js");
    const { code, output } = await run(node, [wrangler, "deploy", "--dry-run", "--outdir", folder], {
      cwd: root,
      env: environment({ WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true" }),
      deadline: 5 * 60_000,
    });
    if (code !== 0) {
      return { passed: false, remark: "", output };
    }
    const sizes = readdirSync(folder)
      .filter((name) => /\.(js|mjs|wasm)$/.test(name))
      .map((name) => ({ name, size: gzipSync(readFileSync(join(folder, name)), { level: 9 }).length }));
    const sum = (list) => list.reduce((total, { size }) => total + size, 0);
    const wasm = sum(sizes.filter(({ name }) => name.endsWith(".wasm")));
    const remark = `${kib(sum(sizes))} gzipped, of it wasm ${kib(wasm)} (budget ${kib(WASM_BUDGET_BYTES)})`;
    const passed = wasm > 0 && wasm <= WASM_BUDGET_BYTES;
    return { passed, remark, output: passed ? "" : `the bundle is over its budget, or has no wasm: ${remark}` };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
