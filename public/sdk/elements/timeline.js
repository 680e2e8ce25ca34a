/**
 * The list of messages on the screen, and where it is scrolled to.
 *
 * It stays at its end while it is there, and otherwise where its reader is, whatever is
 * added above or below; then a button says that there is something new.
 */

import { drawEntry } from './message-view.js';
import { node, write } from './node.js';

/** So near to the end is at the end: a zoomed page has fractions of pixels. */
const NEAR_PX = 32;

export class Timeline {
  #earlier = node('button', { type: 'button', class: 'earlier', part: 'button earlier', hidden: '' });
  #list = node('ol', { role: 'list' });
  #log = node('div', { class: 'log', part: 'log', role: 'log', tabindex: '0', 'aria-live': 'off', 'aria-relevant': 'additions' }, this.#earlier, this.#list);
  #fresh = node('button', { type: 'button', class: 'fresh', part: 'button fresh', hidden: '' });
  node = node('div', { class: 'timeline' }, this.#log, this.#fresh);

  #items = new Map();
  #atEnd = true;
  #act;
  #nearStart;
  #sizes;

  /** `act` is for the buttons of a message, `wantEarlier` is called when the past is to be seen. */
  constructor({ act, wantEarlier }) {
    this.#act = act;
    this.#log.addEventListener('scroll', () => {
      const { scrollHeight, scrollTop, clientHeight } = this.#log;
      this.#atEnd = scrollHeight - scrollTop - clientHeight < NEAR_PX;
      if (this.#atEnd) this.#fresh.hidden = true;
    });
    this.#fresh.addEventListener('click', () => {
      // It goes away, and must not take the keyboard with it.
      this.#log.focus({ preventScroll: true });
      this.toEnd();
    });
    this.#earlier.addEventListener('click', () => wantEarlier(true));
    this.#nearStart = new IntersectionObserver((seen) => {
      if (seen.at(-1).isIntersecting) wantEarlier(false);
    }, { root: this.#log, rootMargin: '200px 0px 0px' });
    this.#sizes = new ResizeObserver(() => {
      if (this.#atEnd) this.toEnd();
    });
  }

  watch() {
    this.#sizes.observe(this.#log);
    this.#sizes.observe(this.#list);
  }

  unwatch() {
    this.#sizes.disconnect();
    this.#nearStart.disconnect();
  }

  relabel(labels) {
    this.#log.setAttribute('aria-label', labels.messages);
    write(this.#fresh, labels.fresh);
    this.#items.clear();
    this.#list.replaceChildren();
  }

  /** Whether what comes is read aloud: the past is not. */
  set aloud(aloud) {
    this.#log.setAttribute('aria-live', aloud ? 'polite' : 'off');
  }

  /** The button at the start: only where there is `more`, or it is `loading`. */
  offerEarlier(state, labels) {
    const hidden = state !== 'more' && state !== 'loading';
    // So does this one.
    if (hidden && this.#earlier.matches(':focus')) this.#log.focus({ preventScroll: true });
    this.#earlier.hidden = hidden;
    // Not `disabled`: that would drop the focus.
    this.#earlier.setAttribute('aria-disabled', String(state === 'loading'));
    write(this.#earlier, state === 'loading' ? labels.loading : labels.earlier);
    // Observed anew, it says again when it is still in sight.
    this.#nearStart.disconnect();
    if (state === 'more') this.#nearStart.observe(this.#earlier);
  }

  /** Makes the list that of `entries`, touching only what is different. */
  show(entries, context) {
    const anchor = this.#anchor();
    const last = this.#list.lastElementChild;
    const kept = new Map();
    let at = null;
    let news = false;
    for (const entry of entries) {
      const known = this.#items.get(entry.key);
      const item = known?.item ?? document.createElement('li');
      if (known?.entry !== entry) drawEntry(item, entry, { ...context, act: this.#act });
      const next = at ? at.nextElementSibling : this.#list.firstElementChild;
      if (next !== item) this.#list.insertBefore(item, next);
      if (!known && entry.kind === 'message' && !entry.own && this.#isBehind(item, last)) news = true;
      kept.set(entry.key, { item, entry });
      at = item;
    }
    for (const [key, { item }] of this.#items) if (!kept.has(key)) item.remove();
    this.#items = kept;
    if (this.#atEnd) this.toEnd();
    else {
      if (anchor?.item.isConnected) this.#log.scrollTop += anchor.item.offsetTop - anchor.top;
      if (news) this.#fresh.hidden = false;
    }
  }

  get atEnd() {
    return this.#atEnd;
  }

  toEnd() {
    this.#atEnd = true;
    this.#fresh.hidden = true;
    this.#log.scrollTop = this.#log.scrollHeight;
  }

  /** The first message in sight, and where it was. */
  #anchor() {
    if (this.#atEnd) return null;
    const top = this.#log.scrollTop;
    const item = [...this.#list.children].find((one) => one.offsetTop + one.offsetHeight > top);
    return item ? { item, top: item.offsetTop } : null;
  }

  #isBehind(item, last) {
    return !last?.isConnected || Boolean(last.compareDocumentPosition(item) & Node.DOCUMENT_POSITION_FOLLOWING);
  }
}
