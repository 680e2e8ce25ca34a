/**
 * Passes on the newest of many values, at most once in `every` milliseconds: at once when
 * it was quiet, and always the last one, so that everything comes to rest where it is.
 */
export class Pace {
  #every;
  #send;
  #world;
  #sentAt = -Infinity;
  #waiting = false;
  #newest;

  /** `world` has `now()` and `wait(ms, then)`, for tests. */
  constructor(every, send, world = { now: () => performance.now(), wait: (ms, then) => setTimeout(then, ms) }) {
    this.#every = every;
    this.#send = send;
    this.#world = world;
  }

  offer(value) {
    this.#newest = value;
    if (this.#waiting) return;
    const rest = this.#sentAt + this.#every - this.#world.now();
    if (rest <= 0) return this.#pass();
    this.#waiting = true;
    this.#world.wait(rest, () => this.#pass());
  }

  #pass() {
    this.#waiting = false;
    this.#sentAt = this.#world.now();
    this.#send(this.#newest);
  }
}
