// The npm packages: `npm ci`, only when what is installed is not what
// package-lock.json says.
//
// npm leaves its own account of an installation in node_modules, written
// last, so an interrupted one has none. Comparing that with the lock file
// needs no stamp of ours, and a hand-run `npm ci` counts as well.

import { readFileSync } from "node:fs";

import { at, root } from "../project.mjs";
import { run, windows } from "../process.mjs";
import { Failure } from "../terminal/failure.mjs";
import { step } from "../terminal/step.mjs";

export async function installPackages() {
  if (installed()) {
    return;
  }
  if (process.env.WRANGLER_COMMAND) {
    // wrangler runs our build: replacing node_modules would pull the floor
    // from under it.
    throw new Failure(
      "node_modules is not what package-lock.json says, and wrangler is running from it",
      "Stop wrangler, run npm ci, then start it again.",
    );
  }
  await step("installing the npm packages", async (show) => {
    // --ignore-scripts: nothing that we depend on needs its install script
    // (package.json names Node's and esbuild's platform packages), so nothing
    // gets to run one.
    const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    const { code, output, missing } = await run(windows ? "npm.cmd" : "npm", args, {
      cwd: root,
      onLine: show,
      // An `npm start` hands its own settings on to us; a `--port` among them
      // is none of this npm's business.
      env: withoutNpmSettings(process.env),
    });
    if (missing) {
      throw new Failure(
        "npm is not installed",
        "Install Node 22 or later with its npm, then run the command again.",
      );
    }
    if (code !== 0) {
      // Its list of options helps nobody.
      const words = output.replace(/npm (error|ERR!) Clean install a project[\s\S]*?(?=A complete log|$)/, "");
      throw new Failure("npm ci failed", mendFor(output), { output: words });
    }
  });
}

/** What to do about a failed `npm ci`, from its output. */
export function mendFor(output) {
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|E50\d|network/i.test(output)) {
    return "Connect to the network (or set npm's proxy and registry), then run the command again.";
  }
  if (/in sync/i.test(output)) {
    return "Run npm install to bring package-lock.json in line with package.json, then run the command again.";
  }
  if (/EACCES|EPERM|EROFS/.test(output)) {
    return "Make this folder and npm's cache writable for you, then run the command again.";
  }
  if (/ENOSPC/.test(output)) {
    return "Free some disk space, then run the command again.";
  }
  return "Mend what npm says above, then run the command again.";
}

function installed() {
  const wanted = packages(at("package-lock.json"));
  if (wanted === undefined) {
    throw new Failure("package-lock.json is missing", "Restore it with: git checkout package-lock.json");
  }
  const found = packages(at("node_modules", ".package-lock.json"));
  return found !== undefined && matches(wanted, found);
}

function packages(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8")).packages;
  } catch {
    return undefined;
  }
}

/** True when every package wanted on this platform is there in its version. */
export function matches(wanted, found, { platform, arch } = process) {
  return Object.entries(wanted).every(([path, entry]) => {
    const present = found[path];
    if (path === "" || !fits(entry, platform, arch)) {
      return true;
    }
    if (present === undefined) {
      // npm leaves out optional packages as it sees fit (another C library, a
      // fallback that is not needed). What is made for exactly this platform
      // is needed: Node, workerd and esbuild are such.
      return entry.optional === true && !(entry.os && entry.cpu && !entry.libc);
    }
    const same = entry.integrity === undefined || present.integrity === entry.integrity;
    return present.version === entry.version && same;
  });
}

function fits(entry, platform, arch) {
  const allows = (list, value) => list === undefined || list.includes(value);
  return allows(entry.os, platform) && allows(entry.cpu, arch);
}

function withoutNpmSettings(env) {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => !/^npm_config_(port|ip|var|persist_to|filter|ignore_scripts|omit|production|dry_run)$/i.test(name),
    ),
  );
}
