// The code in docs/clients.md is the code that the tests run.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const read = (path) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), "utf8");

/** A comment that names a file, then a block of code that is in it. */
const QUOTATION = /^<!-- (\S+) -->\n```\w+\n([\s\S]*?)^```$/gm;

test("docs/clients.md quotes the clients word for word", () => {
  const text = read("docs/clients.md");
  const quotations = [...text.matchAll(QUOTATION)];
  assert.equal(quotations.length, text.match(/^```\w+$/gm).length, "every block says where it is from");
  for (const [, path, code] of quotations) {
    assert.ok(read(path).includes(code), `${path} has not what docs/clients.md quotes:\n${code}`);
  }
});
