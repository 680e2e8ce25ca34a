// One run: a peer on the first core, the load generator on the second.

import { createInterface } from "node:readline";

import { launch, run, signalGroup } from "../../scripts/process.mjs";
import { at, environment } from "../../scripts/project.mjs";

const [SERVER_CORE, CLIENT_CORE] = ["0", "1"];
const START_MS = 30_000;
const END_MS = 3_000;

/**
 * Answers what the load generator printed, or `{ error }`; a fault of the peer ends a
 * run, not the benchmark.
 */
export async function measure(peer, scenario, { node }) {
  let server;
  try {
    server = await start(peer, scenario.vars, node);
    const options = { ...scenario.load, dialect: peer.dialect, port: server.port, pid: server.pid };
    const figures = Object.entries(peer.figures).filter(([what]) => what === scenario.needs || scenario.needs === "both");
    if (figures.length > 0) options.figures = figures.map(([, path]) => path).join(",");
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const deadline = ((scenario.load.seconds ?? 5) + 90) * 1_000;
    const load = ["-c", CLIENT_CORE, at("bench", "target", "release", "load"), ...args];
    const { code, stdout, output, late } = await run("taskset", load, { cwd: at("bench"), env: environment(), deadline });
    if (code !== 0) return { error: late ? "did not end in time" : output.trim().split("\n")[0] };
    const report = JSON.parse(stdout);
    return { ...report, faulty: ["lost", "repeated", "reordered"].some((fault) => report[fault] > 0) || report.failures?.length > 0 };
  } catch (error) {
    return { error: error.message };
  } finally {
    await server?.stop();
  }
}

/** Starts a peer; all its processes inherit the core. */
async function start({ start: [command, ...args] }, vars, node) {
  const program = command === "node" ? node : at("bench", command);
  const child = launch("taskset", ["-c", SERVER_CORE, program, ...args], {
    cwd: at("bench"),
    env: environment({ NODE_ENV: "production", BENCH_VARS: JSON.stringify(vars) }),
    stdio: ["pipe", "pipe", "pipe"],
  });
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (complaints = (complaints + text).slice(-4_096)));
  const ended = new Promise((resolve) => child.once("close", resolve));
  const stop = async () => {
    child.stdin.end();
    if (args.length === 0) child.kill("SIGTERM");
    const timer = setTimeout(() => signalGroup(child, "SIGKILL"), END_MS);
    await ended;
    clearTimeout(timer);
    // workerd can outlive a host that had to be killed.
    signalGroup(child, "SIGKILL");
  };
  const said = new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.startsWith('{"port"')) resolve(JSON.parse(line));
    });
    ended.then(() => reject(new Error(`did not start: ${complaints.trim().split("\n")[0]}`)));
    setTimeout(() => reject(new Error("did not start in time")), START_MS).unref();
  });
  try {
    return { ...(await said), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
