/**
 * Sends the same message to the stream, by POST, and to the room, on a connection of its
 * own: so it goes on while the readers are cut.
 */

export class Sender {
  sent = 0;
  #demo;
  #hear;
  #timer = null;
  #socket = null;
  #welcomed = false;

  /** `hear`: `published(side, cursor)` once durable, `refused(side, sentence)`. */
  constructor(demo, hear) {
    this.#demo = demo;
    this.#hear = hear;
  }

  get isRunning() {
    return this.#timer !== null;
  }

  /** `rate` a second; `size`: characters of text in each. */
  start({ rate, size }) {
    this.stop();
    this.#join();
    this.#timer = setInterval(() => this.#send('x'.repeat(size)), 1000 / rate);
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = null;
  }

  leave() {
    this.stop();
    this.#socket?.close(1000);
    this.#socket = null;
  }

  #send(text) {
    this.#join();
    this.sent += 1;
    const id = String(this.sent);
    // One clock, that of this page: nothing is to be set right between two.
    const data = { n: this.sent, at: performance.now(), text };
    this.#demo.publish({ key: id, data }).then(
      ({ cursor }) => this.#hear.published('stream', cursor),
      ({ message }) => this.#hear.refused('stream', message),
    );
    if (this.#welcomed) this.#socket.send(JSON.stringify({ type: 'message', id, data }));
  }

  #join() {
    if (this.#socket && this.#socket.readyState <= WebSocket.OPEN) return;
    this.#welcomed = false;
    this.#socket = new WebSocket(this.#demo.seat({ name: 'Sender', tail: 0 }), 'tidings.v1');
    this.#socket.onmessage = ({ data }) => {
      for (const frame of [JSON.parse(data)].flat()) {
        if (frame.type === 'welcome') this.#welcomed = true;
        if (frame.type === 'ack') this.#hear.published('room', frame.cursor);
        if (frame.type === 'error') this.#hear.refused('room', frame.message);
      }
    };
    this.#socket.onclose = () => { this.#welcomed = false; };
  }
}
