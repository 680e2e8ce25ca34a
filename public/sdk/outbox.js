/** What was said and has no answer yet. One at a time: so it keeps its order. */

const WAITS = 5;

export const refusal = (code, message = code, frame = undefined) => Object.assign(new Error(message), { code, frame });

export class Outbox {
  #waiting = new Map();
  #limit;
  #send;
  #timer;

  constructor(limit, send) {
    this.#limit = limit;
    this.#send = send;
  }

  say(frame) {
    if (this.#waiting.size >= this.#limit) return Promise.reject(refusal('queue_full'));
    return new Promise((resolve, reject) => {
      this.#waiting.set(frame.id, { frame, resolve, reject, waits: 0 });
      if (this.#waiting.size === 1) this.flush();
    });
  }

  flush() {
    clearTimeout(this.#timer);
    const [oldest] = this.#waiting.values();
    if (oldest) this.#send(oldest.frame);
  }

  answer(frame) {
    const said = this.#waiting.get(frame.id);
    if (!said) return false;
    if (frame.code === 'rate_limited' && said.waits < WAITS) {
      said.waits += 1;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.flush(), frame.retry_ms);
      return true;
    }
    this.#waiting.delete(frame.id);
    if (frame.type === 'ack') said.resolve(frame);
    else said.reject(refusal(frame.code, frame.message, frame));
    this.flush();
    return true;
  }

  close() {
    clearTimeout(this.#timer);
    for (const { reject } of this.#waiting.values()) reject(refusal('closed'));
    this.#waiting.clear();
  }
}
