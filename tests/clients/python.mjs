// A Python program that follows a stream, or is in a room, and prints a line of JSON
// for each event or frame.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { Follower } from "./follower.mjs";
import { Member } from "./member.mjs";

/** A Python with the clients installed (scripts/setup/python.mjs), or nothing. */
const PYTHON = process.env.TIDINGS_PYTHON;

/** Why the tests are skipped, for the test runner; false where they are not. */
export const missing = PYTHON ? false : "there is no Python 3.9 or later with venv";

/** Starts a program of python/ that follows a stream. It has stopped when it has ended. */
export function startPython(program, url) {
  const follower = new Follower();
  run(program, [url], {
    onLine: (event) => follower.add(event),
    onEnd: (why) => follower.stop(why),
  });
  return follower;
}

/** Starts a program of python/ that is in a room, and says each line that it reads. `options` are the package's. */
export function joinByPython(program, url, options = {}) {
  const member = new Member();
  const child = run(program, [url, JSON.stringify(options)], {
    onLine: (frame) => {
      if (frame.type !== "end") return member.add(frame);
      member.stop(frame.why);
      child.stdin.end();
    },
    onEnd: (why) => member.stop(why),
  });
  child.stdin.on("error", () => {}); // it has ended, and that is told
  member.say = (frame) => child.stdin.write(`${JSON.stringify(frame)}\n`);
  member.leave = () => child.kill();
  return member;
}

function run(program, args, { onLine, onEnd }) {
  const path = fileURLToPath(new URL(`python/${program}`, import.meta.url));
  const child = spawn(PYTHON, [path, ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    // Requests go where the test says, whatever this machine's proxy settings are.
    env: { ...process.env, NO_PROXY: "*", no_proxy: "*", PYTHONIOENCODING: "utf-8", PYTHONDONTWRITEBYTECODE: "1" },
  });
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    complaints += text;
  });
  createInterface({ input: child.stdout }).on("line", (line) => onLine(JSON.parse(line)));
  // "close" comes after the last line.
  child.once("error", (error) => onEnd(String(error)));
  child.once("close", (code) => onEnd(code === 0 ? "ended" : `exit code ${code}: ${complaints}`));
  return child;
}
