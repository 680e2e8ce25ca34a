// Rust: there, new enough, and with what the build needs.
//
// rust-toolchain.toml asks for `stable` with its components and the wasm
// target, but that alone is not enough: rustup may be told not to install
// anything by itself (RUSTUP_AUTO_INSTALL=0), a machine may have only a
// numbered toolchain, or a Rust that rustup knows nothing of. So each thing
// is looked for, and asked for by name when it is missing.

import { existsSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import { compareVersions, oldestRust, root } from "../project.mjs";
import { run } from "../process.mjs";
import { Failure } from "../terminal/failure.mjs";
import { say, step } from "../terminal/step.mjs";

export const WASM_TARGET = "wasm32-unknown-unknown";

const RETRY = "then run the command again.";

/** Makes sure of cargo and its version. Answers what `rustc -vV` says. */
export async function findRust() {
  let { rustc, cargo } = await look();
  if ((rustc.missing || cargo.missing) && process.env.WORKERS_CI) {
    await installWithRustup();
    ({ rustc, cargo } = await look());
  }
  if (rustc.missing || cargo.missing) {
    throw new Failure("Rust is not installed", `Install Rust from https://rustup.rs, ${RETRY}`);
  }
  if (rustc.code !== 0) {
    rustc = await fallBackToDefaultToolchain(rustc);
  }
  const version = /^release: (\S+)/m.exec(rustc.stdout)?.[1] ?? "0";
  const oldest = oldestRust();
  if (compareVersions(version, oldest) < 0) {
    throw new Failure(
      `Rust ${version} is too old, ${oldest} is needed`,
      `Update it (rustup update stable), ${RETRY}`,
    );
  }
  return rustc.stdout;
}

const look = async () => ({
  rustc: await run("rustc", ["-vV"], { cwd: root }),
  cargo: await run("cargo", ["--version"], { cwd: root }),
});

/**
 * Cloudflare's own builds, which the Deploy button sets up, have no Rust and nobody to
 * install it: https://github.com/cloudflare/workers-rs/issues/779. On a machine that
 * belongs to somebody this is not ours to do.
 */
async function installWithRustup() {
  await step("installing Rust", async (show) => {
    const script = "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal --no-modify-path";
    const { code, output } = await run("sh", ["-c", script], { onLine: show, deadline: 10 * 60_000 });
    const folder = join(process.env.CARGO_HOME ?? join(homedir(), ".cargo"), "bin");
    if (code !== 0 || !existsSync(folder)) {
      throw new Failure("rustup could not install Rust", "Retry the build.", { output });
    }
    process.env.PATH = [folder, process.env.PATH].join(delimiter);
  });
}

/**
 * A machine may have no toolchain called `stable` and no way to get one, but
 * a default that will do: an image with `1.95.0` only, for example.
 */
async function fallBackToDefaultToolchain(failed) {
  const outside = { cwd: tmpdir() };
  const shown = await run("rustup", ["show", "active-toolchain"], outside);
  const name = shown.code === 0 ? shown.stdout.trim().split(/\s+/)[0] : "";
  if (name) {
    const rustc = await run("rustc", ["-vV"], outside);
    if (rustc.code === 0) {
      say(`the Rust toolchain "stable" is not installed, using the default one, ${name}`);
      process.env.RUSTUP_TOOLCHAIN = name;
      return rustc;
    }
  }
  throw new Failure("rustc does not run", `Run rustup toolchain install stable, ${RETRY}`, failed);
}

/** Makes sure of the wasm target. */
export async function installTarget() {
  const { stdout } = await run("rustc", ["--print", "target-libdir", "--target", WASM_TARGET], {
    cwd: root,
  });
  // Wherever the Rust is from, a target is installed when its library is.
  if (existsSync(stdout.trim())) {
    return;
  }
  await step(`adding the Rust target ${WASM_TARGET}`, async (show) => {
    const added = await run("rustup", ["target", "add", WASM_TARGET], { cwd: root, onLine: show });
    if (added.missing) {
      throw new Failure(
        `this Rust is not from rustup and lacks the target ${WASM_TARGET}`,
        `Install the target from where Rust came (Debian: apt install libstd-rust-dev-wasm32), or Rust from https://rustup.rs, ${RETRY}`,
      );
    }
    if (added.code !== 0) {
      throw new Failure(
        `rustup could not add the target ${WASM_TARGET}`,
        `Check the network, ${RETRY}`,
        added,
      );
    }
  });
}

/** Makes sure of rustfmt and clippy, which only the tests need. */
export async function installLinters() {
  for (const [component, subcommand] of [["rustfmt", "fmt"], ["clippy", "clippy"]]) {
    const found = await run("cargo", [subcommand, "--version"], { cwd: root });
    if (found.code === 0) {
      continue;
    }
    await step(`adding the Rust component ${component}`, async (show) => {
      const added = await run("rustup", ["component", "add", component], { cwd: root, onLine: show });
      if (added.code !== 0) {
        throw new Failure(
          `cargo ${subcommand} is missing`,
          `Install ${component} (rustup component add ${component}), ${RETRY}`,
          added,
        );
      }
    });
  }
}
