// What each crate costs of the Worker's wasm: node bench/sizes.mjs
//
// Counted in what rustc has made, after its link-time optimization, where functions still
// have their names; wasm-opt and gzip make all of it smaller, more or less alike. Whatever
// is generic counts where it was written, not where it is used: a vector of ours is `alloc`'s.
// Build first (npm run build).

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

import { at } from "../scripts/project.mjs";
import { main } from "../scripts/terminal/failure.mjs";
import { codeByFunction } from "./runner/wasm.mjs";

const RAW = at("target", "wasm32-unknown-unknown", "release", "tidings.wasm");
const SHIPPED = at("build", "index_bg.wasm");

/** What tells wasm-bindgen how to call something, and is not shipped. */
const DESCRIPTION = /^__wbindgen_describe|8describe17h/;

/** Parts of one whole. */
const TOGETHER = [
  ["core, alloc, std", /^(core|alloc|std|rustc|hashbrown|compiler_builtins|std_detect|panic_abort)$/],
  ["worker", /^worker/],
  ["wasm-bindgen, js-sys, web-sys", /^(wasm_bindgen|js_sys|web_sys|wasm_streams)/],
  ["serde, serde_json", /^(serde|zmij|itoa|ryu)/],
  ["futures", /^futures/],
];

/**
 * The crate of a function, by its mangled name: Rust's former mangling, or v0.
 * <https://doc.rust-lang.org/rustc/symbol-mangling/index.html>
 */
export function crateOf(name) {
  const legacy = /^_ZN(\d+)(.*)/s.exec(name);
  if (legacy) {
    const first = legacy[2].slice(0, Number(legacy[1]));
    if (!/^_?\$/.test(first)) return crate(first);
    // An implementation is of the type that it is for; of the trait, where that is a number.
    const type =
      /\$u20\$for\$u20\$(.*)/s.exec(first)?.[1] ?? /^_?\$LT\$[fiu]\d+\$u20\$as\$u20\$(.*)/s.exec(first)?.[1] ?? first;
    return crate(/([a-z_][a-z0-9_]*?)\.\./.exec(type.replace(/^_?(\$LT\$|\$RF\$|mut\$u20\$)*/, ""))?.[1] ?? "");
  }
  const v0 = /^_R.*?C(?:s[0-9A-Za-z]*_)?(\d+)_?([a-z]\w*)/s.exec(name);
  // What the macros export, by names of their own.
  return v0 ? crate(v0[2].slice(0, Number(v0[1]))) : "wasm_bindgen";
}

const crate = (name) => name.replace(/^_+/, "") || "others";

const group = (name) => TOGETHER.find(([, words]) => words.test(name))?.[0] ?? name;

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  main(async () => {
    const sizes = new Map();
    let all = 0;
    for (const { name, bytes } of codeByFunction(readFileSync(RAW)).filter(({ name }) => !DESCRIPTION.test(name))) {
      const of = group(crateOf(name));
      sizes.set(of, (sizes.get(of) ?? 0) + bytes);
      all += bytes;
    }
    const shipped = gzipSync(readFileSync(SHIPPED), { level: 9 }).length;
    console.log(`${(all / 1024).toFixed(0)} KiB of code; shipped, ${(shipped / 1024).toFixed(1)} KiB gzipped\n`);
    console.log("| | KiB of code | share |\n| --- | ---: | ---: |");
    const sorted = [...sizes].sort(([, a], [, b]) => b - a);
    const rest = sorted.slice(12).reduce((sum, [, bytes]) => sum + bytes, 0);
    for (const [name, bytes] of [...sorted.slice(0, 12), [`${sorted.slice(12).length} more`, rest]]) {
      console.log(`| ${name} | ${(bytes / 1024).toFixed(1)} | ${((bytes / all) * 100).toFixed(1)} % |`);
    }
    return 0;
  });
}
