import assert from "node:assert/strict";
import { test } from "node:test";

import { crateOf } from "../sizes.mjs";
import { codeByFunction } from "./wasm.mjs";

/** `(module (import "m" "f" (func)) (import "m" "t" (table 1 funcref)) (func $ours nop) (func))` with names. */
const MODULE = Buffer.from([
  0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
  1, 4, 1, 0x60, 0, 0,
  2, 15, 2, 1, 0x6d, 1, 0x66, 0, 0, 1, 0x6d, 1, 0x74, 1, 0x70, 0, 1,
  3, 3, 2, 0, 0,
  10, 8, 2, 3, 0, 1, 0x0b, 2, 0, 0x0b,
  0, 14, 4, ...Buffer.from("name"), 1, 7, 1, 1, 4, ...Buffer.from("ours"),
]);

test("functions have the length of their code, and the names that the module gives", () => {
  assert.deepEqual(codeByFunction(MODULE), [{ name: "ours", bytes: 3 }, { name: "", bytes: 2 }]);
});

test("a function is of the crate that wrote it", () => {
  for (const [name, crate] of [
    ["_ZN7tidings3log4Log4read17h0123456789abcdefE", "tidings"],
    ["_ZN71_$LT$tidings..edge..sqlite..Sqlite$u20$as$u20$tidings..log..Storage$GT$4meta17h0123456789abcdefE", "tidings"],
    ["_ZN65_$LT$impl$u20$core..fmt..Debug$u20$for$u20$worker..error..Error$GT$3fmt17h0123456789abcdefE", "worker"],
    ["_ZN38_$LT$u64$u20$as$u20$itoa..Unsigned$GT$3fmt17h0123456789abcdefE", "itoa"],
    ["_ZN5alloc3vec16Vec$LT$T$C$A$GT$6remove17h0123456789abcdefE", "alloc"],
    ["_ZN8base64ct8encoding8Encoding6decode17h0123456789abcdefE", "base64ct"],
    ["_ZN41_$LT$T$u20$as$u20$core..fmt..Display$GT$3fmt17h0123456789abcdefE", "core"],
    ["_RNvNtCsgXGp5Oqx2Ny_4core9panicking5panic", "core"],
    ["__externref_table_alloc", "wasm_bindgen"],
  ]) {
    assert.equal(crateOf(name), crate, name);
  }
});
