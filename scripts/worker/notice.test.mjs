import assert from "node:assert/strict";
import { test } from "node:test";

import { address, nextSteps, whatIsKnown } from "./notice.mjs";

const DEPLOYMENT = {
  name: "tidings-production",
  environment: "production",
  args: ["--env=production"],
  dryRun: false,
  bringsSecret: false,
  vars: {},
  patterns: [],
  workersDev: true,
  secrets: [],
};

const told = (changes) => whatIsKnown({ ...DEPLOYMENT, ...changes }).join("\n");
const next = (changes) => nextSteps({ ...DEPLOYMENT, ...changes }).join("\n");

test("a closed deployment without a secret is said to be one", () => {
  assert.equal(
    told({}),
    `deploying the Worker tidings-production (the environment "production") to a name below workers.dev
nothing is open without a token: wrangler.toml has no PUBLIC_ACCESS for it
there is no TIDINGS_SECRET yet: until there is, no token is accepted`,
  );
  assert.equal(
    next({ origin: "https://tidings-production.example.workers.dev" }),
    `next, tokens need a secret: openssl rand -base64 32 | tee /dev/stderr | npx wrangler secret put TIDINGS_SECRET --env production
until then every call is answered with 503
then see that it is well: curl https://tidings-production.example.workers.dev/v1/health`,
  );
});

test("what is open is shown as it will be", () => {
  const grants = '{"streams":{"*":["read"]}}';
  assert.match(told({ vars: { PUBLIC_ACCESS: grants } }), /what needs no token: \{"streams":\{"\*":\["read"\]\}\}\n/);
  assert.match(told({ vars: { PUBLIC_ACCESS: { rooms: {} } } }), /what needs no token: \{"rooms":\{\}\}\n/);
  assert.match(told({ args: ["--var", "PUBLIC_ACCESS:{}"] }), /on the command line/);
  assert.doesNotMatch(next({ vars: { PUBLIC_ACCESS: grants } }), /503/);
});

test("what could not be looked up is not claimed", () => {
  assert.match(told({ secrets: undefined }), /could not be looked up$/);
  assert.match(next({ secrets: undefined }), /^next, if there is no secret yet: .*\nthen/);
});

test("with a secret there is only to look whether it is well", () => {
  assert.match(told({ secrets: ["TIDINGS_SECRET"] }), /the secret TIDINGS_SECRET is there$/);
  assert.match(told({ secrets: ["TIDINGS_SECRET", "TIDINGS_SECRET_PREVIOUS"] }), /delete it when/);
  assert.match(next({ secrets: ["TIDINGS_SECRET"] }), /^next, see that it is well: curl \S+$/);
  assert.match(next({ bringsSecret: true }), /^next, see that it is well/);
});

test("a rehearsal ends with the command that is meant", () => {
  const rehearsal = (...args) => next({ dryRun: true, args });
  assert.equal(rehearsal("--env=production", "--dry-run"), "nothing was uploaded; to deploy: npm run deploy");
  assert.match(rehearsal("--env", "staging", "--dry-run"), /npm run deploy -- --env staging$/);
});

test("the address is one's own domain, else what wrangler has printed", () => {
  const printed = "Deployed tidings-production triggers (1.2 sec)\n  https://tidings-production.example.workers.dev\n";
  assert.equal(address(printed, { patterns: [] }), "https://tidings-production.example.workers.dev");
  assert.equal(address(printed, { patterns: ["tidings.example.com"] }), "https://tidings.example.com");
  assert.equal(address("", { patterns: ["example.com/*"] }), undefined);
  assert.match(told({ patterns: ["tidings.example.com"], workersDev: false }), /to tidings\.example\.com\n/);
});
