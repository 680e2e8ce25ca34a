// The secret that signs tokens: from the environment, else from the file that
// `wrangler dev` takes its own from.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { Failure } from "../terminal/failure.mjs";

/** Bytes of a key that is as strong as SHA-256 (RFC 7518, 3.2). The Worker takes none that is shorter. */
const SHORTEST = 32;

const NAME = "TIDINGS_SECRET";
const NEW = "for example what openssl rand -base64 32 prints";

/**
 * @param {{env: Record<string, string | undefined>, folder: string}} where
 * @returns {string}
 */
export function findSecret({ env, folder }) {
  // `.dev.vars` takes the place of `.env`, for wrangler and so for us.
  const file = [".dev.vars", ".env"].find((name) => existsSync(join(folder, name)));
  const secret = env[NAME] || (file && dotenv(readFileSync(join(folder, file), "utf8"))[NAME]);
  if (!secret) {
    throw new Failure(
      `there is no ${NAME} to sign with, neither in the environment nor in .dev.vars or .env`,
      `Give the one that the Worker has: ${NAME}=… npm run token -- …; for your own machine write one into .dev.vars, ${NEW}.`,
    );
  }
  if (Buffer.byteLength(secret) < SHORTEST) {
    throw new Failure(
      `${NAME} has ${Buffer.byteLength(secret)} bytes, and may not have less than ${SHORTEST}`,
      `Take a longer one, here and for the Worker: ${NEW}.`,
    );
  }
  return secret;
}

/** NAME=VALUE on each line, with or without quotes, as wrangler reads its files. */
export function dotenv(text) {
  const values = {};
  for (const line of text.split(/\r?\n/)) {
    const [, name, value] = /^\s*(?:export\s+)?([\w.-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name) {
      const [, , quoted] = /^(['"`])(.*?)\1\s*(?:#.*)?$/.exec(value) ?? [];
      values[name] = quoted ?? value.replace(/\s*#.*$/, "");
    }
  }
  return values;
}
