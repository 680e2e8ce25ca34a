/**
 * How many bytes a message is on the wire, worked out from what arrived: a page is not
 * shown the bytes themselves. Without what carries them (the chunks or frames of HTTP,
 * TLS, TCP), which both sides have alike.
 */

const utf8 = (text) => new TextEncoder().encode(text).length;

/**
 * An event of a stream, as docs/protocol.md writes it: `event:` unless the type is
 * `message`, a `data:` for each line, `id:`, an empty line.
 */
export function eventBytes({ type, data, id }) {
  const name = type === 'message' ? '' : `event: ${type}\n`;
  const lines = data.split('\n').map((line) => `data: ${line}\n`).join('');
  return utf8(`${name}${lines}id: ${id}\n\n`);
}

/** From which size on the length takes more than the 7 bits of the first two bytes. */
const MEDIUM = 126;
const LARGE = 65_536;
const MASK = 4;

/** A frame of a WebSocket (RFC 6455, 5.2), text or bytes; what a browser sends is masked. */
export function frameBytes(payload, { masked = false } = {}) {
  const size = typeof payload === 'string' ? utf8(payload) : payload.byteLength;
  const length = size < MEDIUM ? 0 : size < LARGE ? 2 : 8;
  return 2 + length + (masked ? MASK : 0) + size;
}
