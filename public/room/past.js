/**
 * Pages that compute something from the whole log of a room need all of it, from its first
 * event (`after: 'start'`). This says when everything up to the welcome has come, and
 * whether something of it is no longer kept.
 */

const LOST = 'The beginning of this room is no longer kept, so this cannot be computed from it. Open the page without the name in its address for a new room.';
const TORN = 'This page was away for longer than the room keeps what happens. Reload it.';

/** A cursor is `epoch.seq`; `seq` begins at 1 and has no holes. */
const seqOf = (cursor) => Number(cursor?.split('.')[1] ?? 0);

/** `room` was joined with `after: 'start'`. Each is called once at the most: `onWhole()`, or `onLost(sentence)`. */
export function awaitPast(room, onWhole, onLost) {
  let seen = 0;
  let head;
  let over = false;
  const end = (then, ...details) => {
    if (!over) then(...details);
    over = true;
  };
  room.on('gap', () => {
    if (seen === 0) return end(onLost, LOST);
    over = false; // it was whole, and is not any more
    return end(onLost, TORN);
  });
  room.on('frame', ({ type, cursor }) => {
    if (type === 'welcome') head ??= seqOf(cursor);
    if (['message', 'edited', 'deleted', 'reaction'].includes(type)) {
      if (seen === 0 && seqOf(cursor) !== 1) end(onLost, LOST);
      seen = seqOf(cursor);
    }
    if (seen >= head) end(onWhole);
  });
}
