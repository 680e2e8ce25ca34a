// Waiting for something to be so, without looking at the clock but to give up.

/** Those who wait; whoever changes something says so. */
export class Waiting {
  #checks = new Set();

  /** Something has changed. */
  changed() {
    for (const check of [...this.#checks]) check();
  }

  /**
   * Waits until `condition()` holds.
   *
   * @param {() => unknown} condition looked at now and whenever something changes
   * @param {number} patience in ms
   * @param {() => string} complaint what is said when that was in vain
   */
  until(condition, patience, complaint) {
    return new Promise((resolve, reject) => {
      const timer = globalThis.setTimeout(() => {
        this.#checks.delete(check);
        reject(new Error(complaint()));
      }, patience);
      const check = () => {
        if (!condition()) return;
        clearTimeout(timer);
        this.#checks.delete(check);
        resolve();
      };
      this.#checks.add(check);
      check();
    });
  }
}
