/**
 * Where a stream lives: its name, the addresses made from it, and the same
 * addresses as commands for a terminal.
 *
 * Names are checked here, at the door, because they reach this page from
 * outside (a link someone sent). A name that passes needs no quoting in a URL
 * or in a shell: the alphabet has neither spaces nor quotes.
 */

/** The server's own rule; see "Names" in the protocol. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$/;

/** 50 bits: two people never meet by accident, and it can still be read aloud. */
const RANDOM_CHARACTERS = 10;

/** No `l`, `o`, `0`, `1`: the name may be typed from another screen. 32 of them divide a byte evenly. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';

export function isName(text) {
  return NAME.test(text);
}

/** A name nobody has used. `randomBytes` fills the array it is given. */
export function freshName(randomBytes = (bytes) => crypto.getRandomValues(bytes)) {
  const bytes = randomBytes(new Uint8Array(RANDOM_CHARACTERS));
  return `upload-${Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join('')}`;
}

/**
 * The name a visitor's address asks to follow: `#NAME` or `?stream=NAME`.
 * `null` when the address names none; what it names may still be invalid.
 */
export function namedBy(address) {
  const { hash, searchParams } = new URL(address);
  return decoded(hash.slice(1)) || searchParams.get('stream') || null;
}

export function streamUrl(name) {
  return `/v1/streams/${name}`;
}

export function cancelUrl(name) {
  return `/v1/streams/${name}/cancel`;
}

export function digestUrl(name) {
  return `/v1/jobs/digest/${name}`;
}

/** The page one is on, as a link with which others follow `name`. */
export function shareUrl(address, name) {
  const { origin, pathname } = new URL(address);
  return `${origin}${pathname}#${name}`;
}

/** What the page does, as two commands. `-N` stops curl from holding lines back. */
export function curlCommands(origin, name) {
  return {
    upload: `curl -T FILE ${origin}${digestUrl(name)}`,
    follow: `curl -N ${origin}${streamUrl(name)}`,
  };
}

/** A stray `%` in a link is a bad name, not a reason to stop the page. */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
