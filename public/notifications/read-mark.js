/**
 * What a browser remembers between visits: the name of its inbox, and the cursor up to
 * which it was read. The tabs of the site share it, and hear of each other's changes.
 */

import { randomKey } from '../live/address.js';

const INBOX = 'tidings.inbox';
const markAt = (name) => `tidings.read.${name}`;

/** A name that cannot be guessed: who knows it can read along. */
export function ownInbox() {
  const name = get(INBOX) ?? `inbox-${randomKey()}`;
  set(INBOX, name);
  return name;
}

export const readUpTo = (name) => get(markAt(name));
export const keepMark = (name, cursor) => set(markAt(name), cursor);

/** Calls with the cursor that another tab has marked. */
export function onMark(name, listener) {
  addEventListener('storage', ({ key, newValue }) => {
    if (key === markAt(name) && newValue) listener(newValue);
  });
}

// A browser may forbid storage: then the page forgets when it is closed, and works until then.

function get(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function set(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch { /* as above */ }
}
