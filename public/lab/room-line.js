/** The page's connection to the room: a WebSocket that can be cut. */

import { frameBytes } from './wire-size.js';

export class RoomLine {
  #demo;
  #hear;
  #socket;

  /** `hear` is as for a StreamLine; a WebSocket never comes back by itself. */
  constructor(demo, hear) {
    this.#demo = demo;
    this.#hear = hear;
  }

  get url() {
    return this.#demo.room;
  }

  open(after) {
    this.close();
    this.#socket = new WebSocket(this.#demo.seat({ name: 'Reader', after }), 'tidings.v1');
    this.#socket.onmessage = ({ data, timeStamp }) => this.#take(data, timeStamp);
    this.#socket.onclose = () => this.#hear.over();
  }

  /** Not waited for: the worker echoes it, and nothing that still comes is ours any more. */
  close() {
    if (!this.#socket) return;
    this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close(1000);
  }

  /** Several messages may share a frame: each is told its part of the bytes. */
  #take(text, at) {
    const frames = [JSON.parse(text)].flat();
    if (frames.some(({ type }) => type === 'welcome')) this.#hear.opened();
    const messages = frames.filter(({ type }) => type === 'message');
    for (const { cursor, data } of messages) {
      this.#hear.event({ cursor, data, bytes: frameBytes(text) / messages.length, at });
    }
  }
}
