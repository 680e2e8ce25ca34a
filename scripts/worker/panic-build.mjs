// The worker with the feature `panic-route`, in a folder of its own, for the test of what
// a panic costs. Not what is deployed: quick to build, and built when something changed.

import { readFileSync, rmSync, writeFileSync } from "node:fs";

import { holding } from "../lock.mjs";
import { run } from "../process.mjs";
import { at, environment, root } from "../project.mjs";
import { setUp } from "../setup.mjs";
import { Failure } from "../terminal/failure.mjs";
import { exportOurs } from "./exports.mjs";
import { snapshot } from "./fingerprint.mjs";

/** The feature, and what a bundle that has it cannot hide. */
export const FEATURE = "panic-route";

/** The folder that it is built into, in the root. */
export const FOLDER = "build-panic";

const STAMP = at(FOLDER, ".inputs");

/**
 * Without what makes a release small, which takes most of the time. In a folder of its
 * own: what cargo leaves of the other is looked into, too.
 */
const QUICKLY = {
  CARGO_TARGET_DIR: at("target", "panic"),
  CARGO_PROFILE_RELEASE_LTO: "false",
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
};

/** Builds it where it is not the one that these sources give. */
export async function buildWithPanics() {
  const { tools, versions } = await setUp();
  await holding(at("target", "panic.lock"), async () => {
    const { inputs } = snapshot(versions);
    if (stamp() === inputs) {
      return;
    }
    rmSync(at(FOLDER), { recursive: true, force: true });
    const args = ["--release", "--no-opt", "--out-dir", FOLDER, ".", "--features", FEATURE];
    const { code, output, late } = await run(tools.workerBuild, args, {
      cwd: root,
      env: environment({ ...tools.env, ...QUICKLY, RUST_BACKTRACE: "0" }),
      deadline: 20 * 60_000,
    });
    if (code !== 0 || late) {
      throw new Failure("the worker with panics does not build", "Mend the error above.", { output });
    }
    await exportOurs(FOLDER);
    writeFileSync(STAMP, inputs);
  });
}

function stamp() {
  try {
    return readFileSync(STAMP, "utf8");
  } catch {
    return "";
  }
}
