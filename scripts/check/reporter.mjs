// A reporter for `node --test` that writes a line of JSON per finished test,
// for tally.mjs. The runner's own summary comes only at the end, which a run
// that hangs never reaches.

export default async function* reporter(events) {
  for await (const { type, data } of events) {
    const file = data?.nesting === 0 && isFile(data.name) ? data.name : undefined;
    if (type === "test:dequeue" && file) {
      yield line({ began: file });
    } else if (type === "test:complete" && file) {
      yield line({ ended: file });
    }
    // A suite is not a test. A file is none either, unless it fell over by
    // itself: then nothing else tells of it.
    const counts = data?.details?.type !== "suite";
    if (type === "test:pass" && counts && !file) {
      yield line({ outcome: data.skip !== undefined || data.todo !== undefined ? "skipped" : "passed" });
    } else if (type === "test:fail" && counts && !(file && ofSubtests(data))) {
      yield line({ outcome: data.todo !== undefined ? "skipped" : "failed" });
    }
  }
}

const isFile = (name) => typeof name === "string" && name.endsWith(".test.mjs");

/** Failed only because a test in it did, which has been counted. */
const ofSubtests = (data) => data.details?.error?.failureType === "subtestsFailed";

const line = (fact) => `${JSON.stringify(fact)}\n`;
