// `npm test`: everything that must hold before a change is landed, from a
// bare clone, in one command that is the same on a laptop and in CI.
//
// A failed step does not hide the ones behind it, unless they need what it
// should have made. The last line is the sum: "N passed, N failed, N skipped".

import { buildWorker } from "./build.mjs";
import { measureBundle } from "./check/bundle.mjs";
import { runNodeTests, testFiles } from "./check/node-tests.mjs";
import { checkPanics } from "./check/panics.mjs";
import { add, tallyCargo, words } from "./check/tally.mjs";
import { environment, root } from "./project.mjs";
import { run } from "./process.mjs";
import { setUp } from "./setup.mjs";
import { installChromium } from "./setup/chromium.mjs";
import { installFirefox } from "./setup/firefox.mjs";
import { CLIENTS, installPython, SCHEMATHESIS } from "./setup/python.mjs";
import { installLinters, WASM_TARGET } from "./setup/rust.mjs";
import { Failure, main, report } from "./terminal/failure.mjs";
import { say, step } from "./terminal/step.mjs";

const USAGE = `npm test                        everything
npm test -- native              fmt, clippy and cargo test, of benchmark and fuzz targets too
npm test -- scripts             the tests of these scripts and of the benchmark's
npm test -- site                the site's own modules, without a browser
npm test -- e2e                 the worker in a real workerd, over real sockets
npm test -- hostile             broken HTTP and WebSocket against the worker, byte by byte
npm test -- limits              long logs and crowds; npm run load goes further
npm test -- clients             other people's clients of streams and rooms, unmodified
npm test -- faults              both, killed and replaced while they are busy, and audited
npm test -- openapi             docs/openapi.yaml against the worker, by schemathesis
npm test -- browser             the site in a real Chromium and Firefox
npm test -- bundle              the size of what a deploy uploads, and where it could panic
npm test -- e2e browser         several of them
npm test -- --filter TEXT       only the tests whose name has TEXT in it
npm test -- --verbose           show all output, not only that of failures`;

const GROUPS = ["native", "scripts", "site", "e2e", "hostile", "limits", "clients", "faults", "openapi", "browser", "bundle"];

/** The benchmark's Rust: a workspace of its own, so that what it needs is not the Worker's. */
const BENCH = ["--manifest-path", "bench/Cargo.toml"];

/** What is fuzzed, as plain tests: without libFuzzer, which is C++. */
const FUZZ = ["--manifest-path", "fuzz/Cargo.toml"];

/** No step may hang a CI run. Generous: these are for hangs, not for slowness. */
const DEADLINES_MS = { check: 20 * 60_000, native: 20 * 60_000, e2e: 15 * 60_000, clients: 15 * 60_000, faults: 15 * 60_000, openapi: 10 * 60_000, browser: 15 * 60_000 };

const PASS = { passed: 1, failed: 0, skipped: 0 };
const FAIL = { passed: 0, failed: 1, skipped: 0 };

main(async (argv) => {
  const options = parse(argv);
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const toolchain = await setUp();
  let total = { passed: 0, failed: 0, skipped: 0 };
  const count = (tally) => {
    total = add(total, tally);
  };
  if (options.groups.has("native")) {
    await native(options, count);
  }
  if (options.groups.has("scripts")) {
    await nodeTests("scripts", "scripts", { ...options, toolchain, deadline: DEADLINES_MS.e2e }, count);
    await nodeTests("benchmark's scripts", "bench/runner", { ...options, toolchain, deadline: DEADLINES_MS.e2e }, count);
  }
  if (options.groups.has("site")) {
    await nodeTests("site modules", "tests/site", { ...options, toolchain, deadline: DEADLINES_MS.e2e }, count);
  }
  if (["e2e", "hostile", "limits", "clients", "faults", "openapi", "browser", "bundle"].some((group) => options.groups.has(group))) {
    await worker({ ...options, toolchain }, count);
  }
  if (total.passed + total.failed === 0) {
    say("no test ran: give a name that exists, or add tests");
  }
  console.log(words(total));
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
});

function parse(argv) {
  const options = { groups: new Set(), filter: "", verbose: false, help: false };
  const rest = argv.filter((argument) => argument !== "--");
  for (let i = 0; i < rest.length; i += 1) {
    const argument = rest[i];
    if (argument === "--filter") {
      options.filter = rest[(i += 1)] ?? "";
    } else if (argument.startsWith("--filter=")) {
      options.filter = argument.slice("--filter=".length);
    } else if (argument === "--verbose") {
      options.verbose = true;
    } else if (argument === "--help" || argument === "-h") {
      options.help = true;
    } else if (GROUPS.includes(argument)) {
      options.groups.add(argument);
    } else {
      throw new Failure(`npm test knows no "${argument}"`, `It knows:\n${USAGE}`);
    }
  }
  if (options.groups.size === 0) {
    options.groups = new Set(GROUPS);
  }
  return options;
}

async function native({ filter, verbose }, count) {
  const lint = ["--", "-D", "warnings"];
  if (!filter) {
    // Checks have no name to be filtered by.
    await installLinters();
    await check("cargo fmt", ["fmt", "--check"], verbose, count);
    await check("clippy, native", ["clippy", "--all-targets", ...lint], verbose, count);
    await check("clippy, wasm", ["clippy", "--target", WASM_TARGET, "--lib", ...lint], verbose, count);
  }
  await cargoTest("cargo test", ["test"], { filter, verbose }, count);
  if (!filter) {
    await check("cargo fmt, benchmark", ["fmt", ...BENCH, "--all", "--check"], verbose, count);
    await check("clippy, benchmark", ["clippy", ...BENCH, "--all-targets", ...lint], verbose, count);
  }
  await cargoTest("cargo test, benchmark", ["test", ...BENCH], { filter, verbose }, count);
  if (!filter) {
    await check("cargo fmt, fuzz targets", ["fmt", ...FUZZ, "--check"], verbose, count);
    await check("clippy, fuzz targets", ["clippy", ...FUZZ, "--lib", "--tests", ...lint], verbose, count);
  }
  await cargoTest("cargo test, fuzz targets", ["test", ...FUZZ], { filter, verbose }, count);
}

async function cargoTest(title, command, { filter, verbose }, count) {
  await judged(title, count, async (show) => {
    const args = [...command, "--no-fail-fast", ...(filter ? [filter] : [])];
    const { code, output, late } = await run("cargo", args, {
      cwd: root,
      env: environment(),
      deadline: DEADLINES_MS.native,
      echo: verbose,
      onLine: show,
    });
    const tally = tallyCargo(output);
    if (code !== 0 && tally.failed === 0) {
      tally.failed = 1; // it did not compile, or hung
    }
    return { tally, remark: words(tally), output: late ? `${output}\nended at the deadline` : output };
  });
}

async function check(title, args, echo, count) {
  await judged(title, count, async (show) => {
    const { code, output, late } = await run("cargo", args, {
      cwd: root,
      env: environment(),
      deadline: DEADLINES_MS.check,
      echo,
      onLine: show,
    });
    return { tally: code === 0 ? PASS : FAIL, output: late ? `${output}\nended at the deadline` : output };
  });
}

/** The steps that need the built worker. */
async function worker(options, count) {
  const { toolchain, groups, filter } = options;
  try {
    const built = await buildWorker(toolchain);
    say(built ? "the worker builds" : "the worker is up to date");
    if (!filter) {
      count(PASS);
    }
  } catch (error) {
    report(error);
    count(FAIL);
    say("the end-to-end, client, fault, description and browser tests need the worker: not run");
    return;
  }
  if (groups.has("e2e")) {
    await nodeTests("end-to-end tests", "tests/e2e", { ...options, deadline: DEADLINES_MS.e2e }, count);
  }
  if (groups.has("hostile")) {
    await nodeTests("hostile clients", "tests/hostile", { ...options, deadline: DEADLINES_MS.e2e }, count);
  }
  if (groups.has("limits")) {
    // One file at a time: a crowd is a crowd for its neighbours too.
    await nodeTests("limits", "tests/limits", { ...options, deadline: DEADLINES_MS.e2e, concurrency: 1 }, count);
  }
  if (groups.has("clients")) {
    await clientTests(options, count);
  }
  if (groups.has("faults")) {
    await nodeTests("faults", "tests/faults", { ...options, deadline: DEADLINES_MS.faults }, count);
  }
  if (groups.has("openapi")) {
    await descriptionTests(options, count);
  }
  if (groups.has("browser")) {
    await browserTests(options, count);
  }
  if (groups.has("bundle") && !filter) {
    await judged("deploy bundle", count, async () => {
      const { passed, remark, output } = await measureBundle(toolchain.node);
      return { tally: passed ? PASS : FAIL, remark, output };
    });
    await judged("panics in the wasm", count, async () => {
      const { passed, remark, output } = await checkPanics(toolchain.node);
      return { tally: passed ? PASS : FAIL, remark, output };
    });
  }
}

async function clientTests(options, count) {
  const python = await installPython(CLIENTS);
  if (!python) {
    say("************************************************************");
    say("PYTHON CLIENTS NOT TESTED: no Python 3.9 or later with venv, or");
    say("its packages could not be had. Install python3 and python3-venv,");
    say("or name a Python in PYTHON, then run npm test again.");
    say("************************************************************");
  }
  await nodeTests(
    "clients",
    "tests/clients",
    { ...options, deadline: DEADLINES_MS.clients, env: { TIDINGS_PYTHON: python ?? "" } },
    count,
  );
}

async function descriptionTests(options, count) {
  const python = await installPython(SCHEMATHESIS);
  if (!python) {
    say("************************************************************");
    say("SCHEMATHESIS NOT RUN: no Python 3.11 or later with venv, or its");
    say("packages could not be had. Install python3 and python3-venv, or");
    say("name a Python in PYTHON, then run npm test again.");
    say("************************************************************");
  }
  await nodeTests(
    "description of the HTTP surface",
    "tests/openapi",
    { ...options, deadline: DEADLINES_MS.openapi, env: { TIDINGS_PYTHON: python ?? "" } },
    count,
  );
}

async function browserTests(options, count) {
  const files = testFiles("tests/browser");
  if (files.length === 0) {
    return;
  }
  const chromium = await installChromium(options.toolchain.node);
  if (!chromium) {
    say("************************************************************");
    say("BROWSER TESTS SKIPPED: there is no Chromium on this machine.");
    say("Install it, or name one in CHROMIUM, then run npm test again.");
    say("************************************************************");
    count({ passed: 0, failed: 0, skipped: files.length });
    return;
  }
  const firefox = await installFirefox();
  if (!firefox) {
    say("************************************************************");
    say("FIREFOX NOT TESTED: there is none on this machine. Install it, or");
    say("name one in FIREFOX, then run npm test again.");
    say("************************************************************");
  }
  // One file at a time: two browsers on two cores make each other late.
  await nodeTests(
    "browser tests",
    "tests/browser",
    { ...options, deadline: DEADLINES_MS.browser, env: { CHROMIUM: chromium, FIREFOX: firefox ?? "" }, concurrency: 1 },
    count,
  );
}

async function nodeTests(title, folder, { toolchain, filter, verbose, deadline, env, concurrency }, count) {
  const files = testFiles(folder);
  if (files.length === 0) {
    return;
  }
  await judged(title, count, async (show) => {
    const { node } = toolchain;
    const result = await runNodeTests({
      node,
      files,
      filter,
      deadline,
      echo: verbose,
      onLine: show,
      concurrency,
      env: { TIDINGS_NODE: node, ...env },
    });
    return { ...result, remark: words(result.tally) };
  });
}

/** A step that is counted. Its output is shown when anything in it failed. */
async function judged(title, count, work) {
  let result;
  await step(title, async (show) => {
    result = await work(show);
    return [result.tally.failed > 0 ? "FAILED" : "", result.remark].filter(Boolean).join(", ");
  });
  count(result.tally);
  if (result.tally.failed > 0) {
    console.log(result.output.trimEnd());
  }
}
