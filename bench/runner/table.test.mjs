// node --test bench/runner/*.test.mjs

import assert from "node:assert/strict";
import { test } from "node:test";

import { parse } from "./options.mjs";
import { spread, sum, table } from "./table.mjs";

const scenarios = [{ name: "rooms", what: "a room", figures: [{ title: "rate", of: (run) => run.rate }] }];
const run = (peer, rate, more = {}) => ({ scenario: "rooms", peer, rate, receivers: 2, sent: 5, ...more });

test("the middle of an even number of runs lies between the two in the middle", () => {
  assert.deepEqual(spread([4, 1, 3, 2]), { min: 1, median: 2.5, max: 4 });
  assert.deepEqual(spread([10, 9, 100]), { min: 9, median: 10, max: 100 });
});

test("a ratio is of the medians, and a run that failed is in none", () => {
  const runs = [run("tidings", 30), run("object", 10), run("tidings", 50), run("object", 20), run("object", 0, { error: "gone" })];
  const [tidings, object] = sum(runs, scenarios);
  assert.equal(tidings.ratio, 40 / 15);
  assert.deepEqual([object.min, object.max, object.ratio], [10, 20, 1]);
});

test("a ratio of more than a hundred is written out", () => {
  const runs = [run("tidings", 1_214), run("object", 10)];
  const about = { date: "2026-11-24T00:00:00Z", command: "", commit: "", machine: {}, versions: {} };
  assert.match(table(about, sum(runs, scenarios), runs, scenarios), /\| tidings \| 1,214 × 121 \|/);
});

test("without the JavaScript object there are no ratios, and a loss is in the table", () => {
  const runs = [run("tidings", 30, { lost: 3 })];
  const summary = sum(runs, scenarios);
  assert.equal(summary[0].ratio, undefined);
  const about = { date: "2026-11-24T00:00:00Z", command: "", commit: "", machine: {}, versions: {} };
  assert.match(table(about, summary, runs, scenarios), /\| tidings \| 30 \| 3 lost of 10 \|/);
});

test("the command line names scenarios and peers; what it does not know it refuses", () => {
  const { scenarios: some, peers, rounds } = parse(["--", "--only=rooms-closed,streams-50", "--peers", "object,axum"]);
  assert.deepEqual([some.map(({ name }) => name), peers.map(({ name }) => name), rounds], [["rooms-closed", "streams-50"], ["object", "axum"], 3]);
  assert.throws(() => parse(["--only", "rooms-7"]), /knows no "rooms-7"/);
  assert.throws(() => parse(["--rounds", "0"]), /from 1 on/);
});
