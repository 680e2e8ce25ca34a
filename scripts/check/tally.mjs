// Counting: what a runner's output says about how many passed.

/** Adds up every "test result:" line of cargo test. */
export function tallyCargo(output) {
  const tally = { passed: 0, failed: 0, skipped: 0 };
  const pattern = /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm;
  for (const [, passed, failed, ignored] of output.matchAll(pattern)) {
    tally.passed += Number(passed);
    tally.failed += Number(failed);
    tally.skipped += Number(ignored);
  }
  return tally;
}

/**
 * Adds up what reporter.mjs wrote: a line of JSON per finished test. A run
 * that was ended half-way has the lines of those that had finished.
 */
export function tallyNode(lines) {
  const tally = { passed: 0, failed: 0, skipped: 0 };
  for (const line of lines.split("\n")) {
    const { outcome } = parse(line);
    if (outcome in tally) {
      tally[outcome] += 1;
    }
  }
  return tally;
}

/** The files that reporter.mjs saw begin and not end. */
export function unfinishedFiles(lines) {
  const open = new Set();
  for (const line of lines.split("\n")) {
    const { began, ended } = parse(line);
    if (began) {
      open.add(began);
    }
    open.delete(ended);
  }
  return [...open];
}

function parse(line) {
  try {
    return JSON.parse(line) ?? {};
  } catch {
    return {}; // empty, or cut off by a kill
  }
}

export const add = (a, b) => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});

/** "3 passed, 0 failed, 1 skipped". */
export const words = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;
