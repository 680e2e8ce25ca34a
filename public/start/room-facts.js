/** The facts of a room, measured with two plain WebSockets, as of two people. */

import { frameBytes } from '../lab/wire-size.js';
import { bytes, milliseconds } from '../lab/wording.js';
import { once, pause } from './once.js';
import { SAID, BYTES } from './sample.js';

/** So long a closed WebSocket is watched for coming back: as long as a stream takes. */
const WATCHED_MS = 2000;

export async function measureRoom(demo, tell) {
  const began = performance.now();
  const ann = new Seat(demo, { name: 'Ann', tail: 0 });
  const bo = new Seat(demo, { name: 'Bo', tail: 0 });
  try {
    await Promise.all([ann.welcome(), bo.welcome()]);
    const opened = milliseconds(performance.now() - began);
    tell('protocol', ann.socket.protocol, `By WebSocket${ann.socket.extensions && ', which may compress'}. Each room is a connection of its own; this one was open after ${opened}.`);
    const { cursor } = await conversation(ann, bo, tell);
    tell('binary', ...await binary(ann, bo));
    tell('infrastructure', ...await infrastructure(demo, cursor));
    tell('reconnection', ...await reconnection(demo, ann, bo, cursor));
  } finally {
    ann.socket.close(1000);
    bo.socket.close(1000);
  }
}

/** A connection, and whoever waits for one of its frames. */
class Seat {
  #waiting = new Set();

  constructor(demo, query) {
    this.demo = demo;
    this.socket = new WebSocket(demo.seat(query), 'tidings.v1');
    this.socket.binaryType = 'arraybuffer';
    this.socket.onmessage = ({ data, timeStamp }) => {
      const frames = typeof data === 'string' ? [JSON.parse(data)].flat() : [{ type: 'binary', data }];
      for (const frame of frames) for (const hear of this.#waiting) hear({ frame, data, at: timeStamp });
    };
  }

  heard(type) {
    return once((resolve) => {
      const hear = (heard) => {
        if (heard.frame.type !== type) return;
        this.#waiting.delete(hear);
        resolve(heard);
      };
      this.#waiting.add(hear);
    });
  }

  /** Refused, a WebSocket closes and does not say why. */
  async welcome() {
    const refused = once((_, reject) => { this.socket.onclose = reject; });
    refused.catch(() => {});
    try {
      return (await Promise.race([this.heard('welcome'), refused])).frame;
    } catch {
      throw new Error((await this.demo.whyNot(this.demo.room)) ?? 'The WebSocket did not open.');
    } finally {
      this.socket.onclose = null;
    }
  }

  say(said) {
    const text = JSON.stringify({ type: 'message', id: String(performance.now()), data: said });
    this.socket.send(text);
    return text;
  }
}

async function conversation(ann, bo, tell) {
  const both = Promise.all([bo.heard('message'), ann.heard('ack')]);
  const began = performance.now();
  const sent = ann.say(SAID);
  const [{ frame, data, at }] = await both;
  tell('direction', milliseconds(at - began), 'From one connection to another, and acknowledged to the first: both can speak at any time.');
  const inside = JSON.stringify(SAID).length;
  tell('bytes', bytes(frameBytes(data)), `For the same ${inside} bytes: it says who, when and which. To say it took ${bytes(frameBytes(sent, { masked: true }))}, all before compression.`);
  return frame;
}

async function binary(ann, bo) {
  const came = bo.heard('binary');
  ann.socket.send(BYTES);
  const { data } = await came;
  const whole = String(new Uint8Array(data)) === String(BYTES);
  return [bytes(frameBytes(data)), `For ${BYTES.length} bytes, relayed as they are. ${whole ? 'They came whole' : 'They came changed'}, and are not kept.`];
}

async function infrastructure(demo, cursor) {
  const response = await fetch(`${demo.room}/messages?after=start`);
  const { messages } = await response.json();
  const same = messages[0]?.cursor === cursor ? 'the same cursor' : 'another cursor';
  return ['Upgrade', `Passed on the way from here. Where a proxy lets none through, a plain GET still reads: ${response.status}, with ${same}.`];
}

async function reconnection(demo, ann, bo, cursor) {
  bo.socket.close(1000);
  const stored = ann.heard('ack');
  ann.say({ text: 'While you were out' });
  await stored;
  await pause(WATCHED_MS);
  const closed = bo.socket.readyState === WebSocket.CLOSED;
  const back = new Seat(demo, { name: 'Bo', after: cursor });
  const missed = back.heard('message');
  const { resumed } = await back.welcome();
  await missed;
  back.socket.close(1000);
  return [closed ? 'not by itself' : 'unclear', `Closed, it stayed closed. Opened anew by this page with its cursor, it ${resumed ? 'went on where it was' : 'began anew'}, with the 1 missed message.`];
}
