import assert from "node:assert/strict";
import { test } from "node:test";

import { tallyCargo, tallyNode, unfinishedFiles } from "./tally.mjs";

test("cargo's results of several binaries are added up", () => {
  const output = `
test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s
test result: FAILED. 2 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s
`;
  assert.deepEqual(tallyCargo(output), { passed: 14, failed: 3, skipped: 1 });
});

test("output without a result counts nothing", () => {
  assert.deepEqual(tallyCargo("error: could not compile"), { passed: 0, failed: 0, skipped: 0 });
});

test("a run that was cut off keeps what had finished", () => {
  const lines = '{"began":"a"}\n{"began":"b"}\n{"outcome":"passed"}\n{"outcome":"failed"}\n{"ended":"a"}\n{"outco';
  assert.deepEqual(tallyNode(lines), { passed: 1, failed: 1, skipped: 0 });
  assert.deepEqual(unfinishedFiles(lines), ["b"]);
});
