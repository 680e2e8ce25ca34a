// Choices that a seed decides, so that a run can be made again.
//
// Every client draws from a source of its own: what one chooses does not depend on how
// far another has come. What a seed does not decide is time: how far everybody is when
// the runtime dies is the machine's affair.

/** A seed for a run that was given none. */
export const freshSeed = () => Math.floor(Math.random() * 2 ** 32);

export class Random {
  #state;

  /** @param {number} seed */
  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** A source of one's own, the same for the same name. */
  fork(name) {
    // FNV-1a, over the name and where this source began.
    let hash = (2166136261 ^ this.#state) >>> 0;
    for (const char of name) hash = Math.imul(hash ^ char.codePointAt(0), 16777619) >>> 0;
    return new Random(hash);
  }

  /** At least 0 and less than 1: mulberry32, <https://gist.github.com/tommyettinger/46a874533244883189143505d203312c>. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `low` to `high`, both among them. */
  between(low, high) {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** Whether something that happens with this probability does. */
  chance(probability) {
    return this.next() < probability;
  }

  /** One of several. */
  one(things) {
    return things[this.between(0, things.length - 1)];
  }

  /** The same things in another order. */
  shuffled(things) {
    const left = [...things];
    return things.map(() => left.splice(this.between(0, left.length - 1), 1)[0]);
  }
}
