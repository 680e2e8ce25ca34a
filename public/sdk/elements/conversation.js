/**
 * The messages of a chat in their order, what was said here and is not stored yet, and the
 * holes in between. No DOM, no network.
 *
 * The list is made of *entries*, which are never changed but replaced: who draws them
 * compares, and keeps a node by its `key`. A message that was said here keeps the key it
 * had while it was pending, so that it is one node, and read aloud once.
 */

const placeOf = (cursor) => Number(cursor.slice(cursor.indexOf('.') + 1));
const epochOf = (cursor) => cursor.slice(0, cursor.indexOf('.'));

export class Conversation {
  /** Messages and holes, by place. */
  #entries = [];
  /** Said here: `{ id, key, kind, text, cursor?, refusal? }`; `cursor` is where it is, as far as known. */
  #pending = [];
  #counter = 0;

  /** What is shown, oldest first. */
  get entries() {
    return [...this.#entries, ...this.#pending.filter(({ cursor }) => !this.#find(cursor))];
  }

  /** The texts that were said here and are not stored, as far as is known. */
  get unsent() {
    return this.#pending.filter(({ cursor }) => cursor === undefined).map(({ text }) => text);
  }

  /** The cursor of the oldest message, to ask for those before it. */
  get oldest() {
    return this.#entries.find(({ kind }) => kind === 'message')?.message.cursor;
  }

  get #newest() {
    return this.#entries.findLast(({ kind }) => kind === 'message')?.message.cursor;
  }

  /** Live: a message that is new, or is different now. Says whether it is new. */
  take(message, own) {
    const known = this.#find(message.cursor);
    if (known) {
      this.#replace(known, message);
      return false;
    }
    // Older than what is shown: it was changed, and comes with its page when somebody asks.
    if (this.oldest && placeOf(message.cursor) < placeOf(this.oldest)) return false;
    const mine = own && this.#waiting(message);
    if (mine?.stored) this.forget(mine.id);
    else if (mine) this.#settle(mine.id, { cursor: message.cursor });
    this.#insert({ kind: 'message', key: mine?.key ?? message.cursor, place: placeOf(message.cursor), own, message });
    return true;
  }

  /** A page of the past. */
  prepend(messages, isOwn) {
    const fresh = messages.filter(({ cursor }) => !this.#find(cursor));
    for (const message of fresh) {
      const { cursor } = message;
      this.#insert({ kind: 'message', key: cursor, place: placeOf(cursor), own: isOwn(message), message });
    }
    for (const message of fresh) this.#requote(message.cursor);
  }

  /** What somebody does to a message that only we have: an `edited`, `deleted` or `reaction` frame. */
  amend(frame) {
    const known = this.#find(frame.target);
    if (known) this.#replace(known, amended(known.message, frame));
  }

  /** Some of the past is lost: a hole, or everything where the room is a new one. */
  lose({ oldest, head }) {
    const newest = this.#newest;
    if (!newest) return;
    if (!head || epochOf(head) !== epochOf(newest)) this.#entries = [];
    else this.#insert({ kind: 'hole', key: `hole ${oldest}`, place: placeOf(newest) + 0.5 });
  }

  /** What is shown of the message at `cursor`, if it is. */
  at(cursor) {
    return this.#find(cursor);
  }

  /** What its reader is about to do to a message, or has done without an answer yet: see `deeds.js`. Says whether it is there. */
  intend(cursor, change) {
    const known = this.#find(cursor);
    if (known) this.#entries[this.#entries.indexOf(known)] = { ...known, intent: { ...known.intent, ...change } };
    return Boolean(known);
  }

  /** Something is said here; the id is for what becomes of it. */
  say(text) {
    this.#counter += 1;
    const id = `said ${this.#counter}`;
    this.#pending.push({ kind: 'pending', id, key: id, text });
    return id;
  }

  /** It is stored; the message itself has usually come already. */
  stored(id, cursor) {
    if (this.#find(cursor)) this.forget(id);
    else this.#settle(id, { cursor, stored: true });
  }

  refused(id, refusal) {
    this.#settle(id, { refusal, cursor: undefined });
  }

  /** Takes back what was refused; returns its text. */
  forget(id) {
    const found = this.#pending.find((pending) => pending.id === id);
    this.#pending = this.#pending.filter((pending) => pending !== found);
    return found?.text ?? '';
  }

  /** Lets go of the oldest beyond `most`. Says whether there were any. */
  trim(most) {
    const surplus = this.#entries.length - most;
    if (surplus > 0) this.#entries.splice(0, surplus);
    return surplus > 0;
  }

  #find(cursor) {
    if (cursor === undefined) return undefined;
    const at = this.#upTo(placeOf(cursor)) - 1;
    return this.#entries[at]?.message?.cursor === cursor ? this.#entries[at] : undefined;
  }

  /** How many entries are at `place` or before it. */
  #upTo(place) {
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#entries[middle].place <= place) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #insert(entry) {
    this.#entries.splice(this.#upTo(entry.place), 0, this.#quoting(entry));
  }

  #replace(entry, message) {
    this.#entries[this.#entries.indexOf(entry)] = this.#quoting({ ...entry, message });
    this.#requote(message.cursor);
  }

  /** What is quoted changes with its original: nothing that was deleted stays readable. */
  #requote(cursor) {
    this.#entries = this.#entries.map((entry) => (entry.message?.reply_to === cursor ? this.#quoting(entry) : entry));
  }

  #quoting(entry) {
    const target = entry.message?.reply_to;
    return target === undefined ? entry : { ...entry, quoted: this.#find(target)?.message ?? null };
  }

  /**
   * The message usually comes before its acknowledgement, which alone says that it is the
   * one we said: until then the same text is taken for it.
   */
  #waiting({ cursor, text }) {
    return this.#pending.find((pending) => pending.cursor === cursor)
      ?? this.#pending.find((pending) => pending.cursor === undefined && !pending.refusal && pending.text === text);
  }

  #settle(id, change) {
    this.#pending = this.#pending.map((pending) => {
      if (pending.id !== id) return pending;
      // Another message of the same text was taken for it, and has its key.
      const mistaken = pending.cursor !== undefined && pending.cursor !== change.cursor;
      return { ...pending, ...change, key: mistaken ? `${id} again` : pending.key };
    });
  }
}

/** The ids of those who reacted with `emoji`, which is a stranger's and may be called `constructor`. */
export function membersOf({ reactions }, emoji) {
  return reactions && Object.hasOwn(reactions, emoji) ? reactions[emoji] : [];
}

function amended(message, frame) {
  const { type, at, text, data, from, emoji, op } = frame;
  if (type === 'edited') return { ...message, edited_at: at, text: text ?? message.text, data: data ?? message.data };
  if (type === 'deleted') return { ...message, deleted: true, text: undefined, data: undefined, reactions: undefined };
  const others = membersOf(message, emoji).filter((id) => id !== from.id);
  const members = op === 'remove' ? others : [...others, from.id];
  const { [emoji]: _, ...rest } = message.reactions ?? {};
  return { ...message, reactions: members.length > 0 ? { ...rest, [emoji]: members } : rest };
}
