/**
 * How the connection is, in a word. A connection that is lost for a moment, as a stream's
 * is every quarter of an hour, is not worth one: what may pass is shown after a second.
 */

import { node, write } from './node.js';

const PASSING = ['connecting', 'waiting'];
const PATIENCE_MS = 1000;

export class StateLine {
  node = node('span', { class: 'state', part: 'state', dir: 'auto' });
  #draw = null;
  #alarm = null;
  #known = false;

  /** `state` is one of the SDK's; `words` are by those. `shown` is called with the word when it is. */
  show(state, words, shown = () => {}) {
    // Only the first time; each later one is a part of coming back.
    const said = state === 'connecting' && this.#known ? 'waiting' : state;
    if (state !== 'connecting') this.#known = true;
    this.#draw = () => {
      this.#cancel();
      this.node.dataset.state = said;
      const word = words[said] ?? '';
      write(this.node, word);
      shown(word);
    };
    if (!PASSING.includes(said) || said === this.node.dataset.state) this.#draw();
    // Tries that follow fast must not put it off.
    else this.#alarm ??= setTimeout(() => this.#draw(), PATIENCE_MS);
  }

  /** What is shown next is about another connection. */
  stop() {
    this.#cancel();
    this.#known = false;
  }

  #cancel() {
    clearTimeout(this.#alarm);
    this.#alarm = null;
  }
}
