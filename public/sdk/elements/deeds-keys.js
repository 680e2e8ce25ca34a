/**
 * The buttons of all messages are one stop of the Tab key, or a keyboard would need hundreds
 * to get past them. Arrows go on from there: to the sides among those of a message, up and
 * down to the next message.
 */

export class DeedsKeys {
  #list;
  #stop = null;

  constructor(list) {
    this.#list = list;
    list.addEventListener('focusin', ({ target }) => {
      if (target.matches('.stop')) this.#settleOn(target);
    });
    list.addEventListener('keydown', (event) => {
      const { key, target, altKey, ctrlKey, metaKey } = event;
      if (!target.matches('.stop') || altKey || ctrlKey || metaKey) return;
      // Held down, Enter must not confirm what it has asked for.
      if (event.repeat && key === 'Enter') event.preventDefault();
      const next = this.#from(target, key);
      if (!next) return;
      event.preventDefault();
      next.focus();
    });
  }

  /** Tab goes to this message next, or to the last one before it that has buttons. */
  near(item) {
    for (let at = item; at; at = at.previousElementSibling) {
      const stop = firstOf(at);
      if (stop) return this.#settleOn(stop);
    }
    return undefined;
  }

  /** After drawing: the newest message, unless somebody is at another. */
  settle() {
    if (this.#stop?.isConnected && this.#stop.matches(':focus')) this.#settleOn(this.#stop);
    else this.near(this.#list.lastElementChild);
  }

  #settleOn(stop) {
    for (const other of this.#list.querySelectorAll('.stop[tabindex="0"]')) if (other !== stop) other.tabIndex = -1;
    stop.tabIndex = 0;
    this.#stop = stop;
  }

  #from(stop, key) {
    const item = itemOf(stop);
    const stops = stopsOf(item);
    const rightToLeft = getComputedStyle(this.#list).direction === 'rtl';
    if (key === 'Home') return stops[0];
    if (key === 'End') return stops.at(-1);
    if (key === 'ArrowRight' || key === 'ArrowLeft') {
      return stops[stops.indexOf(stop) + ((key === 'ArrowLeft') === rightToLeft ? 1 : -1)] ?? stop;
    }
    if (key !== 'ArrowUp' && key !== 'ArrowDown') return undefined;
    const way = key === 'ArrowUp' ? 'previousElementSibling' : 'nextElementSibling';
    for (let at = item[way]; at; at = at[way]) {
      const found = sameOf(at, stop);
      if (found) return found;
    }
    return stop;
  }
}

export const itemOf = (stop) => stop.closest('ol > li');
const stopsOf = (item) => [...item.querySelectorAll('.stop')];
const firstOf = (item) => item.querySelector('.bar .stop');

/** The button of a message that does the same as this one, or its first. */
export function sameOf(item, { dataset: { deed, emoji } }) {
  const bar = [...item.querySelectorAll('.bar .stop')];
  return bar.find(({ dataset }) => dataset.deed === deed && dataset.emoji === emoji) ?? bar[0];
}
