// What a client has seen, however it is written, in the same few words.

/** How long a wait lasts. It only says when to give up. */
const PATIENCE_MS = 60_000;

export class Follower {
  /** `{type, data, id}` in the order of arrival. */
  events = [];
  /** Why the client stopped for good; undefined while it follows. */
  stopped = undefined;

  #waiting = new Set();

  add({ type, data, id }) {
    this.events.push({ type, data, id });
    this.#changed();
  }

  /** The client has stopped by itself. */
  stop(why) {
    this.stopped ??= why;
    this.#changed();
  }

  untilEvents(count) {
    return this.#until(() => this.events.length >= count, `${count} events`);
  }

  untilStopped() {
    return this.#until(() => this.stopped !== undefined, "the client to stop for good");
  }

  #until(condition, what) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const last = JSON.stringify(this.events.slice(-3));
        reject(new Error(`waited in vain for ${what}; stopped: ${this.stopped}; ${this.events.length} events, the last: ${last}`));
      }, PATIENCE_MS);
      const check = () => {
        if (!condition()) return;
        clearTimeout(timer);
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }

  #changed() {
    for (const check of [...this.#waiting]) check();
  }
}
