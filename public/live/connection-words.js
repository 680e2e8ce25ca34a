/** How a connection is, in a word, and the state by which it is coloured. Pure. */

const WORDS = {
  connecting: ['connecting', 'connecting…'],
  open: ['live', 'live'],
  waiting: ['reconnecting', 'reconnecting…'],
  offline: ['reconnecting', 'no network'],
};

const CLOSED = {
  done: ['done', 'done'],
  closed: ['done', 'paused'],
  deleted: ['lost', 'deleted'],
};

/** `[state, word]` of an SDK's status. */
export function connectionWords({ state, reason }) {
  return WORDS[state] ?? CLOSED[reason] ?? ['lost', 'not connected'];
}

/**
 * Whether the service should be asked for its reasons: it has refused, or never let us in.
 * One that did let us in is only away, and is not to be asked by all its readers at once.
 */
export function isPuzzling({ state, reason }, opened) {
  return state === 'closed' ? reason === 'refused' : state === 'waiting' && !opened;
}
