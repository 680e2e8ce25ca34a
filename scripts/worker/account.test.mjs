// With a wrangler that says what the test wants: the real one needs an account.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { windows } from "../process.mjs";
import { checkLogin, configuration, secretNames } from "./account.mjs";

const folder = mkdtempSync(join(tmpdir(), "tidings-account-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const skip = windows && "the stand-in is a shell script";

/** Stands in for Node, which is given wrangler to run. */
function wranglerThat(says, code = 0) {
  const path = join(folder, `says-${Math.random()}`);
  writeFileSync(path, `#!/bin/sh\ncat <<'SAYS'\n${says}\nSAYS\nexit ${code}\n`, { mode: 0o755 });
  return path;
}

const PRODUCTION = { environment: "production", which: ["--env=production"] };

test("who is not logged in is told how", { skip }, async () => {
  for (const name of ["CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_KEY"]) {
    delete process.env[name];
  }
  await assert.rejects(checkLogin(wranglerThat('{"loggedIn":false}', 1)), {
    message: "wrangler is not logged in to Cloudflare",
    mend: /npx wrangler login.*CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID/,
  });
  await checkLogin(wranglerThat('{"loggedIn": true}'));
  process.env.CLOUDFLARE_API_TOKEN = "only its use tells";
  await checkLogin(wranglerThat('{"loggedIn":false}', 1));
});

test("secrets are named, or none where there is no Worker yet, or nobody knows", { skip }, async () => {
  const names = (says, code) => secretNames(wranglerThat(says, code), PRODUCTION);
  assert.deepEqual(await names('a word before\n[{"name":"TIDINGS_SECRET","type":"secret_text"}]'), ["TIDINGS_SECRET"]);
  assert.deepEqual(await names("This Worker does not exist on your account. [code: 10007]", 1), []);
  assert.equal(await names("Authentication error [code: 10000]", 1), undefined);
  assert.equal(await names("no JSON"), undefined);
});

test("an environment that is not there is named, with those that are", async () => {
  const node = process.env.TIDINGS_NODE ?? process.execPath;
  await assert.rejects(configuration(node, { environment: "prod", which: [] }), {
    message: 'wrangler.toml has no environment "prod"',
    mend: /^Name one of production, staging/,
  });
  assert.equal((await configuration(node, PRODUCTION)).name, "tidings-production");
  const named = await configuration(node, { ...PRODUCTION, which: ["--name", "mine"] });
  assert.equal(named.name, "mine");
});
