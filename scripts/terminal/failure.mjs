// A failure that a person can mend, and the one place that turns any error
// into words and an exit code.
//
// Every script promises to end in a sentence that names the mend, never in a
// bare stack trace. Code that knows what went wrong throws a `Failure`;
// anything else is a fault of ours and says so.

export class Failure extends Error {
  /**
   * @param {string} what what went wrong, without a full stop
   * @param {string} mend what to do about it: a whole sentence
   * @param {{output?: string, exitCode?: number}} [details] `output` is a
   *   tool's own words, shown before the sentence
   */
  constructor(what, mend, { output = "", exitCode = 1 } = {}) {
    super(what);
    this.mend = mend;
    this.output = output;
    this.exitCode = exitCode;
  }
}

/** Runs a script's main function and ends the process with its exit code. */
export async function main(body) {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < 18) {
    console.error(
      `tidings: Node ${process.versions.node} is too old for these scripts. Install Node 22 or later, then run the command again.`,
    );
    process.exit(1);
  }
  try {
    // An explicit exit: a forgotten timer or pipe must not keep a finished
    // command alive.
    process.exit((await body(process.argv.slice(2))) ?? 0);
  } catch (error) {
    process.exit(report(error));
  }
}

/** Prints an error and answers the exit code that goes with it. */
export function report(error) {
  if (error instanceof Failure) {
    if (error.output) {
      console.error(error.output.trimEnd());
    }
    console.error(`tidings: ${error.message}. ${error.mend}`);
    return error.exitCode;
  }
  if (process.env.TIDINGS_DEBUG) {
    console.error(error);
  }
  console.error(
    `tidings: unexpected: ${error?.message ?? error}. Run the command again with TIDINGS_DEBUG=1 and report what it prints as an issue.`,
  );
  return 1;
}
