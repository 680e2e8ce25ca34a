// A Python program that follows a stream and prints a line of JSON for each event.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { Follower } from "./follower.mjs";

/** A Python with the clients installed (scripts/setup/python.mjs), or nothing. */
const PYTHON = process.env.TIDINGS_PYTHON;

/** Why the tests are skipped, for the test runner; false where they are not. */
export const missing = PYTHON ? false : "there is no Python 3.9 or later with venv";

/** Starts a program of python/. It has stopped when it has ended. */
export function startPython(program, url) {
  const follower = new Follower();
  const path = fileURLToPath(new URL(`python/${program}`, import.meta.url));
  const child = spawn(PYTHON, [path, url], {
    stdio: ["ignore", "pipe", "pipe"],
    // Requests go where the test says, whatever this machine's proxy settings are.
    env: { ...process.env, NO_PROXY: "*", no_proxy: "*", PYTHONIOENCODING: "utf-8", PYTHONDONTWRITEBYTECODE: "1" },
  });
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    complaints += text;
  });
  createInterface({ input: child.stdout }).on("line", (line) => follower.add(JSON.parse(line)));
  // "close" comes after the last line.
  child.once("error", (error) => follower.stop(String(error)));
  child.once("close", (code) => follower.stop(code === 0 ? "ended" : `exit code ${code}: ${complaints}`));
  return follower;
}
