/**
 * What is unread: everything behind the cursor that was marked as read. Pure.
 *
 * Cursors are compared for equality only. So a mark of another tab that this one does not
 * know yet is waited for: what comes up to it has been read there.
 */

export const MAX_LENGTH = 280;

export const EMPTY = Object.freeze({ unread: [], awaited: null });

/** An event as a notification; `null` where there is nothing to read. */
export function notificationFrom({ cursor, data }) {
  const text = typeof data === 'string' ? data : data?.text;
  return typeof text === 'string' && text.trim() !== '' ? { cursor, text: [...text.trim()].slice(0, MAX_LENGTH).join('') } : null;
}

export function arrive({ unread, awaited }, event) {
  if (event.cursor === awaited) return EMPTY;
  const notification = notificationFrom(event);
  return { awaited, unread: notification ? [...unread, notification] : unread };
}

/** Read, here or in another tab, up to `cursor`. */
export function markRead({ unread, awaited }, cursor) {
  const at = unread.findIndex((notification) => notification.cursor === cursor);
  return at < 0 ? { unread, awaited: cursor } : { unread: unread.slice(at + 1), awaited };
}

/** The cursor to keep when all that is shown is marked; `null` where nothing is, or another tab was further. */
export function markOf({ unread, awaited }) {
  return awaited === null ? (unread.at(-1)?.cursor ?? null) : null;
}

export function countWords(count) {
  return count === 0 ? 'Nothing is unread.' : `${count} unread`;
}
