/**
 * Watches the numbers of what arrives: each must be the one after the last. And keeps
 * account of an absence: what was published meanwhile has to come as replay, once each.
 *
 * Knows what was published from the sender, not from the reader that it judges. Has no
 * clock; times are passed in, in milliseconds.
 */

/** `k3x9.12` is number 12 in the life `k3x9`. Only an audit looks into a cursor. */
export function place(cursor) {
  const [epoch, seq] = cursor.split('.');
  return { epoch, seq: Number(seq) };
}

export class ResumeAudit {
  /** Of the last event that came; what to come back with. */
  cursor;
  seen = 0;
  lost = 0;
  doubled = 0;
  /**
   * The last absence: `missed` is known once the wire is back, `replayed` has the numbers
   * and how long after the return each came.
   */
  absence = null;
  #epoch;
  #last = 0;
  #published = 0;

  /** The sender was told that this is durable. */
  published(cursor) {
    this.#published = Math.max(this.#published, place(cursor).seq);
  }

  cut(now) {
    this.absence = { cutAt: now, backAt: null, from: this.#last, to: null, missed: null, replayed: [], complete: false };
  }

  back(now) {
    const { absence } = this;
    if (!absence || absence.backAt !== null) return;
    absence.backAt = now;
    absence.to = Math.max(this.#published, absence.from);
    absence.missed = absence.to - absence.from;
    absence.complete = absence.missed === 0;
  }

  /** Takes the next event: `live`, `replay` or `repeat`. What was skipped before it is lost. */
  take(cursor, now) {
    const { epoch, seq } = place(cursor);
    this.seen += 1;
    if (epoch !== this.#epoch) {
      // The first ever, or the name began a new life: numbers begin anew with it.
      if (this.#epoch !== undefined) this.absence = null;
      this.#epoch = epoch;
      this.#last = 0;
    }
    if (seq <= this.#last) {
      this.doubled += 1;
      return 'repeat';
    }
    this.lost += seq - this.#last - 1;
    this.#last = seq;
    this.cursor = cursor;
    return this.#replays(seq, now) ? 'replay' : 'live';
  }

  #replays(seq, now) {
    const { absence } = this;
    if (!absence || absence.complete || absence.backAt === null) return false;
    // Skipped to its end: what is missing of it counts as lost already.
    if (seq >= absence.to) absence.complete = true;
    if (seq > absence.to) return false;
    absence.replayed.push({ seq, after: now - absence.backAt });
    return true;
  }
}
