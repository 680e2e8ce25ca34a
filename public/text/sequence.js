/**
 * A text that many write at once: a sequence CRDT (of the family of RGA, "replicated
 * growable array"). Every letter has an id for ever, and an insertion names the letter
 * behind which it goes, not a position, which others may have moved. A removed letter
 * stays as a tombstone, so that others can still be behind it.
 *
 * An id is a number and a site. The number is larger than every number that the site had
 * seen (a Lamport clock), so of two letters behind the same one the larger is the later,
 * and goes first; of equal numbers the site decides. All replicas that have taken the same
 * operations have the same text, whatever was concurrent. An operation must be taken after
 * those that its writer had seen: the log of a room sees to that.
 *
 * Operations are JSON: `{ insert, n, session, after }` and `{ remove: [[n, site, count], …] }`.
 * A site is the writer's id, as the room says it, and a session of theirs: so nobody can
 * write under another's ids.
 */

/** How far ahead of ours a clock may be. Honest ones are never; a hostile one would use up all numbers. */
const MAX_LEAP = 1_000_000;

const SESSION = /^[a-z0-9]{1,16}$/;

/** So that no operation is too large for a frame of a room, whatever its letters. */
export const MAX_INSERT = 2000;
export const MAX_RUNS = 100;

const idOf = (n, site) => `${n}@${site}`;
const isAhead = (a, b) => a.n > b.n || (a.n === b.n && a.site > b.site);

export class Sequence {
  /** Before the first letter. */
  #head = { n: 0, site: '', char: '', gone: true, next: null };
  #letters = new Map();
  #clock = 0;

  get text() {
    return this.visible().map(({ char }) => char).join('');
  }

  /** The letters that are to be seen, in order. A letter is a code point: half an emoji is nothing. */
  visible() {
    const letters = [];
    for (let at = this.#head.next; at; at = at.next) if (!at.gone) letters.push(at);
    return letters;
  }

  /** How much of the text is before `letter` or is it, in units of JavaScript strings; of `null`, nothing. */
  endOf(letter) {
    let length = 0;
    for (let at = this.#head; at; at = at.next) {
      if (!at.gone) length += at.char.length;
      if (at === (letter ?? this.#head)) return length;
    }
    return length;
  }

  /** Writes `text` behind a letter, or `null` for the beginning: the new letters, and operations for the others. */
  write(after, text, member, session) {
    const chars = [...(text.toWellFormed?.() ?? text)];
    const letters = [];
    const operations = [];
    for (let from = 0; from < chars.length; from += MAX_INSERT) {
      const before = letters.at(-1) ?? after;
      const insert = chars.slice(from, from + MAX_INSERT).join('');
      const operation = { insert, n: this.#clock + 1, session, after: before && [before.n, before.site] };
      this.take(operation, member);
      operations.push(operation);
      for (let i = 0; i < [...insert].length; i += 1) letters.push(this.#letters.get(idOf(operation.n + i, `${member}.${session}`)));
    }
    return { letters, operations };
  }

  /** Removes letters: operations for the others. */
  remove(letters) {
    const runs = [];
    for (const letter of letters) {
      letter.gone = true;
      const last = runs.at(-1);
      if (last && last[1] === letter.site && last[0] + last[2] === letter.n) last[2] += 1;
      else runs.push([letter.n, letter.site, 1]);
    }
    const operations = [];
    for (let from = 0; from < runs.length; from += MAX_RUNS) operations.push({ remove: runs.slice(from, from + MAX_RUNS) });
    return operations;
  }

  /** Takes an operation of `member`, once; what cannot be one is left out, by all alike. */
  take(operation, member) {
    if (Array.isArray(operation?.remove)) this.#takeRemove(operation.remove);
    else if (typeof operation?.insert === 'string') this.#takeInsert(operation, member);
  }

  #takeRemove(runs) {
    for (const run of runs) {
      if (!Array.isArray(run)) continue;
      const [n, site, count] = run;
      for (let i = 0; i < count; i += 1) {
        const letter = this.#letters.get(idOf(n + i, site));
        if (!letter) break;
        letter.gone = true;
      }
    }
  }

  #takeInsert({ insert, n, session, after }, member) {
    const site = `${member}.${session}`;
    // A text area knows one kind of line break.
    const chars = [...insert.replaceAll('\r', '\n')];
    const isOne = Number.isSafeInteger(n) && n > 0 && n <= this.#clock + MAX_LEAP && typeof session === 'string' && SESSION.test(session);
    let before = after === null ? this.#head : Array.isArray(after) ? this.#letters.get(idOf(...after)) : undefined;
    if (!isOne || !before || chars.some((_, i) => this.#letters.has(idOf(n + i, site)))) return;
    chars.forEach((char, i) => {
      const letter = { n: n + i, site, char, gone: false, next: null };
      while (before.next && isAhead(before.next, letter)) before = before.next;
      letter.next = before.next;
      before.next = letter;
      before = letter;
      this.#letters.set(idOf(letter.n, site), letter);
    });
    this.#clock = Math.max(this.#clock, n + chars.length - 1);
  }
}
