// A WebSocket client for the tests, on npm `ws`, which shows close codes and can
// stop reading.

import WebSocket from "ws";

import { Waiting } from "./waiting.mjs";

const PATIENCE = 20_000;

/**
 * Opens a WebSocket to an http URL; rejects with the status where it is refused.
 *
 * @param {string} url
 * @param {{protocols?: string[], origin?: string, headers?: Record<string, string>}} [options]
 */
export function openSocket(url, { protocols, origin, headers } = {}) {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(url.replace(/^http/, "ws"), protocols, { origin, headers, perMessageDeflate: false });
    const socket = new Socket(ws);
    ws.on("open", () => resolve(socket));
    ws.on("unexpected-response", (_, response) => {
      ws.terminate();
      reject(new Error(`refused with ${response.statusCode}`));
    });
    ws.on("error", reject);
  });
}

class Socket {
  /** Text frames as they came. */
  texts = [];
  /** Binary frames. */
  binary = [];
  /** The events of all frames, in order. */
  events = [];
  closed = undefined;
  #ws;
  #waiting = new Waiting();

  constructor(ws) {
    this.#ws = ws;
    ws.on("message", (data, isBinary) => {
      if (isBinary) {
        this.binary.push(data);
        this.#changed();
        return;
      }
      const text = data.toString();
      this.texts.push(text);
      if (/^[[{]/.test(text)) this.events.push(...[JSON.parse(text)].flat());
      this.#changed();
    });
    ws.on("close", (code) => {
      this.closed = code;
      this.#changed();
    });
  }

  get protocol() {
    return this.#ws.protocol;
  }

  #changed() {
    this.#waiting.changed();
  }

  async until(condition, what = condition.toString(), patience = PATIENCE) {
    await this.#waiting.until(() => condition(this), patience, () => {
      const last = this.texts.slice(-3).map((text) => text.slice(0, 200));
      return `waited in vain for ${what}; closed ${this.closed}, ${this.events.length} events, last: ${last}`;
    });
    return this;
  }

  untilEvents(count) {
    return this.until((socket) => socket.events.length >= count, `${count} events`);
  }

  /** Waits for the end; the close code. */
  async untilClosed() {
    await this.until((socket) => socket.closed !== undefined, "the close");
    return this.closed;
  }

  send(text) {
    this.#ws.send(text);
  }

  close(code) {
    this.#ws.close(code);
  }

  /** Goes without a word, as a client does whose network is gone. */
  cut() {
    this.#ws.terminate();
  }

  pause() {
    this.#ws.pause();
  }

  resume() {
    this.#ws.resume();
  }
}
