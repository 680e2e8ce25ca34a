/** What is written and not yet on its way, as few messages as it can be. */

/** Of JSON; three bytes each at the most, and a frame has 64 KiB. */
const MAX_LENGTH = 16_000;

export class Parcel {
  #operations = [];

  get isEmpty() {
    return this.#operations.length === 0;
  }

  /** Of `member`, who is behind the `session` of their operations. */
  add(operations, member) {
    for (const operation of operations) {
      const last = this.#operations.at(-1);
      if (last && continues(last, operation, member)) this.#operations.splice(-1, 1, { ...last, insert: last.insert + operation.insert });
      else this.#operations.push(operation);
    }
  }

  /** The next message's operations; nothing when there are none. */
  next() {
    let [count, length] = [0, 0];
    for (const operation of this.#operations) {
      length += JSON.stringify(operation).length;
      if (count > 0 && length > MAX_LENGTH) break;
      count += 1;
    }
    return count > 0 ? this.#operations.splice(0, count) : undefined;
  }
}

/** How long an insertion may grow by typing on. */
const MAX_RUN = 500;

/** Whether one has typed on: then two insertions are one. */
function continues(last, { insert, n, session, after }, member) {
  if (last.insert === undefined || insert === undefined || last.session !== session) return false;
  const length = [...last.insert].length;
  return length + insert.length <= MAX_RUN && n === last.n + length && after?.[0] === n - 1 && after[1] === `${member}.${session}`;
}
