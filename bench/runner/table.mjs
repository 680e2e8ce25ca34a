// What the runs of a scenario have in common: the least, the median and the most.

import { BASE, PATH } from "./peers.mjs";
import { digits } from "./scenarios.mjs";

/** Least, median and most of some numbers. */
export function spread(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { min: sorted[0], median, max: sorted.at(-1) };
}

/**
 * For each scenario, peer and figure: the spread, and the ratio of the medians to the
 * minimal JavaScript object's.
 */
export function sum(runs, scenarios) {
  return scenarios.flatMap(({ name, figures }) => {
    const ofPeer = (peer, { of }) =>
      runs.filter((run) => run.scenario === name && run.peer === peer && !run.error).map(of).filter((value) => value !== undefined);
    const peers = [...new Set(runs.filter((run) => run.scenario === name).map(({ peer }) => peer))];
    return peers.flatMap((peer) =>
      figures.flatMap((figure) => {
        const values = ofPeer(peer, figure);
        if (values.length === 0) return [];
        const base = ofPeer(BASE, figure);
        const found = spread(values);
        const ratio = base.length > 0 && spread(base).median > 0 ? found.median / spread(base).median : undefined;
        return [{ scenario: name, peer, figure: figure.title, ...found, ratio }];
      }),
    );
  });
}

/** A table in Markdown for each scenario, and where it was measured. */
export function table({ date, command, commit, machine, versions }, summary, runs, scenarios) {
  const parts = scenarios.map(({ name, what, figures }) => {
    const ofScenario = runs.filter((run) => run.scenario === name);
    const rows = [...new Set(ofScenario.map(({ peer }) => peer))].map((peer) => {
      const cells = figures.map(({ title }) => cell(summary.find((of) => of.scenario === name && of.peer === peer && of.figure === title)));
      return `| ${[peer, ...cells, remark(ofScenario.filter((run) => run.peer === peer))].join(" | ")} |`;
    });
    const head = ["", ...figures.map(({ title }) => title), "remarks"];
    return [`**${name}**: ${what}`, "", `| ${head.join(" | ")} |`, `|${head.map((_, n) => (n === 0 || n === head.length - 1 ? "---" : "---:")).join("|")}|`, ...rows].join("\n");
  });
  const words = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${date.slice(0, 10)}, ${machine.cpu}, ${machine.cores} cores, ${machine.memory_gib} GiB, ${machine.kernel}; ${words.join(", ")}; commit ${commit}; ${command}`,
    `Median (least–most) × ratio to ${BASE}. Tidings' messages are stored, acknowledged and in order; nobody else's are but those of object-durable and object-batched, which are stored. In a closed loop a sender of Tidings waits for the acknowledgement, another's for its own message's echo, a publisher for the answer.`,
    PATH,
    ...parts,
  ].join("\n\n");
}

function cell(of) {
  if (!of) return "–";
  const { min, median, max, ratio } = of;
  const range = min === max ? "" : ` (${digits(min)}–${digits(max)})`;
  return `${digits(median)}${range}${ratio === undefined || of.peer === BASE ? "" : ` × ${times(ratio)}`}`;
}

/** Two digits, and no exponent where there are more. */
const times = (ratio) => (ratio >= 100 ? digits(Math.round(ratio)) : ratio.toPrecision(2));

function remark(runs) {
  const found = new Set();
  for (const run of runs) {
    if (run.error) found.add(`failed: ${run.error.slice(0, 100)}`);
    for (const fault of ["lost", "repeated", "reordered"]) if (run[fault] > 0) found.add(`${run[fault]} ${fault} of ${run.receivers * run.sent}`);
    if (run.client_bound) found.add("client-bound");
    // Work that waits for the disk, or a core that others used too.
    if (run.moves_on !== "schedule" && run.server_cpu < 0.85) found.add(`its server had only ${Math.round(run.server_cpu * 100)} % of its core`);
    for (const failure of run.failures ?? []) found.add(failure.slice(0, 100));
  }
  return [...found].join("; ");
}
