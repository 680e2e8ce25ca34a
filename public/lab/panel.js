/** Draws one side. Everything is set as text; nothing is read back from the page. */

import { Sparkline } from './sparkline.js';
import { absenceSentence, bytes, milliseconds } from './wording.js';

const STATES = {
  idle: 'not connected', connecting: 'connecting…', live: 'live',
  reconnecting: 'reconnecting…', cut: 'cut', lost: 'not available',
};

/** Of a long absence the first are shown; all are counted. */
const SHOWN = 100;

export class Panel {
  #name;
  #line;
  #listed = null;
  #count = 0;

  constructor(name, capacity) {
    this.#name = name;
    this.#line = new Sparkline(this.#part('line'), capacity);
  }

  draw({ state, trouble, audit, latencies, bytes: size }) {
    const { min, median, p95, max } = latencies.summary ?? {};
    this.#text('state', STATES[state]);
    // The house has a colour for each; to be cut is to be lost for a while.
    this.#part('state').dataset.state = state === 'cut' ? 'lost' : state;
    this.#text('median', milliseconds(median));
    this.#text('p95', milliseconds(p95));
    this.#text('min', milliseconds(min));
    this.#text('seen', String(audit.seen));
    this.#text('bytes', bytes(size));
    this.#text('faults', `${audit.lost} / ${audit.doubled}`);
    this.#text('scale', max === undefined ? '' : `, 0 to ${milliseconds(max)}`);
    this.#line.draw(latencies.values);
    this.#text('trouble', trouble);
    this.#absence(audit);
  }

  #absence(audit) {
    const { absence } = audit;
    if (!absence) return;
    const sentence = absence.backAt === null ? 'Away. What is sent now is missed.' : 'Catching up…';
    this.#text('sum', absenceSentence(audit) ?? sentence);
    if (absence !== this.#listed) {
      this.#listed = absence;
      this.#count = 0;
      this.#part('resume').replaceChildren();
    }
    for (const { seq, after } of absence.replayed.slice(this.#count, SHOWN)) {
      const item = document.createElement('li');
      item.textContent = `Event ${seq} came ${milliseconds(after)} after the return`;
      this.#part('resume').append(item);
      this.#count += 1;
    }
  }

  #part(part) {
    return document.getElementById(`${this.#name}-${part}`);
  }

  #text(part, text) {
    const place = this.#part(part);
    if (place.textContent !== text) place.textContent = text;
  }
}
