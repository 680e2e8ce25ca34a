// A folder of *.test.mjs files, run by Node's own test runner.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

import { at, environment, root } from "../project.mjs";
import { run } from "../process.mjs";
import { elapsed } from "../terminal/step.mjs";
import { tallyNode, unfinishedFiles } from "./tally.mjs";

/** Two workers and their browsers are what two cores can bear. */
const CONCURRENCY = 2;

/** Every *.test.mjs under a folder of the project, sorted. */
export function testFiles(folder) {
  const path = at(...folder.split("/"));
  if (!existsSync(path)) {
    return [];
  }
  return readdirSync(path, { withFileTypes: true })
    .flatMap((entry) =>
      entry.isDirectory()
        ? testFiles(`${folder}/${entry.name}`)
        : entry.name.endsWith(".test.mjs")
          ? [relative(root, join(path, entry.name))]
          : [],
    )
    .sort();
}

/**
 * Runs test files with `node`. Answers the tally, and the output to show.
 * @param {{node: string, files: string[], filter?: string, deadline: number, env?: object, echo?: boolean, onLine?: Function, concurrency?: number}} options
 */
export async function runNodeTests({ node, files, filter, deadline, env = {}, echo, onLine, concurrency = CONCURRENCY }) {
  const folder = mkdtempSync(join(tmpdir(), "tidings-test-"));
  const lines = join(folder, "tests.jsonl");
  const args = ["--test", `--test-concurrency=${concurrency}`];
  args.push("--test-reporter=spec", "--test-reporter-destination=stdout");
  args.push(`--test-reporter=${at("scripts", "check", "reporter.mjs")}`, `--test-reporter-destination=${lines}`);
  if (filter) {
    // A file none of whose tests has the name runs its `before` hooks and not
    // its `after` hooks: what they started would keep it from ending.
    args.push(`--test-name-pattern=${filter}`, "--test-force-exit");
  }
  const started = Date.now();
  try {
    const { code, output, late } = await run(node, [...args, ...files], {
      cwd: root,
      env: environment(env),
      deadline,
      echo,
      onLine,
    });
    const facts = existsSync(lines) ? readFileSync(lines, "utf8") : "";
    const tally = tallyNode(facts);
    let words = output;
    if (late) {
      tally.failed += 1;
      words += `\nended after ${elapsed(started)}, the deadline of this step; not finished:\n`;
      words += unfinishedFiles(facts).map((file) => `  ${relative(root, file)}\n`).join("");
    } else if (code !== 0 && tally.failed === 0) {
      tally.failed += 1; // the runner itself fell over
    }
    return { tally, output: words };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
