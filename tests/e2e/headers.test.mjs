// The headers of the site's pages, and that the service has none of them.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startServer } from "./server.mjs";

let server;
before(async () => {
  server = await startServer();
});
after(() => server?.stop());

const headersOf = async (path, init) => (await fetch(server.origin + path, init)).headers;

test("every page and file of the site has the headers that keep it safe", async () => {
  for (const path of ["/", "/upload.html", "/upload", "/upload.js", "/style.css", "/favicon.svg", "/nowhere/at/all"]) {
    const headers = await headersOf(path);
    const policy = headers.get("content-security-policy") ?? "";
    for (const directive of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"]) {
      assert.ok(policy.split("; ").includes(directive), `${path}: ${directive} in "${policy}"`);
    }
    assert.doesNotMatch(policy, /unsafe|\*|https?:/, path);
    assert.equal(headers.get("x-content-type-options"), "nosniff", path);
    assert.equal(headers.get("referrer-policy"), "no-referrer", path);
    assert.equal(headers.get("cross-origin-opener-policy"), "same-origin", path);
    assert.match(headers.get("permissions-policy"), /\bcamera=\(\)/, path);
  }
});

test("the file that says so is not itself served", async () => {
  assert.equal((await fetch(`${server.origin}/_headers`)).status, 404);
});

test("what the service answers is as its own code has it", async () => {
  for (const path of ["/v1/streams/none?after=start", "/v1/streams/not%20a%20name", "/v1/nothing"]) {
    const headers = await headersOf(path, { headers: { accept: "application/json" } });
    for (const name of ["content-security-policy", "permissions-policy", "cross-origin-opener-policy"]) {
      assert.equal(headers.get(name), null, `${path}: ${name}`);
    }
  }
});
