/** The last messages of a room, as they are now. */

const KEPT = 500;

export class Messages {
  #byCursor = new Map();

  take({ type, target, ...event }) {
    if (type === 'message') return this.#keep(event);
    const message = this.#byCursor.get(target);
    if (!message) return undefined;
    if (type === 'edited') {
      const { cursor, id, from, at, ...said } = event;
      return this.#keep({ ...message, ...said, edited_at: at });
    }
    if (type === 'deleted') {
      const { text: _, data: __, reactions: ___, ...rest } = message;
      return this.#keep({ ...rest, deleted: true });
    }
    // An emoji may be called `constructor`.
    const reactions = { __proto__: null, ...message.reactions };
    const others = (reactions[event.emoji] ?? []).filter((id) => id !== event.from.id);
    reactions[event.emoji] = event.op === 'remove' ? others : [...others, event.from.id];
    if (!reactions[event.emoji].length) delete reactions[event.emoji];
    return this.#keep({ ...message, reactions: { ...reactions } });
  }

  #keep(message) {
    this.#byCursor.set(message.cursor, message);
    if (this.#byCursor.size > KEPT) this.#byCursor.delete(this.#byCursor.keys().next().value);
    return message;
  }
}
