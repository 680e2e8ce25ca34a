// Is the built worker the one that these sources would give?
//
// A build of the release wasm takes the better part of a minute, and
// `npm start`, `npm test` and wrangler all ask for one. The stamp in build/
// records a hash of everything that goes in, and the size and time of what
// came out: equal means there is nothing to do. Contents are hashed, not
// times, so a branch switched there and back costs nothing.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

import { at, root } from "../project.mjs";

const STAMP = at("build", ".fingerprint.json");

/** Besides src/. A missing one counts too: it may appear. */
const FILES = [
  "Cargo.toml",
  "Cargo.lock",
  "build.rs",
  "rust-toolchain.toml",
  ".cargo/config.toml",
  "scripts/build.mjs",
  "scripts/worker/exports.mjs",
  "scripts/worker/names.mjs",
];
const OUTPUTS = ["build/index.js", "build/index_bg.wasm"];

/** Environment variables that change what rustc or worker-build make. */
const VARIABLES = ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUN_TO_COMPLETION", "CUSTOM_SHIM", "NO_MINIFY"];

/** True when build/ holds what `versions` (of the tools) make of the sources. */
export function isFresh(versions) {
  try {
    const stamp = JSON.parse(readFileSync(STAMP, "utf8"));
    return (
      stamp.inputs === hashInputs(versions, stamp.included) && stamp.outputs === describeOutputs()
    );
  } catch {
    return false;
  }
}

/** What must be hashed *before* a build: an edit during it must not be lost. */
export function snapshot(versions) {
  const included = includedFiles();
  return { included, inputs: hashInputs(versions, included) };
}

/** Records a finished build. `before` is the snapshot taken when it began. */
export function record(versions, before) {
  const included = includedFiles();
  // The first build only now tells which other files are compiled in.
  const known = included.join() === before.included.join();
  const inputs = known ? before.inputs : hashInputs(versions, included);
  writeFileSync(STAMP, JSON.stringify({ included, inputs, outputs: describeOutputs() }));
}

function hashInputs(versions, included) {
  const hash = createHash("sha256");
  for (const version of versions) {
    hash.update(`${version}\0`);
  }
  for (const name of VARIABLES) {
    hash.update(`${name}=${process.env[name] ?? ""}\0`);
  }
  for (const file of [...FILES, ...sources(at("src")), ...included]) {
    hash.update(`${file}\0`);
    const path = at(file);
    if (existsSync(path)) {
      hash.update(readFileSync(path));
    }
    hash.update("\0");
  }
  return hash.digest("hex");
}

function sources(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? sources(path) : [relative(root, path)];
    });
}

/**
 * Files of this project outside src/ that the code includes (include_str! and
 * the like), from the list that cargo leaves beside what it builds.
 */
function includedFiles() {
  const target = process.env.CARGO_TARGET_DIR ?? at("target");
  const folder = join(target, "wasm32-unknown-unknown", "release");
  const list = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".d")) : [];
  const files = list.flatMap((name) =>
    readFileSync(join(folder, name), "utf8")
      .replace(/^[^\n]*?\.(wasm|rlib):/gm, "")
      .split(/(?<!\\)\s+/)
      .map((path) => relative(root, path.replace(/\\ /g, " "))),
  );
  const outside = (file) => file && !file.startsWith("..") && !/^(src|target)[\\/]/.test(file);
  return [...new Set(files.filter(outside))].filter((file) => !FILES.includes(file)).sort();
}

function describeOutputs() {
  return OUTPUTS.map((file) => {
    const { size, mtimeMs } = statSync(at(file));
    return `${file} ${size} ${mtimeMs}`;
  }).join();
}
