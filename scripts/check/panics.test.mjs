import assert from "node:assert/strict";
import { test } from "node:test";

import { panicsIn } from "./panics.mjs";

const found = (name, callee) =>
  panicsIn(` (func $${name} (param $0 i32)\n  (drop\n   (call $${callee}\n    (i32.const 1)\n   )\n  )\n )\n`).found.map(({ name }) => name);

const OURS = "_ZN7tidings3log4Log4read17h0123456789abcdefE";
const SHELL = "_ZN7tidings4edge10room_owner5Owner5enter17h0123456789abcdefE";
const BOUNDS = "_RNvNtCsgXGp5Oqx2Ny_4core9panicking18panic_bounds_check";
const BORROWED = "_RNvNtCsgXGp5Oqx2Ny_4core4cell22panic_already_borrowed";

test("a function of ours that can panic is found, one of others is not", () => {
  assert.deepEqual(found(OURS, BOUNDS), [OURS]);
  assert.deepEqual(found(OURS, "_RNvNtCsgXGp5Oqx2Ny_4core6option13unwrap_failed"), [OURS]);
  assert.deepEqual(found(OURS, "_RNvNtNtCsgXGp5Oqx2Ny_4core5slice5index16slice_index_fail"), [OURS]);
  assert.deepEqual(found(OURS, "_ZN5alloc3vec16Vec$LT$T$C$A$GT$6remove17h45448a5ca6df74adE"), [OURS]);
  assert.deepEqual(found("_ZN10serde_json2de4read17h0123456789abcdefE", BOUNDS), []);
  assert.deepEqual(found(OURS, "_ZN7tidings3log4Log6oldest17h0123456789abcdefE"), []);
});

test("what cannot be avoided is tolerated, and a borrow in the shells only", () => {
  assert.deepEqual(found(OURS, "_RNvNtCs5cOc02OMXlo_5alloc7raw_vec12handle_error"), []);
  assert.deepEqual(found(SHELL, BORROWED), []);
  assert.deepEqual(found(OURS, BORROWED), [OURS]);
});

test("a reason that nothing needs is told", () => {
  const { unused } = panicsIn("");
  assert.ok(unused.includes("sorted::SortedMap::insert"));
});
