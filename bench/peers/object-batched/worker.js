// The room and the stream of ../object/worker.js with all that has paid for Tidings and can
// be had in fifty lines: what arrives in one turn of the event loop is stored as one row,
// and what was stored within ten milliseconds is sent as one frame. The rest of the way to
// Tidings' figures is what acknowledgements, order, cursors and resuming cost, and wasm.

import worker, { Room, Stream } from "../object/worker.js";
import { Log } from "../object-durable/log.js";

/** The least from one frame to the next. */
const PACE_MS = 10;

class Batch {
  #log;
  #figures;
  #send;
  #arrived = [];
  #waiting = [];
  #stored = [];
  #sentAt = 0;

  /** @param {(bodies: string[]) => void} send shows bodies to everybody */
  constructor(ctx, figures, send) {
    this.#log = new Log(ctx);
    this.#figures = figures;
    this.#send = send;
  }

  /** Resolves when it is written; no answer leaves before that is on the disk. */
  add(body) {
    return new Promise((resolve) => {
      this.#arrived.push(body);
      if (this.#waiting.push(resolve) === 1) setTimeout(() => this.#store(), 0);
    });
  }

  #store() {
    const bodies = this.#arrived.splice(0);
    this.#figures.rows_written += this.#log.append(bodies.join("\n"));
    for (const resolve of this.#waiting.splice(0)) resolve();
    const isFirst = this.#stored.length === 0;
    this.#stored.push(...bodies);
    if (isFirst) this.#show();
  }

  #show() {
    const wait = this.#sentAt + PACE_MS - Date.now();
    if (wait > 0) return void setTimeout(() => this.#show(), wait);
    this.#sentAt = Date.now();
    this.#send(this.#stored.splice(0));
  }
}

class BatchedRoom extends Room {
  #batch = new Batch(this.ctx, this.figures, (messages) => super.broadcast(messages.join("\n")));

  broadcast(message) {
    return this.#batch.add(message);
  }
}

class BatchedStream extends Stream {
  #batch = new Batch(this.ctx, this.figures, (events) => super.show(events.join("")));

  show(event) {
    return this.#batch.add(event);
  }
}

export { BatchedRoom as Room, BatchedStream as Stream };
export default worker;
