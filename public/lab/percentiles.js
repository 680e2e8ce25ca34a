/** The last so many latencies, and what they say together. */

export class Latencies {
  #values = [];
  #capacity;

  constructor(capacity) {
    this.#capacity = capacity;
  }

  add(value) {
    this.#values.push(value);
    if (this.#values.length > this.#capacity) this.#values.shift();
  }

  /** Oldest first. */
  get values() {
    return [...this.#values];
  }

  /** `null` while there is nothing to sum up. */
  get summary() {
    if (this.#values.length === 0) return null;
    const sorted = this.values.sort((a, b) => a - b);
    return { min: sorted[0], median: percentile(sorted, 50), p95: percentile(sorted, 95), max: sorted.at(-1) };
  }
}

/** By nearest rank: always one of the values, never one that nobody has measured. */
export function percentile(sorted, percent) {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}
