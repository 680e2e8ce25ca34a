/** Where one writes. Enter sends, but not while an input method is composing with it. */

import { node, write } from './node.js';

/** So often others hear that somebody goes on typing; they forget it after five seconds. */
const TYPING_EVERY_MS = 3000;

/** Safari ends a composition before it tells of the key that did; the code gives it away. */
const KEY_OF_COMPOSITION = 229;

export class Composer {
  #label = node('label', { class: 'unseen', for: 'composer' });
  #hint = node('p', { class: 'unseen', id: 'hint' });
  #field = node('textarea', { id: 'composer', part: 'composer', rows: '1', dir: 'auto', autocomplete: 'off', 'aria-describedby': 'hint trouble' });
  #button = node('button', { class: 'send', part: 'button send' });
  #form = node('form', {}, this.#label, this.#hint, this.#field, this.#button);
  #note = node('p', { class: 'note line', part: 'note', dir: 'auto', hidden: '' });
  node = node('div', { class: 'compose' }, this.#form, this.#note);

  #typingSaid = -Infinity;
  #onSay;
  #onTyping;

  /** `onSay(text)` says whether it was taken; what was not stays in the field. */
  constructor({ onSay, onTyping }) {
    this.#onSay = onSay;
    this.#onTyping = onTyping;
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#field.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === KEY_OF_COMPOSITION) return;
      event.preventDefault();
      this.#send();
    });
    this.#field.addEventListener('input', () => this.#type());
  }

  relabel(labels) {
    write(this.#label, labels.composer);
    write(this.#hint, labels.hint);
    write(this.#button, labels.send);
    this.#field.placeholder = labels.composer;
  }

  /** A reason in the place of the field, or '' for the field. */
  set closed(reason) {
    write(this.#note, reason);
    this.#note.hidden = !reason;
    this.#form.hidden = Boolean(reason);
  }

  /** Puts back what is to be written anew, before what stands there. */
  restore(text) {
    const rest = this.#field.value;
    this.#field.value = rest ? `${text}\n${rest}` : text;
    this.#field.focus();
  }

  focus() {
    this.#field.focus();
  }

  #send() {
    const text = this.#field.value.trim();
    if (text === '' || !this.#onSay(text)) return;
    this.#field.value = '';
    // The message itself tells others that it is written.
    this.#typingSaid = -Infinity;
    this.#field.focus();
  }

  #type() {
    const now = performance.now();
    if (this.#field.value.trim() === '') {
      if (this.#typingSaid > -Infinity) this.#onTyping(false);
      this.#typingSaid = -Infinity;
    } else if (now - this.#typingSaid > TYPING_EVERY_MS) {
      this.#typingSaid = now;
      this.#onTyping(true);
    }
  }
}
