// Tokens of `npm run token`, as somebody else's library reads them.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { jwtVerify } from "jose";

import { at } from "./project.mjs";
import { claims } from "./worker/claims.mjs";
import { sign } from "./worker/jwt.mjs";
import { dotenv, findSecret } from "./worker/secret.mjs";

const SECRET = "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IHNlY3JldA==";
const key = (secret) => new TextEncoder().encode(secret);
const verify = (token, secret = SECRET) => jwtVerify(token, key(secret), { algorithms: ["HS256"] });
const NOW = 1_795_000_000;

const folder = mkdtempSync(join(tmpdir(), "tidings-token-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function run(env, ...args) {
  return new Promise((resolve) => {
    execFile(process.execPath, [at("scripts", "token.mjs"), ...args], { env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

test("a token is verified by jose, with all its claims, and only with its secret", async () => {
  const args = ["--sub", "ann", "--name", "Ann Ä", "--room", "lobby=read,write", "--room", "lobby=moderate", "--stream", "build-*=read", "--ttl", "15m"];
  const { code, stdout, stderr } = await run({ TIDINGS_SECRET: SECRET }, "--", ...args);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^[\w-]+\.[\w-]+\.[\w-]+\n$/, "nothing but the token");
  const { payload, protectedHeader } = await verify(stdout.trim());
  assert.deepEqual(protectedHeader, { alg: "HS256", typ: "JWT" });
  const { iat, exp, ...rest } = payload;
  assert.equal(exp - iat, 900);
  assert.ok(Math.abs(iat - Date.now() / 1000) < 60);
  assert.deepEqual(rest, {
    sub: "ann",
    name: "Ann Ä",
    tidings: { streams: { "build-*": ["read"] }, rooms: { lobby: ["read", "write", "moderate"] } },
  });
  await assert.rejects(verify(stdout.trim(), `${SECRET}.`), { code: "ERR_JWS_SIGNATURE_VERIFICATION_FAILED" });
});

test("an expired token is one for jose too", async () => {
  await assert.rejects(verify(sign(claims(["--sub", "a", "--ttl", "1s"], NOW - 10 ** 9), SECRET)), { code: "ERR_JWT_EXPIRED" });
});

test("without --ttl it is good for an hour; without grants it says so", async () => {
  assert.equal(claims(["--sub=a"], NOW).exp, NOW + 3600);
  const { stderr } = await run({ TIDINGS_SECRET: SECRET }, "--sub", "a");
  assert.match(stderr, /^tidings: for a, until .*Z; it grants nothing/);
});

test("what is wrong is named, with what would be right", () => {
  const wrong = (...argv) => () => claims(argv, NOW);
  assert.throws(wrong(), { message: /--sub is missing/, mend: /^For example: / });
  assert.throws(wrong("--sub"), /--sub needs a value/);
  assert.throws(wrong("ann"), /knows no "ann"/);
  assert.throws(wrong("--sub", "a", "--rooms", "x"), /knows no "--rooms"/);
  assert.throws(wrong("--sub", "a", "--room", "lobby"), { message: /says not what may be done/, mend: /lobby=read,write,moderate/ });
  assert.throws(wrong("--sub", "a", "--room", "lobby=publish"), /of rooms there is no "publish"/);
  assert.throws(wrong("--sub", "a", "--stream", "x=read,write"), /of streams there is no "write"/);
  for (const name of ["a b", "-a", "a*b", "**", "", "x".repeat(129)]) {
    assert.throws(wrong("--sub", "a", "--room", `${name}=read`), /is no name/, name);
  }
  assert.deepEqual(claims(["--sub", "a", "--room", "*=read"], NOW).tidings.rooms, { "*": ["read"] });
  for (const ttl of ["60", "1w", "0s", "-1h", "1.5h", ""]) {
    assert.throws(wrong("--sub", "a", "--ttl", ttl), /is no time/, ttl);
  }
  assert.throws(wrong("--sub", "a", "--name", "x".repeat(65)), /more than 64/);
});

test("the secret is the environment's, else that of the file wrangler dev reads", () => {
  const find = (env = {}) => findSecret({ env, folder });
  assert.throws(find, { message: /no TIDINGS_SECRET/, mend: /\.dev\.vars/ });
  writeFileSync(join(folder, ".env"), `TIDINGS_SECRET=${SECRET}`);
  assert.equal(find(), SECRET);
  writeFileSync(join(folder, ".dev.vars"), `# mine\nTIDINGS_SECRET="${SECRET}2" # of the laptop\n`);
  assert.equal(find(), `${SECRET}2`);
  assert.equal(find({ TIDINGS_SECRET: `${SECRET}3` }), `${SECRET}3`);
  writeFileSync(join(folder, ".dev.vars"), "OTHER=1");
  assert.throws(find, /no TIDINGS_SECRET/, ".dev.vars takes the place of .env");
  assert.throws(() => find({ TIDINGS_SECRET: "short" }), { message: /has 5 bytes/, mend: /openssl rand -base64 32/ });
});

test("files of vars are read with quotes and without", () => {
  assert.deepEqual(dotenv(`A=1\nexport B='{"x":"#"}'\n C = "two words" # and why\nD=e=f#g\n# E=1\nF=`), {
    A: "1",
    B: '{"x":"#"}',
    C: "two words",
    D: "e=f",
    F: "",
  });
});

test("what docs/access.md has for a backend makes the same kind of token", async () => {
  const text = readFileSync(at("docs", "access.md"), "utf8");
  const [, code] = /```js\n(import \{ SignJWT \}[^]*?)```/.exec(text);
  const program = `${code}\nconsole.log(await tokenFor({ id: "ann", name: "Ann" }));`;
  const args = ["--input-type=module", "-e", program];
  // From here the bare name of the package is found.
  const options = { cwd: at(), env: { ...process.env, TIDINGS_SECRET: SECRET } };
  const token = await new Promise((resolve, reject) => {
    execFile(process.execPath, args, options, (error, stdout) => (error ? reject(error) : resolve(stdout.trim())));
  });
  const { payload } = await verify(token);
  const ours = claims(["--sub", "ann", "--name", "Ann", "--room", "lobby=read,write"], payload.iat);
  assert.deepEqual(payload, { ...ours, tidings: { rooms: ours.tidings.rooms } });
});
