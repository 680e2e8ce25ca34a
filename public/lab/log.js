/** The last things that happened, the newest first, as rows of a table. */

import { milliseconds, UNKNOWN } from './wording.js';

const KEPT = 120;

export class Log {
  #rows;
  #began = performance.now();

  constructor(rows) {
    this.#rows = rows;
  }

  add(side, { what, cursor, latency }) {
    const row = document.createElement('tr');
    row.dataset.what = what;
    const seconds = ((performance.now() - this.#began) / 1000).toFixed(2);
    for (const text of [seconds, side, what, cursor ?? UNKNOWN, milliseconds(latency)]) {
      row.insertCell().textContent = text;
    }
    this.#rows.prepend(row);
    if (this.#rows.children.length > KEPT) this.#rows.lastElementChild.remove();
  }
}
