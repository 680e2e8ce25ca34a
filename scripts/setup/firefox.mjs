// A Firefox for the browser tests: the one that is there, else installed where
// that is possible without asking anybody.

import { step } from "../terminal/step.mjs";
import { canInstall, executable, installDebian, onPath } from "./system.mjs";

const COMMANDS = ["firefox-esr", "firefox"];

const MAC_APPS = ["/Applications/Firefox.app/Contents/MacOS/firefox"];

/** The path of a Firefox, or nothing. */
export async function installFirefox() {
  const found = findFirefox();
  if (found || !canInstall()) {
    return found;
  }
  try {
    await step("installing Firefox", (show) => installDebian("firefox-esr", show));
  } catch {
    // The step has said that it failed; the caller says what that means.
  }
  return findFirefox();
}

function findFirefox() {
  const named = process.env.FIREFOX;
  return [...(named ? [named] : []), ...onPath(COMMANDS), ...MAC_APPS].find(executable);
}
