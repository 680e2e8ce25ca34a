// What a client has seen, however it is written, in the same few words.

import { Waiting } from "../e2e/waiting.mjs";

/** How long a wait lasts. It only says when to give up. */
const PATIENCE_MS = 60_000;

export class Follower {
  /** `{type, data, id}` in the order of arrival. */
  events = [];
  /** Why the client stopped for good; undefined while it follows. */
  stopped = undefined;

  #waiting = new Waiting();

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
    return this.#waiting.until(condition, PATIENCE_MS, () => {
      const last = JSON.stringify(this.events.slice(-3));
      return `waited in vain for ${what}; stopped: ${this.stopped}; ${this.events.length} events, the last: ${last}`;
    });
  }

  #changed() {
    this.#waiting.changed();
  }
}
