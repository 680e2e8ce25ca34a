// `npm run screenshots`: every page of the site, in both themes and at two widths,
// as pictures in screenshots/. To be looked at: no test sees what people see.

import { mkdirSync, readdirSync, rmSync } from "node:fs";

import { buildWorker } from "./build.mjs";
import { at, environment } from "./project.mjs";
import { run } from "./process.mjs";
import { setUp } from "./setup.mjs";
import { installChromium } from "./setup/chromium.mjs";
import { Failure, main } from "./terminal/failure.mjs";
import { say } from "./terminal/step.mjs";

main(async () => {
  const toolchain = await setUp();
  await buildWorker(toolchain);
  const chromium = await installChromium(toolchain.node);
  if (!chromium) {
    throw new Failure("there is no Chromium on this machine", "Install it, or name one in CHROMIUM, then run the command again.");
  }
  const folder = at("screenshots");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const { code, output } = await run(toolchain.node, [at("tests", "browser", "screenshots.mjs"), folder], {
    cwd: at(),
    env: environment({ CHROMIUM: chromium, TIDINGS_NODE: toolchain.node }),
    deadline: 10 * 60_000,
  });
  if (code !== 0) {
    throw new Failure("the pictures could not be taken", "Mend what it says above, then run the command again.", { output });
  }
  say(`${readdirSync(folder).length} pictures in ${folder}`);
  return 0;
});
