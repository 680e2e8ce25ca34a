import assert from "node:assert/strict";
import { test } from "node:test";

import { deployment } from "./deployment.mjs";

const argsOf = (...argv) => deployment(argv).args;

test("production is deployed unless another environment is named", () => {
  assert.deepEqual(argsOf(), ["--env=production"]);
  assert.deepEqual(argsOf("--dry-run", "--var", "A:1"), ["--env=production", "--dry-run", "--var", "A:1"]);
  assert.deepEqual(argsOf("--env", "staging"), ["--env", "staging"]);
  assert.deepEqual(argsOf("--", "-e=staging"), ["-e=staging"]);
  assert.equal(deployment(["--env=a", "--env", "b"]).environment, "b", "the last one, as wrangler has it");
  assert.equal(deployment(["--env="]).environment, "", "the top level");
});

test("CLOUDFLARE_ENV chooses as it does for wrangler; Cloudflare's builds know the top level only", () => {
  assert.equal(deployment([], { CLOUDFLARE_ENV: "staging" }).environment, "staging");
  assert.equal(deployment(["--env", "x"], { CLOUDFLARE_ENV: "staging" }).environment, "x");
  assert.deepEqual(deployment([], { WORKERS_CI: "1" }).args, ["--env="]);
  assert.equal(deployment(["--env=production"], { WORKERS_CI: "1" }).environment, "production");
});

test("a rehearsal is known as one", () => {
  assert.equal(deployment(["--dry-run"]).dryRun, true);
  assert.equal(deployment(["--dryRun"]).dryRun, true);
  assert.equal(deployment(["--dry-run=false"]).dryRun, false);
  assert.equal(deployment([]).dryRun, false);
});

test("other commands of wrangler are told of the same Worker, and of nothing else", () => {
  const { which } = deployment(["-c", "other.toml", "--name=mine", "--minify", "--var", "A:1"]);
  assert.deepEqual(which, ["--env=production", "--config", "other.toml", "--name", "mine"]);
});

test("options that npm took for itself are not lost in silence", () => {
  const npm = (env, ...argv) => () => deployment(argv, env);
  assert.throws(npm({ npm_config_dry_run: "true" }), { mend: /npm run deploy -- --dry-run$/ });
  assert.throws(npm({ npm_config_env: "staging" }), { mend: /npm run deploy -- --env staging$/ });
  assert.throws(npm({ npm_config_env: "true" }, "staging"), /npm has taken --env/);
  assert.doesNotThrow(npm({ npm_config_dry_run: "" }));
  assert.throws(npm({}, "staging"), { message: 'npm run deploy knows no "staging"' });
});
