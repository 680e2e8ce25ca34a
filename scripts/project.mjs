// Where things are, and which versions the project has settled on.
//
// Versions are read from the lock files, never repeated here: the tools that
// must match a crate follow it when it is updated.

import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { Failure } from "./terminal/failure.mjs";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

export const at = (...parts) => join(root, ...parts);

/** The per-user cache of built tools, shared by all checkouts. */
export function cacheFolder() {
  const { TIDINGS_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (TIDINGS_CACHE) {
    return TIDINGS_CACHE;
  }
  if (XDG_CACHE_HOME) {
    return join(XDG_CACHE_HOME, "tidings");
  }
  if (process.platform === "darwin") {
    return join(homedir(), "Library", "Caches", "tidings");
  }
  if (process.platform === "win32" && LOCALAPPDATA) {
    return join(LOCALAPPDATA, "tidings", "cache");
  }
  return join(homedir(), ".cache", "tidings");
}

/** The version of a crate in Cargo.lock. */
export function lockedCrate(name) {
  const lock = readFileSync(at("Cargo.lock"), "utf8");
  const version = new RegExp(`name = "${name}"\\r?\\nversion = "([^"]+)"`).exec(lock)?.[1];
  if (!version) {
    throw new Failure(
      `Cargo.lock names no ${name}`,
      "Restore it with: git checkout Cargo.lock",
    );
  }
  return version;
}

/** The oldest Rust that Cargo.toml allows. */
export function oldestRust() {
  return /^rust-version\s*=\s*"([^"]+)"/m.exec(readFileSync(at("Cargo.toml"), "utf8"))?.[1] ?? "1.91";
}

/** Compares dotted version numbers; a missing part is 0. */
export function compareVersions(left, right) {
  const numbers = (text) => text.split(/[.+-]/).map((part) => Number.parseInt(part, 10) || 0);
  const [a, b] = [numbers(left), numbers(right)];
  for (let i = 0; i < 3; i += 1) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) {
      return difference;
    }
  }
  return 0;
}

/** The environment with `extra` in it and the project's npm binaries first on the PATH. */
export function environment(extra = {}) {
  // Windows spells it "Path".
  const key = Object.keys(process.env).find((name) => name.toUpperCase() === "PATH") ?? "PATH";
  const path = [at("node_modules", ".bin"), process.env[key]].filter(Boolean).join(delimiter);
  return { ...process.env, [key]: path, ...extra };
}
