// Where the Worker could panic: which of its own functions call what panics, by the
// names in the wasm before they are taken out of it.
//
// The lints forbid what is written as a panic. This finds what is not: what the compiler
// put there, and what was inlined from elsewhere. A panic in wasm takes every object of
// the isolate with it, so each that is left has its reason below, and a new one fails.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { run } from "../process.mjs";
import { at, environment, root } from "../project.mjs";
import { WASM_TARGET } from "../setup/rust.mjs";

/** The functions of the standard library that everything which panics goes through. */
const PANICS = /9panicking|_failed|_fail\b|_fail_rt|handle_error|alloc_error|capacity_overflow|already_(mutably_)?borrowed/;

/** What takes a place in a vector and panics where there is none; no lint knows it. */
const PLACES = /5alloc3vec.*?3?Vec.*?\d(insert|remove|swap_remove|split_off)(17h|$)/;

/** What calls for no reason of its own, whoever calls it. */
const TOLERATED = [
  // The memory is full: there is nobody who could go on.
  /handle_alloc_error|7raw_vec12handle_error|capacity_overflow/,
  // A future that is polled after its end. Compiled into each; only an executor could.
  /panic_const_async_fn_resumed/,
  // `to_string` and `format!`, if a Display said that it failed. None does.
  /6result13unwrap_failed/,
];

/** A borrow that is under way already: the shells have cells, and let go of them before they wait. */
const BORROWS = /already_(mutably_)?borrowed/;
const SHELL = ["tidings", "edge"];

/** Words of a function's name in their order, and why it may have what it has. */
const REASONS = [
  [["stream", "command", "Serialize", "Command"], "serde_json, inlined: a variant that is written into a raw value"],
  [["job", "run", "Run", "to_json"], "serde_json, inlined: a variant that is written into a raw value"],
  [["sorted", "SortedMap", "insert"], "a place that a binary search has found"],
  [["sorted", "SortedMap", "remove"], "a place that a binary search has found"],
  [["log", "keys", "Seqs", "add"], "a place that a binary search has found"],
  [["message", "without_reactions_of"], "a place that `position` has found"],
  [["state", "remember"], "the first of some, as it has looked"],
];

/**
 * What of a module's text form calls what panics without a reason.
 *
 * @returns {{found: {name: string, calls: string[]}[], unused: string[], functions: number}}
 */
export function panicsIn(wat) {
  const callers = new Map();
  let name = "";
  let functions = 0;
  for (const line of wat.split("\n")) {
    const begun = /^\s*\(func \$([^\s)]+)/.exec(line);
    if (begun) {
      name = begun[1];
      functions += isOurs(name) ? 1 : 0;
    }
    for (const [, callee] of line.matchAll(/\((?:return_)?call \$([^\s)]+)/g)) {
      if (isOurs(name) && (PANICS.test(callee) || PLACES.test(callee)) && !isTolerated(name, callee)) {
        callers.set(name, [...(callers.get(name) ?? []), callee]);
      }
    }
  }
  const used = new Set();
  const found = [...callers].flatMap(([name, calls]) => {
    const reason = REASONS.find(([words]) => inOrder(words, name));
    used.add(reason);
    return reason ? [] : [{ name, calls }];
  });
  return { found, unused: REASONS.filter((reason) => !used.has(reason)).map(([words]) => words.join("::")), functions };
}

/** Either kind of mangling writes the length of a word before it. */
const isOurs = (name) => /(^|\D)7tidings/.test(name) && !/4core3ptr\d+drop_in_place/.test(name);

const isTolerated = (name, callee) =>
  TOLERATED.some((pattern) => pattern.test(callee)) || (BORROWS.test(callee) && inOrder(SHELL, name));

function inOrder(words, name) {
  let from = 0;
  return words.every((word) => {
    const place = name.indexOf(word, from);
    from = place + word.length;
    return place >= 0;
  });
}

/**
 * Looks into the wasm of the release.
 * @returns {Promise<{passed: boolean, remark: string, output: string}>}
 */
export async function checkPanics(node) {
  const folder = mkdtempSync(join(tmpdir(), "tidings-wat-"));
  try {
    // Nothing to do where the Worker was just built.
    const args = ["build", "--release", "--lib", "--target", WASM_TARGET];
    const built = await run("cargo", args, { cwd: root, env: environment(), deadline: 20 * 60_000 });
    const target = process.env.CARGO_TARGET_DIR ?? at("target");
    const wasm = join(target, WASM_TARGET, "release", "tidings.wasm");
    const wat = join(folder, "tidings.wat");
    const disassembler = at("node_modules", "binaryen", "bin", "wasm-dis");
    const shown = await run(node, [disassembler, wasm, "-o", wat], { cwd: root, deadline: 5 * 60_000 });
    if (built.code !== 0 || shown.code !== 0) {
      return { passed: false, remark: "", output: built.output + shown.output };
    }
    const { found, unused, functions } = panicsIn(readFileSync(wat, "utf8"));
    const lines = [
      ...found.map(({ name, calls }) => `${name}\n  calls ${[...new Set(calls)].join(", ")}`),
      ...unused.map((name) => `scripts/check/panics.mjs has a reason for ${name}, which needs none any more`),
    ];
    if (functions === 0) {
      lines.push("the wasm has no names of functions in it: nothing was looked at");
    }
    const remark = `${functions} functions, ${REASONS.length} with a reason to panic`;
    return { passed: lines.length === 0, remark, output: lines.join("\n") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
