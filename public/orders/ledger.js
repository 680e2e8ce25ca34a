/**
 * The messages of a room, and the book that follows from them.
 *
 * Somebody may change or delete a message, with another program: who comes later never
 * sees what it was. So the book is computed anew then, from the messages as they are now,
 * and all pages have one book again.
 */

import { Book } from './book.js';

export class Ledger {
  book = new Book();
  #messages = new Map();

  /** Takes a frame of the room; whether the book may have changed. */
  take(frame) {
    const { type, cursor, target } = frame;
    if (type === 'message' && !this.#messages.has(cursor)) {
      this.#messages.set(cursor, frame);
      this.book.take(frame);
      return true;
    }
    const changed = this.#messages.get(target);
    if (!changed || (type !== 'edited' && type !== 'deleted')) return false;
    const data = type === 'deleted' ? undefined : (frame.data ?? changed.data);
    this.#messages.set(target, { ...changed, data });
    this.book = new Book();
    for (const message of this.#messages.values()) this.book.take(message);
    return true;
  }
}
