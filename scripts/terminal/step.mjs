// One line per step: what is being done, then how long it took.
//
// On a terminal the line appears at once and is finished in place, and a slow
// step shows the tool's latest line behind it. In a log there is no going
// back on a line, so it is written whole when the step ends (a step that is
// slow announces itself first, so that the log is not silent for minutes).

const terminal = process.stdout.isTTY === true;

/** Prints a line of ours. */
export function say(text) {
  process.stdout.write(`tidings: ${text}\n`);
}

/**
 * Runs `work` as a step called `title`. `slow` is a remark for a step of
 * minutes. `work` is given a function that shows a tool's latest line, and
 * answers a remark to print behind the time, or nothing.
 */
export async function step(title, work, { slow = "" } = {}) {
  const head = `tidings: ${title}${slow ? ` (${slow})` : ""} …`;
  const started = Date.now();
  if (terminal) {
    process.stdout.write(head);
  } else if (slow) {
    process.stdout.write(`${head}\n`);
  }
  const finish = (tail) => {
    const lead = terminal ? `\r\x1b[2K${head}` : slow ? `tidings: ${title} …` : head;
    process.stdout.write(`${lead} ${tail}\n`);
  };
  try {
    const remark = await work(terminal ? (line) => progress(head, line) : () => {});
    finish(`${elapsed(started)}${remark ? `, ${remark}` : ""}`);
  } catch (error) {
    finish(`failed after ${elapsed(started)}`);
    throw error;
  }
}

function progress(head, line) {
  const room = (process.stdout.columns ?? 80) - head.length - 2;
  const text = line.replace(/\x1b\[[0-9;]*[A-Za-z]/g, "").trim();
  if (room > 8 && text) {
    process.stdout.write(`\r\x1b[2K${head} ${text.slice(0, room)}`);
  }
}

/** The time since `started`, for people: "0.4 s", "41 s", "3 min 05 s". */
export function elapsed(started, now = Date.now()) {
  const seconds = (now - started) / 1000;
  if (seconds < 9.95) {
    return `${seconds.toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  if (whole < 60) {
    return `${whole} s`;
  }
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}
