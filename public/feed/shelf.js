/**
 * What a feed shows, newest first, and what it holds back while somebody reads further
 * down: nothing may move under their eyes. Pure.
 */

/** A page that is open for days need not hold all that was ever published. */
export const KEEP = 200;

/** As long as a line may be that is typed here; what others publish is cut there. */
export const MAX_LENGTH = 280;

export const EMPTY = Object.freeze({ shown: [], held: [] });

/** `reading`: somebody has scrolled away from the top. */
export function add({ shown, held }, item, reading) {
  return reading ? { shown, held: [item, ...held].slice(0, KEEP) } : { shown: [item, ...held, ...shown].slice(0, KEEP), held: [] };
}

export function release({ shown, held }) {
  return { shown: [...held, ...shown].slice(0, KEEP), held: [] };
}

/** An event as an item, also one that curl has published as plain text; `null` where there is nothing to read. */
export function itemFrom({ cursor, data }) {
  const text = typeof data === 'string' ? data : data?.text;
  if (typeof text !== 'string' || text.trim() === '') return null;
  const at = Number.isFinite(data.at) ? new Date(data.at) : null;
  return { cursor, text: [...text.trim()].slice(0, MAX_LENGTH).join(''), at: at && !Number.isNaN(at.getTime()) ? at : null };
}

/** For those who listen: the item, or how many there are when they come together. */
export function announcement(items) {
  return items.length === 1 ? items[0].text : `${items.length} items`;
}
