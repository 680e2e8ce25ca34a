// `npm run fuzz`: hostile input to every decoder, as much of it as is asked for.
//
// libFuzzer searches for input that breaks what `fuzz/src` holds to be true, guided by
// the branches that it takes. The counters that it needs are a pass of LLVM's, which a
// stable Rust has too: there is nothing to install but a C++ compiler for libFuzzer itself.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { basename, join } from "node:path";

import { run } from "./process.mjs";
import { at, environment, root } from "./project.mjs";
import { Failure, main } from "./terminal/failure.mjs";
import { say, step } from "./terminal/step.mjs";

const USAGE = `npm run fuzz                       every target, 100,000 runs each
npm run fuzz -- --target T         only this one; may be given several times
npm run fuzz -- --runs N           so many runs each
npm run fuzz -- --jobs N           so many targets at once (default: one a core)
npm run fuzz -- --minimize         afterwards, replace what fuzz/corpus has by what reaches most`;

/**
 * What cargo-fuzz passes where no sanitizer is wanted: there is no unsafe code to watch.
 * But comparisons are not traced, which takes three times as long; the words that they
 * would find are in the dictionaries.
 */
const COVERAGE = [
  "-Cpasses=sancov-module",
  "-Cllvm-args=-sanitizer-coverage-level=4",
  "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
  "-Cllvm-args=-sanitizer-coverage-pc-table",
].join(" ");

/** Longer inputs find nothing more and take their time: a life ends after thirty steps. */
const MOST_BYTES = { digest: 300, room: 320, stream: 240 };
const MOST_BYTES_ELSEWHERE = 1_024;

/** So many inputs of a target are kept with the project: the longest, which reach most. */
const MOST_KEPT = 40;

/** What they are called there: so many digits of what libFuzzer calls them. */
const DIGITS = 12;
const UNNAMED = new RegExp(`^[0-9a-f]{${DIGITS}}$`);

/** One run that takes as long is a finding: endless loops are what it is for. In seconds. */
const SLOWEST = 20;

const TARGETS = readdirSync(at("fuzz", "fuzz_targets")).map((file) => basename(file, ".rs")).sort();

main(async (argv) => {
  const options = parse(argv);
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const programs = await build();
  const results = [];
  const waiting = [...options.targets];
  say(`${options.targets.length} targets, ${options.runs.toLocaleString("en")} runs each, ${options.jobs} at once`);
  const worker = async () => {
    for (let target = waiting.shift(); target; target = waiting.shift()) {
      const result = await search(target, programs(target), options);
      results.push(result);
      // Some take an hour: whoever ends it before all are through has what is done.
      say(`${target}: ${result.runs.toLocaleString("en")} runs in ${Math.round(result.seconds)} s, ${result.crashes.length} crashes`);
    }
  };
  await Promise.all(Array.from({ length: options.jobs }, worker));
  print(results.sort((a, b) => (a.target < b.target ? -1 : 1)));
  const broken = results.filter((result) => result.crashes.length > 0 || result.code !== 0);
  for (const { target, output, crashes } of broken) {
    console.log(`\n${target}: ${crashes.join(", ") || "no input was kept"}\n${output.trimEnd().split("\n").slice(-40).join("\n")}`);
  }
  if (broken.length === 0 && options.minimize) {
    for (const target of options.targets) {
      await minimize(target, programs(target));
    }
  }
  return broken.length > 0 ? 1 : 0;
});

function parse(argv) {
  const options = { targets: [], runs: 100_000, jobs: cpus().length, minimize: false, help: false };
  const rest = argv.filter((argument) => argument !== "--").flatMap((argument) => argument.split("="));
  const number = (text) => {
    const value = Number(text?.replaceAll(/[_,]/g, ""));
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new Failure(`"${text}" is not a number above 0`, `It is:\n${USAGE}`);
    }
    return value;
  };
  for (let i = 0; i < rest.length; i += 1) {
    if (rest[i] === "--target") {
      options.targets.push(rest[(i += 1)]);
    } else if (rest[i] === "--runs") {
      options.runs = number(rest[(i += 1)]);
    } else if (rest[i] === "--jobs") {
      options.jobs = number(rest[(i += 1)]);
    } else if (rest[i] === "--minimize") {
      options.minimize = true;
    } else if (rest[i] === "--help" || rest[i] === "-h") {
      options.help = true;
    } else {
      throw new Failure(`npm run fuzz knows no "${rest[i]}"`, `It knows:\n${USAGE}`);
    }
  }
  const unknown = options.targets.find((target) => !TARGETS.includes(target));
  if (unknown !== undefined) {
    throw new Failure(`there is no target "${unknown}"`, `There are: ${TARGETS.join(", ")}`);
  }
  options.targets = options.targets.length > 0 ? options.targets : TARGETS;
  return options;
}

/** Builds the programs that search; where each of them is. */
async function build() {
  const { output: about } = await cargo(["-vV"], { RUSTFLAGS: "" });
  const host = /^host: (.+)$/m.exec(about)?.[1];
  if (!host) {
    throw new Failure("there is no cargo, or it does not say for what it compiles", "Install Rust: https://rustup.rs");
  }
  await step("building the fuzz targets", async (show) => {
    // With a target cargo keeps the flags away from what only runs while it builds.
    const args = ["build", "--release", "--manifest-path", "fuzz/Cargo.toml", "--features", "libfuzzer", "--bins", "--target", host];
    const { code, output, late } = await cargo(args, { RUSTFLAGS: COVERAGE }, show);
    if (code !== 0 || late) {
      throw new Failure("the fuzz targets do not build", "Mend the error above; libFuzzer needs a C++ compiler (Debian: build-essential).", { output });
    }
  });
  return (target) => at("fuzz", "target", host, "release", target);
}

function cargo(args, env, onLine) {
  return run("cargo", args, { cwd: root, env: environment(env), onLine, deadline: 30 * 60_000 });
}

async function search(target, program, { runs }) {
  const [found, kept, artifacts] = ["found", "corpus", "artifacts"].map((folder) => at("fuzz", folder, target));
  [found, kept, artifacts].forEach((folder) => mkdirSync(folder, { recursive: true }));
  const dictionary = at("fuzz", "dictionaries", `${target}.dict`);
  const started = Date.now();
  const { code, output } = await run(
    program,
    [
      // New inputs go into the first folder, which git ignores.
      found,
      kept,
      `-runs=${runs}`,
      `-max_len=${MOST_BYTES[target] ?? MOST_BYTES_ELSEWHERE}`,
      `-timeout=${SLOWEST}`,
      `-artifact_prefix=${artifacts}/`,
      "-print_final_stats=1",
      "-verbosity=0",
      ...(existsSync(dictionary) ? [`-dict=${dictionary}`] : []),
    ],
    { cwd: root, env: environment({ RUST_BACKTRACE: "1" }), deadline: 24 * 60 * 60_000 },
  );
  return {
    target,
    code,
    output,
    runs: Number(/number_of_executed_units:\s*(\d+)/.exec(output)?.[1] ?? 0),
    seconds: (Date.now() - started) / 1_000,
    corpus: readdirSync(found).length + readdirSync(kept).length,
    crashes: readdirSync(artifacts).map((file) => `fuzz/artifacts/${target}/${file}`),
  };
}

/** Leaves in the corpus what reaches most of what was ever reached, in few and small files. */
async function minimize(target, program) {
  const kept = at("fuzz", "corpus", target);
  const least = at("fuzz", "found", `${target}.least`);
  mkdirSync(least, { recursive: true });
  // Branches, not how often they are taken: that would be ten times as many files.
  const args = ["-set_cover_merge=1", "-use_counters=0", least, at("fuzz", "found", target), kept];
  const { code, output } = await run(program, args, { cwd: root, env: environment({}), deadline: 60 * 60_000 });
  const size = (file) => statSync(join(least, file)).size;
  const files = readdirSync(least).sort((a, b) => size(b) - size(a)).slice(0, MOST_KEPT);
  if (code !== 0 || files.length === 0) {
    throw new Failure(`the corpus of ${target} could not be minimized`, "Look at what libFuzzer says.", { output });
  }
  // What has a name was a finding, and stays.
  for (const file of readdirSync(kept)) if (UNNAMED.test(file)) rmSync(join(kept, file));
  let bytes = 0;
  for (const file of files) {
    const data = readFileSync(join(least, file));
    bytes += data.length;
    writeFileSync(join(kept, file.slice(0, DIGITS)), data);
  }
  rmSync(least, { recursive: true });
  say(`${target}: ${files.length} inputs, ${bytes} bytes`);
}

function print(results) {
  const rows = [["target", "runs", "seconds", "runs/s", "corpus", "crashes"]];
  for (const { target, runs, seconds, corpus, crashes } of results) {
    const rate = Math.round(runs / Math.max(seconds, 0.001));
    rows.push([target, runs, seconds.toFixed(1), rate, corpus, crashes.length].map((cell) => (typeof cell === "number" ? cell.toLocaleString("en") : cell)));
  }
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  for (const row of rows) {
    console.log(row.map((cell, n) => (n === 0 ? String(cell).padEnd(widths[n]) : String(cell).padStart(widths[n]))).join("  "));
  }
}
