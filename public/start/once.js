/** Waiting for one thing that may never happen. */

/** Generous: a worker that was just started takes a second for its first answer. */
const PATIENCE_MS = 10_000;

/** `begin(resolve, reject)` as of a promise; rejects when it takes too long. */
export function once(begin) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('No answer within 10 seconds.')), PATIENCE_MS);
    const settle = (then) => (value) => {
      clearTimeout(timer);
      then(value);
    };
    begin(settle(resolve), settle(reject));
  });
}

export const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
