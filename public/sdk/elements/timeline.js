/**
 * The list of messages on the screen, and where it is scrolled to.
 *
 * It stays at its end while it is there, and otherwise where its reader is, whatever is
 * added above or below; then a button says that there is something new.
 */

import { DeedsKeys, itemOf, sameOf } from './deeds-keys.js';
import { drawEntry } from './message-view.js';
import { node, write } from './node.js';

/** So near to the end is at the end: a zoomed page has fractions of pixels. */
const NEAR_PX = 32;

/** A new message is read aloud first, and gets its buttons then: they are not to be read with it. */
const BARE_MS = 1000;

export class Timeline {
  #earlier = node('button', { type: 'button', class: 'earlier', part: 'button earlier', hidden: '' });
  #list = node('ol', { role: 'list' });
  #log = node('div', { class: 'log', part: 'log', role: 'log', tabindex: '0', 'aria-live': 'off', 'aria-relevant': 'additions' }, this.#earlier, this.#list);
  #fresh = node('button', { type: 'button', class: 'fresh', part: 'button fresh', hidden: '' });
  node = node('div', { class: 'timeline' }, this.#log, this.#fresh);

  #items = new Map();
  #keys = new DeedsKeys(this.#list);
  #atEnd = true;
  #aloud = false;
  #dressing = null;
  #shown = [];
  #context = null;
  #act;
  #nearStart;
  #sizes;

  /** `act(deed, entry, emoji)` is for the buttons of a message, `wantEarlier` is called when the past is to be seen. */
  constructor({ act, wantEarlier }) {
    this.#act = act;
    this.#list.addEventListener('click', (event) => this.#onClick(event));
    // A question that was left was not answered.
    this.#list.addEventListener('focusout', ({ target }) => this.#calm(target));
    this.#list.addEventListener('keydown', ({ key, target }) => {
      if (key === 'Escape') this.#calm(target);
    });
    this.#log.addEventListener('keydown', ({ key, shiftKey, target }) => {
      if (key === 'Tab' && !shiftKey && target === this.#log) this.#keys.near(this.#lastInSight());
    });
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
    clearTimeout(this.#dressing);
    this.#dressing = null;
    this.#sizes.disconnect();
    this.#nearStart.disconnect();
  }

  relabel(labels) {
    this.#log.setAttribute('aria-label', labels.messages);
    write(this.#fresh, labels.fresh);
  }

  /** Whether what comes is read aloud: the past is not. */
  set aloud(aloud) {
    this.#aloud = aloud;
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

  /** Makes the list that of `entries`, touching only what is different, in the `context` of labels, rights and who we are. */
  show(entries, context) {
    const held = this.#list.getRootNode().activeElement;
    const heldItem = this.#list.contains(held) ? itemOf(held) : null;
    const isOther = context.rights !== this.#context?.rights || context.me !== this.#context?.me || context.labels !== this.#context?.labels;
    const anchor = this.#anchor();
    const last = this.#list.lastElementChild;
    const kept = new Map();
    let at = null;
    let news = false;
    for (const entry of entries) {
      const known = this.#items.get(entry.key);
      const item = known?.item ?? document.createElement('li');
      const bare = entry.kind === 'message' && (known ? known.bare : this.#aloud);
      if (bare) this.#dressing ??= setTimeout(() => this.#dress(), BARE_MS);
      if (known?.entry !== entry || isOther) drawEntry(item, entry, { ...context, bare });
      const next = at ? at.nextElementSibling : this.#list.firstElementChild;
      if (next !== item) this.#list.insertBefore(item, next);
      if (!known && entry.kind === 'message' && !entry.own && this.#isBehind(item, last)) news = true;
      kept.set(entry.key, { item, entry, bare });
      at = item;
    }
    for (const [key, { item }] of this.#items) if (!kept.has(key)) item.remove();
    this.#items = kept;
    this.#shown = entries;
    this.#context = context;
    this.#keys.settle();
    // What had the focus may be gone; the keyboard stays where it was, or near it.
    if (heldItem && !held.isConnected) ((heldItem.isConnected && sameOf(heldItem, held)) || this.#log).focus({ preventScroll: true });
    if (this.#atEnd) this.toEnd();
    else {
      if (anchor?.item.isConnected) this.#log.scrollTop += anchor.item.offsetTop - anchor.top;
      if (news) this.#fresh.hidden = false;
    }
  }

  /** To the button of a message, after something that it began. */
  focus(cursor, deed) {
    const found = [...this.#items.values()].find(({ entry }) => entry.message?.cursor === cursor);
    const stop = found && sameOf(found.item, { dataset: { deed } });
    stop?.focus();
    return Boolean(stop);
  }

  get atEnd() {
    return this.#atEnd;
  }

  toEnd() {
    this.#atEnd = true;
    this.#fresh.hidden = true;
    this.#log.scrollTop = this.#log.scrollHeight;
  }

  #dress() {
    this.#dressing = null;
    for (const [key, known] of this.#items) {
      // Without an entry it is drawn anew.
      if (known.bare) this.#items.set(key, { item: known.item, bare: false });
    }
    this.show(this.#shown, this.#context);
  }

  #onClick({ target, detail }) {
    const button = target.closest('button[data-deed]');
    const entry = button && this.#entryOf(button);
    if (!entry) return;
    const { deed, emoji } = button.dataset;
    // The second of a double click is no answer to what the first has asked.
    if (deed === 'delete' && detail > 1) return;
    // Safari gives a button no focus when it is pressed.
    if (deed === 'open') sameOf(itemOf(button), button)?.focus();
    else {
      if (deed === 'delete') button.focus();
      this.#act(deed, entry, emoji);
    }
  }

  #calm(target) {
    const entry = target.dataset.deed === 'delete' && this.#entryOf(target);
    if (entry?.intent?.armed) this.#act('calm', entry);
  }

  #entryOf(button) {
    const item = itemOf(button);
    return this.#shown.find(({ key }) => this.#items.get(key)?.item === item);
  }

  #lastInSight() {
    const below = this.#log.scrollTop + this.#log.clientHeight;
    return [...this.#list.children].findLast((one) => one.offsetTop + one.offsetHeight <= below);
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
