// A WebSocket spoken by hand: frames that no client would send.
// https://www.rfc-editor.org/rfc/rfc6455#section-5.2

import { head, send } from "./wire.mjs";

export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;
export const CONTINUATION = 0;

/** The handshake of a room, as it should be. */
export const handshake = (room, ...lines) =>
  head(
    `GET /v1/rooms/${room}?name=Eve&tail=0 HTTP/1.1`,
    "Host: x",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ...lines,
  );

/**
 * The head of a frame of `length` bytes. Its mask is all zeros, so that what follows
 * can be written as it is.
 */
export function frameHead(opcode, length, { fin = true, reserved = 0, masked = true } = {}) {
  const mask = masked ? 0x80 : 0;
  let bytes = Buffer.from([0, mask | length]);
  if (length > 0xffff) {
    bytes = Buffer.alloc(10);
    bytes[1] = mask | 127;
    bytes.writeBigUInt64BE(BigInt(length), 2);
  } else if (length > 125) {
    bytes = Buffer.alloc(4);
    bytes[1] = mask | 126;
    bytes.writeUInt16BE(length, 2);
  }
  bytes[0] = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  return masked ? Buffer.concat([bytes, Buffer.alloc(4)]) : bytes;
}

/** A whole frame. */
export function frame(opcode, payload, options) {
  const bytes = Buffer.from(payload);
  return Buffer.concat([frameHead(opcode, bytes.length, options), bytes]);
}

/** The payload of a close frame. */
export const closing = (code, reason = "") => Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]);

/** Joins a room by hand. */
export async function intrude(port, room, ...lines) {
  const wire = await send(port, handshake(room, ...lines));
  await wire.until(({ text, ended }) => text.includes("\r\n\r\n") || ended);
  if (wire.statuses[0] !== 101) throw new Error(`refused: ${wire.text}`);
  const intruder = new Intruder(wire);
  await intruder.until((frames) => frames.length > 0, "welcome");
  return intruder;
}

class Intruder {
  constructor(wire) {
    this.wire = wire;
  }

  write(...parts) {
    for (const part of parts) this.wire.write(part);
  }

  /** The frames that came: `{opcode, payload}`. */
  get frames() {
    const found = [];
    const { received } = this.wire;
    for (let at = received.indexOf("\r\n\r\n") + 4; at + 2 <= received.length; ) {
      const opcode = received[at] & 0x0f;
      let length = received[at + 1];
      at += 2;
      if (length === 126) {
        if (at + 2 > received.length) break;
        length = received.readUInt16BE(at);
        at += 2;
      } else if (length === 127) {
        if (at + 8 > received.length) break;
        length = Number(received.readBigUInt64BE(at));
        at += 8;
      }
      if (at + length > received.length) break;
      found.push({ opcode, payload: received.subarray(at, at + length) });
      at += length;
    }
    return found;
  }

  /** What the room said, in order. */
  get said() {
    const texts = this.frames.filter(({ opcode }) => opcode === TEXT).map(({ payload }) => payload.toString());
    return texts.filter((text) => /^[[{]/.test(text)).flatMap((text) => JSON.parse(text));
  }

  of(type) {
    return this.said.filter((thing) => thing.type === type);
  }

  until(condition, what) {
    return this.wire.until(({ ended }) => condition(this.frames) || ended, what);
  }

  /** Waits for the close; its code, or `reset` where there was none. */
  async untilClosed() {
    const isClose = ({ opcode }) => opcode === CLOSE;
    await this.until((frames) => frames.some(isClose), "a close frame");
    const close = this.frames.find(isClose);
    this.wire.cut();
    if (!close) return "reset";
    return close.payload.length < 2 ? 1005 : close.payload.readUInt16BE(0);
  }

  cut() {
    this.wire.cut();
  }
}
