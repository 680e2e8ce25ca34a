import assert from "node:assert/strict";
import { test } from "node:test";

import { withoutNames } from "./names.mjs";

const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const custom = (name, ...contents) => [0, name.length + 1 + contents.length, name.length, ...Buffer.from(name), ...contents];

test("the names go, everything else stays", () => {
  const type = [1, 4, 1, 0x60, 0, 0];
  const other = custom("producers", 0);
  const wasm = Buffer.from([...header, ...type, ...custom("name", 1, 2, 3), ...other]);
  const bare = withoutNames(wasm);
  assert.deepEqual([...bare], [...header, ...type, ...other]);
  assert.ok(WebAssembly.validate(bare));
  assert.deepEqual([...withoutNames(bare)], [...bare]);
});

test("sizes of several bytes are read", () => {
  const long = custom("name", ...Array(100).fill(0));
  const wasm = Buffer.from([...header, 0, 0x80 | long[1], 0x00, ...long.slice(2)]);
  assert.deepEqual([...withoutNames(wasm)], header);
});
