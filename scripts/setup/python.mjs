// A Python with the packages of a requirements.txt in it: a virtual environment in
// the per-user cache, from whatever Python is on this machine.
//
// It is keyed by the hash of that file and by the Python it was made from, so all checkouts share one and a new pin makes a new one. pip checks
// every package against the hashes there, and installs wheels only: nothing of
// a package runs to install it. Which index pip asks is its user's business.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { holding } from "../lock.mjs";
import { at, cacheFolder, compareVersions } from "../project.mjs";
import { run, windows } from "../process.mjs";
import { say, step } from "../terminal/step.mjs";

/** The clients of streams and rooms that are tested. */
export const CLIENTS = {
  title: "the Python clients",
  requirements: at("tests", "clients", "python", "requirements.txt"),
  oldest: "3.9",
};

/** What checks the description of the HTTP surface. */
export const SCHEMATHESIS = {
  title: "schemathesis",
  requirements: at("tests", "openapi", "requirements.txt"),
  oldest: "3.11",
};

/** The order in which they are tried; PYTHON, if it is set, before all. */
const COMMANDS = windows ? ["python", "py"] : ["python3", "python"];

/** Says its version and where it is, if it can make a virtual environment with pip. */
const PROBE = "import sys, venv, ensurepip; print('%d.%d.%d' % sys.version_info[:3], sys.executable)";

const INSTALL_DEADLINE_MS = 5 * 60_000;

/**
 * The path of a Python with `requirements` installed, or nothing. `oldest` is the
 * oldest Python that the packages run on.
 * @param {{title: string, requirements: string, oldest: string}} wanted
 */
export async function installPython({ title, requirements, oldest }) {
  const found = await findPython(oldest);
  if (!found) {
    return undefined;
  }
  const key = createHash("sha256").update(readFileSync(requirements)).update(`${found.version} ${found.path}`);
  const home = join(cacheFolder(), `python-${key.digest("hex").slice(0, 16)}`);
  // Written last, so an interrupted installation is not taken for a whole one.
  const whole = join(home, "whole");
  const python = windows ? join(home, "Scripts", "python.exe") : join(home, "bin", "python");
  const usable = () => existsSync(whole) && existsSync(python);
  if (usable()) {
    return python;
  }
  try {
    await holding(
      join(cacheFolder(), "python.lock"),
      async () => {
        if (!usable()) {
          await install(title, requirements, found.path, home, python);
          writeFileSync(whole, "");
        }
      },
      { onWait: () => say("waiting for another process that installs Python packages …") },
    );
  } catch (error) {
    // The caller says what it means that there is none.
    console.log(String(error.output ?? error.message).trimEnd());
    return undefined;
  }
  return python;
}

async function findPython(oldest) {
  const named = process.env.PYTHON;
  for (const command of [...(named ? [named] : []), ...COMMANDS]) {
    const { code, stdout } = await run(command, ["-c", PROBE]);
    const [, version, path] = /^(\S+) (.+)$/m.exec(stdout) ?? [];
    if (code === 0 && version && compareVersions(version, oldest) >= 0) {
      return { version, path: path.trim() };
    }
  }
  return undefined;
}

async function install(title, requirements, base, home, python) {
  await step(`installing ${title}`, async (show) => {
    const options = { onLine: show, deadline: INSTALL_DEADLINE_MS, env: withoutPlaces(process.env) };
    mkdirSync(cacheFolder(), { recursive: true });
    rmSync(home, { recursive: true, force: true });
    // In its place at once: a virtual environment cannot be moved.
    succeed(await run(base, ["-m", "venv", home], options));
    const args = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input"];
    args.push("--require-hashes", "--only-binary=:all:", "-r", requirements);
    succeed(await run(python, args, options));
  });
}

function succeed({ code, output }) {
  if (code !== 0) {
    throw Object.assign(new Error("the Python packages could not be installed"), { output });
  }
}

/** A user's settings of where pip puts things are not for this environment. */
function withoutPlaces(env) {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(PIP_(USER|TARGET|PREFIX|ROOT)|PYTHON(HOME|PATH))$/.test(name)),
  );
}
