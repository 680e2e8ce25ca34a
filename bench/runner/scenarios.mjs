// What is measured: what each scenario asks of the load generator, and which of the
// figures it shows.

const digits = (value) => (value >= 1_000 ? Math.round(value).toLocaleString("en-US") : Number(value.toPrecision(3)).toString());

/** A figure: where it is in a run, and what it is called. */
const figure = (title, of) => ({ title, of });

const DELIVERIES = figure("deliveries/s", (run) => run.deliveries_per_second);
const CPU = figure("CPU µs/delivery", (run) => run.cpu_us_per_delivery);
const P50 = figure("p50 ms", (run) => run.latency_ms?.p50);
const P99 = figure("p99 ms", (run) => run.latency_ms?.p99);
const MEMORY = figure("kB/connection", (run) => run.kb_per_connection);
const FURTHER = figure("kB/further connection", (run) => run.kb_per_further_connection);
const IDLE_CPU = figure("CPU ms/minute", (run) => run.idle_seconds && (run.idle_cpu_ms * 60) / run.idle_seconds);
const ROWS = figure("rows/message", (run) => run.rows_per_message);
const REQUESTS = figure("object requests/message", (run) => run.requests_per_message);

/**
 * @param {string} needs what a peer must be able to do
 * @param {Record<string, string | number>} load the load generator's options
 * @param {{title: string, of: (run: object) => number | undefined}[]} figures
 * @param {{quick?: object, inQuick?: boolean, vars?: Record<string, string>}} more `vars`: what Tidings is told otherwise
 */
function scenario(name, what, needs, load, figures, { quick = {}, inQuick = true, vars = {} } = {}) {
  const line = (run) =>
    run.error ?? figures.map(({ title, of }) => `${title} ${of(run) === undefined ? "–" : digits(of(run))}`).join(", ") + remarks(run);
  return { name, what, needs, load, figures, quick, inQuick, vars, line };
}

function remarks(run) {
  const found = [];
  for (const fault of ["lost", "repeated", "reordered"]) if (run[fault] > 0) found.push(`${run[fault]} ${fault.toUpperCase()}`);
  if (run.client_bound) found.push("client-bound");
  found.push(...(run.failures ?? []));
  return found.length > 0 ? ` (${found.join("; ")})` : "";
}

/** In seconds, before anything counts: until what is called often is compiled, and a stream's readers are where they stay while it is hot. */
const warmup = 3;
/** The same of what is said on a schedule, too seldom for that: more often until the last three seconds. `n` is how many receive it. */
const warmedUp = (n) => ({ warmup: 8, "warmup-rate": 30_000 / n });
/** In seconds, of what comes fifty times a second: three thousand, of which the slowest thirty say what p99 is. */
const enough = { seconds: 60 };
const room = { members: 100, senders: 10, warmup };
const stream = { readers: 100, senders: 10, warmup };
const brief = { seconds: 2.5, warmup: 0.5 };

export const SCENARIOS = [
  scenario("rooms-closed", "100 members, 10 senders, closed loop, window 8", "rooms", { kind: "rooms-closed", ...room, window: 8 }, [DELIVERIES, CPU, P50, P99, ROWS, REQUESTS], { quick: brief }),
  scenario("rooms-50", "100 members, 50 messages/s", "rooms", { kind: "rooms-open", ...room, rate: 50, ...warmedUp(100), ...enough }, [CPU, P50, P99, ROWS, REQUESTS], { quick: brief }),
  scenario("rooms-300", "100 members, 300 messages/s", "rooms", { kind: "rooms-open", ...room, rate: 300, ...warmedUp(100) }, [CPU, P50, P99, ROWS, REQUESTS], { quick: brief }),
  scenario("rooms-1000", "1,000 members, 5 messages/s", "rooms", { kind: "rooms-open", ...room, members: 1_000, rate: 5, ...warmedUp(1_000), seconds: 12 }, [CPU, P50, P99], { quick: brief, inQuick: false }),
  scenario("streams-closed", "100 EventSources, 10 HTTP publishers, closed loop", "streams", { kind: "streams-closed", ...stream }, [DELIVERIES, CPU, P50, P99, ROWS, REQUESTS], { quick: brief }),
  scenario("streams-50", "100 EventSources, 50 events/s", "streams", { kind: "streams-open", ...stream, rate: 50, ...warmedUp(100), ...enough }, [CPU, P50, P99, ROWS, REQUESTS], { quick: brief }),
  scenario("streams-1000", "1,000 EventSources, 4 events/s", "streams", { kind: "streams-open", ...stream, readers: 1_000, rate: 4, ...warmedUp(2_500), seconds: 12 }, [CPU, P50, P99], { quick: brief, inQuick: false }),
  scenario("joins", "1,000 members join a room, 50 at a time; and what each then takes", "rooms", { kind: "idle", members: 1_000, readers: 0, seconds: 0 },
    [figure("joins/s", (run) => run.joins_per_second), figure("CPU µs/join", (run) => run.cpu_us_per_join), figure("further joins/s", (run) => run.further_joins_per_second), MEMORY, FURTHER]),
  scenario("subscriptions", "1,000 EventSources come, 50 at a time; and what each then takes", "streams", { kind: "idle", members: 0, readers: 1_000, seconds: 0 },
    [figure("subscriptions/s", (run) => run.subscriptions_per_second), figure("CPU µs/subscription", (run) => run.cpu_us_per_subscription), figure("further subscriptions/s", (run) => run.further_subscriptions_per_second), MEMORY, FURTHER], { inQuick: false }),
  scenario("cold-start-room", "from the start of the process to the first message back", "rooms", { kind: "first", members: 1, readers: 0 },
    [figure("ms since start", (run) => run.since_start_ms), figure("ms since connect", (run) => run.since_connect_ms)], { inQuick: false }),
  scenario("cold-start-stream", "from the start of the process to the first event", "streams", { kind: "first", members: 0, readers: 1 },
    [figure("ms since start", (run) => run.since_start_ms), figure("ms since connect", (run) => run.since_connect_ms)], { inQuick: false }),
  scenario("idle", "1,000 members and 1,000 EventSources, nothing happens", "both", { kind: "idle", members: 1_000, readers: 1_000, seconds: 60 },
    [IDLE_CPU, MEMORY, figure("wakes", wakes)], { quick: { seconds: 20 }, inQuick: false }),
  scenario("idle-silent", "the same without heartbeats, which the objects of JavaScript never have", "both", { kind: "idle", members: 1_000, readers: 1_000, seconds: 30 },
    [IDLE_CPU, figure("wakes", wakes)], { quick: { seconds: 20 }, inQuick: false, vars: { SSE_HEARTBEAT_SECONDS: "0" } }),
];

/**
 * How often the objects were woken, or constructed anew, while nothing happened. One that
 * is awake only since it was asked has slept until then, and that wake was ours.
 */
function wakes({ figures }) {
  if (!(figures?.length > 0) || figures.some(([before]) => before.wakes === undefined)) return undefined;
  return figures.reduce((sum, [before, after]) => sum + after.wakes - before.wakes - (after.awake_since >= after.asked - 50 ? 1 : 0), 0);
}

export { digits };
