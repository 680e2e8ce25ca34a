import assert from "node:assert/strict";
import { test } from "node:test";

import { withShortImports, withoutNames, withoutRepetitions } from "./names.mjs";

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

const named = (text) => [text.length, ...Buffer.from(text)];
const section = (id, ...contents) => [id, contents.length, ...contents];
const type = section(1, 1, 0x60, 0, 0);

/** A module that imports from the script beside it one function, memory, a table, a global and a tag. */
const importing = (...functions) => {
  const ours = named("./index_bg.js");
  const others = [
    [...ours, ...named("m"), 2, 1, 1, 2],
    [...ours, ...named("t"), 1, 0x70, 0, 1],
    [...ours, ...named("g"), 3, 0x7f, 0],
    [...named("./other.js"), ...named("__wbg_f_0123456789abcdef"), 0, 0],
  ];
  const entries = [...functions.map((name) => [...ours, ...named(name), 0, 0]), ...others];
  const contents = [entries.length, ...entries.flat()];
  const size = [(contents.length & 0x7f) | 0x80, contents.length >> 7];
  return Buffer.from([...header, ...type, 2, ...size, ...contents]);
};
const namesIn = (wasm) => WebAssembly.Module.imports(new WebAssembly.Module(wasm)).map(({ name }) => name);

test("imported functions get short names, in the module and in the script", () => {
  const before = importing("__wbg_f_0123456789abcdef", "__wbg_g_0123456789abcdef");
  const { wasm, script } = withShortImports(
    before,
    "x={__wbg_f_0123456789abcdef:function(){return 1},__wbg_g_0123456789abcdef:()=>2,m:3}",
  );
  assert.equal(script, "x={a0:function(){return 1},a1:()=>2,m:3}");
  assert.deepEqual(namesIn(wasm), ["a0", "a1", "m", "t", "g", "__wbg_f_0123456789abcdef"]);
  assert.ok(wasm.length < before.length);
});

test("a name that stands elsewhere too, or nowhere, stays", () => {
  const wasm = importing("f", "g", "h");
  const script = "x={f:()=>g,g:1,'h':2}";
  const after = withShortImports(wasm, script);
  assert.equal(after.script, "x={a0:()=>g,g:1,'h':2}");
  assert.deepEqual(namesIn(after.wasm).slice(0, 3), ["a0", "g", "h"]);
});

test("nothing is touched where a short name is taken", () => {
  const wasm = importing("__wbg_f_0123456789abcdef");
  const script = "x={__wbg_f_0123456789abcdef:1,a0:2}";
  assert.deepEqual(withShortImports(wasm, script), { wasm, script });
  const bare = Buffer.from([...header, ...type]);
  assert.deepEqual(withShortImports(bare, script), { wasm: bare, script });
});

test("a module of ours is named once", () => {
  const named = (...values) => `x={"./snippets/a-1/b.js":${values.join(',"./snippets/a-1/b.js":')},"./snippets/a-1/c.js":p}`;
  assert.equal(withoutRepetitions(named("p", "p", "p")), named("p"));
  for (const script of [named("p"), named("p", "pp"), "x={a:p,a:p}"]) assert.equal(withoutRepetitions(script), script);
});
