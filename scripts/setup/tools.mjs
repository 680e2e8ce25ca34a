// worker-build and wasm-bindgen, built from crates into a per-user cache.
//
// worker-build would download wasm-bindgen, wasm-opt and esbuild by itself,
// from a host of its own choosing for each. We give it all three instead:
// cargo and npm are the only sources, on every machine the same, and what
// works behind a mirror or a proxy for the crates works for the tools too.
// The price is one build of some minutes, once per machine and version: the
// cache is keyed by version and shared by all checkouts.

import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

import { holding } from "../lock.mjs";
import { at, cacheFolder, lockedCrate, root } from "../project.mjs";
import { run, windows } from "../process.mjs";
import { Failure } from "../terminal/failure.mjs";
import { say, step } from "../terminal/step.mjs";

const exe = windows ? ".exe" : "";

/**
 * Makes sure of the build tools.
 * @returns {Promise<{versions: string[], workerBuild: string, env: Record<string, string>}>}
 */
export async function installTools() {
  const worker = lockedCrate("worker");
  const bindgen = lockedCrate("wasm-bindgen");
  const tools = [
    // worker-build is released together with the crate `worker`.
    { crate: "worker-build", version: worker, bin: "worker-build", flags: ["--locked"] },
    // The command must match the library to the last digit. Not --locked: the
    // lock file in the published crate names packages that were withdrawn.
    { crate: "wasm-bindgen-cli", version: bindgen, bin: "wasm-bindgen", flags: [] },
  ];
  if (tools.some((tool) => !existsSync(home(tool)))) {
    await holding(
      join(cacheFolder(), "install.lock"),
      async () => {
        for (const tool of tools) {
          if (!existsSync(home(tool))) {
            await install(tool);
          }
        }
        rmSync(targetFolder(), { recursive: true, force: true });
      },
      { onWait: () => say("waiting for another process that installs the build tools …") },
    ).catch(explainCache);
  }
  const wasmOpt = npmBinary("binaryen", "bin/wasm-opt");
  const esbuild = esbuildBinary();
  return {
    versions: [...tools.map(({ crate, version }) => `${crate} ${version}`), wasmOpt.id, esbuild.id],
    workerBuild: binary(tools[0]),
    env: {
      WASM_BINDGEN_BIN: binary(tools[1]),
      WASM_OPT_BIN: wasmOpt.path,
      ESBUILD_BIN: esbuild.path,
    },
  };
}

const home = ({ crate, version }) => join(cacheFolder(), `${crate}-${version}`);
const binary = (tool) => join(home(tool), "bin", tool.bin + exe);
/** Shared by both installs, which have many crates in common, and kept when
 * one is interrupted, so that the next goes on where it was. */
const targetFolder = () => join(cacheFolder(), "target");

async function install(tool) {
  const { crate, version, bin, flags } = tool;
  const slow = "this takes about three minutes, once per machine";
  await step(`building ${crate} ${version}`, async (show) => {
    mkdirSync(cacheFolder(), { recursive: true });
    const staging = join(cacheFolder(), `staging-${process.pid}`);
    rmSync(staging, { recursive: true, force: true });
    const args = ["install", crate, "--version", version, "--bin", bin, ...flags];
    args.push("--root", staging, "--no-track", "--force");
    const { code, output } = await run("cargo", args, { cwd: root, env: cargoEnvironment(), onLine: show });
    if (code !== 0) {
      rmSync(staging, { recursive: true, force: true });
      throw new Failure(`cargo could not install ${crate} ${version}`, mendFor(output), {
        output: lastLines(output, 40),
      });
    }
    // Only a whole installation gets the name that is looked for.
    rmSync(home(tool), { recursive: true, force: true });
    renameSync(staging, home(tool));
  }, { slow });
}

/** What to do about a failed `cargo install`, from its output. */
export function mendFor(output) {
  if (/linker .* not found|failed to find tool|is `cc` installed/i.test(output)) {
    return "Install a C compiler (Debian: apt install build-essential; macOS: xcode-select --install), then run the command again.";
  }
  if (/could not resolve|couldn't resolve|timed? ?out|failed to (download|fetch)|download of|network|spurious/i.test(output)) {
    return "Connect to the network, then run the command again: it goes on where it was.";
  }
  if (/No space left/i.test(output)) {
    return "Free some disk space (about 1 GB), then run the command again.";
  }
  if (/requires rustc|rustc .* is not supported/i.test(output)) {
    return "Update Rust (rustup update stable), then run the command again.";
  }
  return "Mend what cargo says above, then run the command again.";
}

/** The settings of this project, or of a build that called us, are not for the tools. */
function cargoEnvironment() {
  const env = {
    ...process.env,
    CARGO_TARGET_DIR: targetFolder(),
    // The tools are run a few times a day: quick to build beats quick to run.
    CARGO_PROFILE_RELEASE_OPT_LEVEL: "1",
    CARGO_PROFILE_RELEASE_LTO: "off",
    CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
    CARGO_PROFILE_RELEASE_DEBUG: "0",
    CARGO_TERM_COLOR: "never",
  };
  delete env.CARGO_BUILD_TARGET;
  delete env.RUSTFLAGS;
  delete env.CARGO_ENCODED_RUSTFLAGS;
  return env;
}

function explainCache(error) {
  if (["EACCES", "EEXIST", "ENOENT", "ENOTDIR", "EPERM", "EROFS"].includes(error.code)) {
    throw new Failure(
      `the cache folder ${cacheFolder()} cannot be written`,
      "Make it writable, or name another one in TIDINGS_CACHE, then run the command again.",
    );
  }
  throw error;
}

function npmBinary(name, path) {
  const { version } = require(at("node_modules", name, "package.json"));
  const file = at("node_modules", name, path);
  if (!existsSync(file)) {
    throw new Failure(`${name} is not whole`, "Delete node_modules, then run the command again.");
  }
  return { path: file, id: `${name} ${version}` };
}

/** esbuild's own binary: its package `esbuild` holds only a wrapper until an
 * install script has run. */
function esbuildBinary() {
  const platform = `${process.platform}-${process.arch}`;
  return npmBinary(`@esbuild/${platform}`, windows ? "esbuild.exe" : "bin/esbuild");
}

const require = createRequire(import.meta.url);

const lastLines = (text, count) => text.trimEnd().split("\n").slice(-count).join("\n");
