// What a client of a room keeps from one connection to the next, for every client in
// JavaScript. The code is quoted in docs/clients.md.

/** Who is closed with one of these stays away. After anything else, come back. */
export const FINAL = [1000, 1003, 1008, 1009, 4403, 4404];

export class Conversation {
  /** Where to resume: behind the last event. */
  after = "start";
  #send;
  #onFrame;
  #unanswered = new Map();
  #heard = true;

  /** `send` may be called while nothing is connected, and then drops what it gets. */
  constructor(send, onFrame) {
    this.#send = send;
    this.#onFrame = onFrame;
  }

  /** Says a frame that has an `id` of your own. */
  say(frame) {
    this.#unanswered.set(frame.id, frame);
    if (this.#unanswered.size === 1) this.#sendOldest();
  }

  /** Takes what came over the connection. */
  hear(text) {
    this.#heard = true;
    if (text === "pong") return;
    for (const frame of [JSON.parse(text)].flat()) {
      if (frame.type === "welcome") this.#sendOldest();
      else if (frame.type === "ack" || frame.type === "error") this.#onAnswer(frame);
      // Not the cursor of an ack, which may be ahead of what is still to come.
      else if (frame.cursor) this.after = frame.cursor;
      this.#onFrame(frame);
    }
  }

  /** To be asked now and then while connected. False: not even a ping was answered. */
  isAlive() {
    const heard = this.#heard;
    this.#heard = false;
    if (heard) this.#send("ping");
    return heard;
  }

  #onAnswer({ id, code, retry_ms: wait }) {
    if (code === "rate_limited") setTimeout(() => this.#sendOldest(), wait);
    else if (this.#unanswered.delete(id)) this.#sendOldest();
  }

  /** One at a time: so they keep their order, also when one has to wait. */
  #sendOldest() {
    const [oldest] = this.#unanswered.values();
    if (oldest) this.#send(JSON.stringify(oldest));
  }
}
