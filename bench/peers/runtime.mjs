// Which workerd the peers run in.

import { createRequire } from "node:module";

/**
 * The workerd that Miniflare would start, and so the one of Tidings' own tests: the
 * package that Miniflare depends on, unless the environment names another.
 *
 * @returns {{path: string, version: string}}
 */
export function findWorkerd() {
  const other = process.env.MINIFLARE_WORKERD_PATH;
  if (other) return { path: other, version: `at ${other}` };
  const miniflare = createRequire(import.meta.url).resolve("miniflare");
  const { default: path, version } = createRequire(miniflare)("workerd");
  return { path, version };
}
