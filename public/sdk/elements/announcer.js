/**
 * Reads aloud, but not all the time: what is offered is said at most every ten seconds,
 * the newest only, and never twice in a row. What is urgent (the end) is said at once.
 */

const EVERY_MS = 10_000;

/** For tests: the clock and the alarm. */
const BROWSER = {
  now: () => performance.now(),
  wait: (ms, then) => setTimeout(then, ms),
  stop: (alarm) => clearTimeout(alarm),
};

export class Announcer {
  #say;
  #world;
  #quietUntil;
  #alarm = null;
  #said = '';
  #next = '';

  /** `say` is given each text. A page that has just been opened has enough to say itself. */
  constructor(say, world = BROWSER) {
    this.#say = say;
    this.#world = world;
    this.#quietUntil = world.now() + EVERY_MS;
  }

  offer(text, urgent = false) {
    this.#next = text;
    const left = this.#quietUntil - this.#world.now();
    if (urgent || left <= 0) this.#speak();
    else this.#alarm ??= this.#world.wait(left, () => this.#speak());
  }

  stop() {
    if (this.#alarm !== null) this.#world.stop(this.#alarm);
    this.#alarm = null;
  }

  #speak() {
    this.stop();
    if (this.#next === this.#said) return;
    this.#said = this.#next;
    this.#quietUntil = this.#world.now() + EVERY_MS;
    this.#say(this.#said);
  }
}
