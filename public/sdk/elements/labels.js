/** Words that a page can replace: a text, or a function that makes one. */

/** The page's own English, if that is what it speaks: clocks and dates differ. */
export const LOCALE = globalThis.navigator?.languages?.find((language) => /^en\b/.test(language)) ?? 'en';

/** How a connection is, by the SDK's states. */
export const STATE_LABELS = Object.freeze({
  connecting: 'connecting…',
  open: 'live',
  waiting: 'reconnecting…',
  offline: 'offline',
  closed: 'not connected',
});

export function phrase(label, ...values) {
  return typeof label === 'function' ? label(...values) : label;
}
