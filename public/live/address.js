/** Which stream a page is about, and names that nobody else has. */

import { isName, namedBy } from '../upload/stream-address.js';

/** Three times 32 bits in base 36: 10 of these characters are some 50 bits, and never met twice. */
const KEY_CHARACTERS = 10;

/** The stream that the address names (`#NAME`), else `fallback`: a link may carry anything. */
export function nameFrom(address, fallback) {
  const named = namedBy(address);
  return named !== null && isName(named) ? named : fallback;
}

/**
 * A random key or name. Not `crypto.randomUUID`, which a page has on https and localhost
 * only, and `npm start` is looked at from the phone beside it too.
 */
export function randomKey(fill = (numbers) => crypto.getRandomValues(numbers)) {
  const numbers = fill(new Uint32Array(3));
  return Array.from(numbers, (number) => number.toString(36).padStart(7, '0').slice(-4)).join('').slice(-KEY_CHARACTERS);
}
