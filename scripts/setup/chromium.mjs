// A Chromium for the browser tests: the one that is there, else installed
// where that is possible without asking anybody.

import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import { at, environment, root } from "../project.mjs";
import { run } from "../process.mjs";
import { step } from "../terminal/step.mjs";
import { canInstall, executable, installDebian, onPath } from "./system.mjs";

const COMMANDS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

const MAC_APPS = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** The path of a Chromium, or nothing. */
export async function installChromium(node) {
  const found = findChromium();
  if (found) {
    return found;
  }
  const install = canInstall() ? (show) => installDebian("chromium", show) : (show) => installWithPlaywright(node, show);
  try {
    await step("installing Chromium", install);
  } catch {
    // The step has said that it failed; the caller says what that means.
  }
  return findChromium();
}

function findChromium() {
  const named = process.env.CHROMIUM;
  const candidates = [
    ...(named ? [named] : []),
    ...onPath(COMMANDS),
    ...MAC_APPS,
    ...playwrightBrowsers(),
  ];
  return candidates.find(executable);
}

function playwrightBrowsers() {
  const folder =
    process.env.PLAYWRIGHT_BROWSERS_PATH ??
    (process.platform === "darwin"
      ? join(homedir(), "Library", "Caches", "ms-playwright")
      : join(homedir(), ".cache", "ms-playwright"));
  if (!existsSync(folder)) {
    return [];
  }
  const inside = [
    "chrome-linux/chrome",
    "chrome-linux64/chrome",
    "chrome-mac/Chromium.app/Contents/MacOS/Chromium",
    "chrome-win/chrome.exe",
  ];
  return readdirSync(folder)
    .filter((name) => /^chromium-\d+$/.test(name))
    .sort((a, b) => Number(b.slice(9)) - Number(a.slice(9)))
    .flatMap((name) => inside.map((path) => join(folder, name, path)));
}

async function installWithPlaywright(node, show) {
  const command = at("node_modules", "playwright-core", "cli.js");
  const { code } = await run(node, [command, "install", "chromium"], {
    cwd: root,
    env: environment(),
    onLine: show,
    deadline: 5 * 60_000,
  });
  if (code !== 0) {
    throw new Error("playwright could not install chromium");
  }
}
