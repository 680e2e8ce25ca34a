// What can be known of a deployment before it is made: whether wrangler may talk to
// Cloudflare, what wrangler.toml says, and which secrets are there already.

import { at, environment as withBinaries, root } from "../project.mjs";
import { run } from "../process.mjs";
import { Failure } from "../terminal/failure.mjs";

/** A look-up over the network; it is for information, so it may not hold anybody up. */
const LOOK_UP_MS = 30_000;

export const WRANGLER = at("node_modules", "wrangler", "bin", "wrangler.js");

/** No telemetry, no banner, and no question that nobody would see. */
export function quiet() {
  return withBinaries({ WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true" });
}

/** Throws when wrangler would not get in. A token in the environment is taken for good: only using it tells. */
export async function checkLogin(node) {
  if (process.env.CLOUDFLARE_API_TOKEN || process.env.CLOUDFLARE_API_KEY) {
    return;
  }
  const { stdout } = await wrangler(node, ["whoami", "--json"]);
  if (/"loggedIn":\s*false/.test(stdout)) {
    throw new Failure(
      "wrangler is not logged in to Cloudflare",
      "Run npx wrangler login; where there is no browser, as in CI, set CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID instead (docs/deploy.md says how). Then run the command again.",
    );
  }
}

/**
 * @param {{environment: string, which: string[]}} deployment
 * @returns {Promise<{name: string, vars: Record<string, unknown>, patterns: string[], workersDev: boolean}>}
 */
export async function configuration(node, { environment, which }) {
  const value = (name) => (which.includes(name) ? [which[which.indexOf(name) + 1]] : []);
  const reader = at("scripts", "worker", "configuration.mjs");
  const { code, stdout, output } = await run(node, [reader, environment, ...value("--config")], {
    cwd: root,
    env: quiet(),
  });
  if (code === 0) {
    const found = JSON.parse(stdout);
    return { ...found, name: value("--name")[0] ?? found.name };
  }
  const known = /available configured environment names are: (\[.*\])/.exec(output)?.[1];
  if (known) {
    throw new Failure(
      `wrangler.toml has no environment "${environment}"`,
      `Name one of ${JSON.parse(known).sort().join(", ")}, or write it (docs/deploy.md, "Environments").`,
    );
  }
  throw new Failure("wrangler.toml cannot be read", "Mend what it says above, then run the command again.", { output });
}

/** The names of the secrets of a Worker; undefined where that cannot be known. */
export async function secretNames(node, { which }) {
  const { code, stdout, output } = await wrangler(node, ["secret", "list", "--format=json", ...which]);
  if (code !== 0) {
    // A Worker that is not there yet has none: code 10007 of Cloudflare's API.
    return /\b10007\b/.test(output) ? [] : undefined;
  }
  try {
    return JSON.parse(stdout.slice(stdout.indexOf("["))).map(({ name }) => name);
  } catch {
    return undefined;
  }
}

const wrangler = (node, args) => run(node, [WRANGLER, ...args], { cwd: root, env: quiet(), deadline: LOOK_UP_MS });
