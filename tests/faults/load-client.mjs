// What all clients of the load have in common: a life over many connections.

import { createHash } from "node:crypto";
import { setTimeout } from "node:timers/promises";

/** A fingerprint of what an event says. */
export const printOf = (text) => createHash("sha1").update(text).digest("base64").slice(0, 12);

/** Text of so many characters, which says nothing. */
export const padding = (random) => "x".repeat(random.chance(0.02) ? random.between(1000, 16_000) : random.between(0, 120));

export class Client {
  /** What it was told and never should have been. */
  complaints = [];
  /** How often it came back. */
  resumptions = 0;
  /** When it got something for the first time since `mark`; undefined before. */
  backAt = undefined;
  isStopping = false;

  /**
   * @param {string} name
   * @param {import("./cycle-random.mjs").Random} random
   */
  constructor(name, random) {
    this.name = name;
    this.random = random;
  }

  /** From now on it is away, until it gets something. */
  mark() {
    this.backAt = undefined;
  }

  /** It got something. */
  progressed() {
    this.backAt ??= Date.now();
  }

  complain(what) {
    // The first say all; a client that is told nonsense for ever must not fill the memory.
    if (this.complaints.length < 20) this.complaints.push(what);
  }

  /** Leaves some time, up to so many milliseconds. */
  pause(most) {
    return setTimeout(this.random.between(0, most));
  }
}
