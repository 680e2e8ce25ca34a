/** Listeners by name. One that throws keeps nothing from the others. */
export class Listeners {
  #byName = new Map();

  on(name, listener) {
    // Each its own, also where a function listens twice.
    const own = (...details) => listener(...details);
    const all = this.#byName.get(name) ?? new Set();
    this.#byName.set(name, all.add(own));
    return () => all.delete(own);
  }

  emit(name, ...details) {
    for (const listener of [...(this.#byName.get(name) ?? [])]) {
      try {
        listener(...details);
      } catch (error) {
        // Told as the browser tells what nobody catches.
        setTimeout(() => { throw error; });
      }
    }
  }
}
