/**
 * Which room a page is for: the one that its address names (`/chat.html#NAME`), else a
 * new one, which the address then names, so that it can be shared.
 */

import { keepToAddress } from '../live/own-address.js';

/** The server's own rule; see "Names" in the protocol. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$/;

/** No `l`, `o`, `0`, `1`: it may be typed from another screen. 32 of them divide a byte evenly. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';

/** 50 bits: two people never meet by accident. */
const RANDOM_CHARACTERS = 10;

const anyBytes = (bytes) => crypto.getRandomValues(bytes);

/** A name nobody has used. `fill` fills the array it is given with random bytes. */
export function freshName(use, fill = anyBytes) {
  const bytes = fill(new Uint8Array(RANDOM_CHARACTERS));
  return `${use}-${Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join('')}`;
}

/** The name in an address, or a fresh one where there is none that could be one. */
export function roomNamed(address, use, fill = anyBytes) {
  const name = new URL(address).hash.slice(1);
  return NAME.test(name) ? name : freshName(use, fill);
}

/** Settles the page on its room: the room's address in the service. */
export function settle(use) {
  const name = roomNamed(location.href, use);
  history.replaceState(null, '', `#${name}`);
  keepToAddress();
  return `/v1/rooms/${name}`;
}
