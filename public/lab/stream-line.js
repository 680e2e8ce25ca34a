/** The page's connection to the stream: an EventSource that can be cut. */

import { eventBytes } from './wire-size.js';

export class StreamLine {
  #demo;
  #hear;
  #source;

  /**
   * `hear`: `opened()`, `event({cursor, data, bytes, at})`, `lost()` while it comes back by
   * itself, `over()` where it does not.
   */
  constructor(demo, hear) {
    this.#demo = demo;
    this.#hear = hear;
  }

  get url() {
    return this.#demo.stream;
  }

  /** Goes on after a cursor; `start` is everything. */
  open(after) {
    this.close();
    const source = new EventSource(`${this.url}?after=${after}`);
    this.#source = source;
    source.onopen = () => this.#hear.opened();
    source.onmessage = ({ data, lastEventId, timeStamp }) => {
      const bytes = eventBytes({ type: 'message', data, id: lastEventId });
      this.#hear.event({ cursor: lastEventId, data: JSON.parse(data), bytes, at: timeStamp });
    };
    source.onerror = () => (source.readyState === EventSource.CLOSED ? this.#hear.over() : this.#hear.lost());
  }

  close() {
    this.#source?.close();
  }
}
