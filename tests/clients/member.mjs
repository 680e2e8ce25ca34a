// What a client has seen of a room, however it is written, in the same few words.

/** How long a wait lasts. It only says when to give up. */
const PATIENCE_MS = 60_000;

export class Member {
  /** All frames in the order of arrival. */
  frames = [];
  /** Why the client stays away for good; undefined while it does not. */
  stopped = undefined;
  /** Says a frame; given by whoever starts the client. */
  say = undefined;
  /** Ends the client, wherever it stands; likewise. */
  leave = undefined;

  #waiting = new Set();

  add(frame) {
    this.frames.push(frame);
    this.#changed();
  }

  /** The client has stopped by itself. */
  stop(why) {
    this.stopped ??= why;
    this.#changed();
  }

  of(type) {
    return this.frames.filter((frame) => frame.type === type);
  }

  /** Everything that is in the room's log. */
  get events() {
    return this.frames.filter(({ type }) => ["message", "edited", "deleted", "reaction"].includes(type));
  }

  /** The cursors with which a frame was acknowledged. */
  acksOf(id) {
    return this.of("ack").filter((ack) => ack.id === id).map((ack) => ack.cursor);
  }

  untilWelcomes(count) {
    return this.until(() => this.of("welcome").length >= count, `${count} welcomes`);
  }

  untilEvents(count) {
    return this.until(() => this.events.length >= count, `${count} events`);
  }

  untilAcked(id) {
    return this.until(() => this.acksOf(id).length > 0, `the ack of ${id}`);
  }

  untilStopped() {
    return this.until(() => this.stopped !== undefined, "the client to stop for good");
  }

  until(condition, what) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(check);
        const last = JSON.stringify(this.frames.slice(-3)).slice(0, 1000);
        reject(new Error(`waited in vain for ${what}; stopped: ${this.stopped}; ${this.frames.length} frames, the last: ${last}`));
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
