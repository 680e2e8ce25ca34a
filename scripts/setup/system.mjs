// Programs of the system: found, and installed where that asks nobody.

import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";

import { run } from "../process.mjs";

/** Whether packages of the system can be installed: as root on Debian and its kin. */
export function canInstall() {
  return process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
}

/** Installs a package of Debian's. */
export async function installDebian(name, show) {
  const options = {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    onLine: show,
    deadline: 10 * 60_000,
  };
  const install = () => run("apt-get", ["install", "-y", "--no-install-recommends", name], options);
  if ((await install()).code !== 0) {
    // The usual reason: a machine with no package lists yet.
    await run("apt-get", ["update"], options);
    if ((await install()).code !== 0) {
      throw new Error(`apt-get could not install ${name}`);
    }
  }
}

/** Where these commands would be on the PATH. */
export function onPath(commands) {
  const path = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return commands.flatMap((command) => path.map((folder) => join(folder, command)));
}

export function executable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
