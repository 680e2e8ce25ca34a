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
  #editing = node('span', { dir: 'auto' });
  #stop = node('button', { type: 'button', class: 'stop-editing', part: 'button stop' });
  #line = node('div', { class: 'editing-line', part: 'editing', hidden: '' }, this.#editing, this.#stop);
  #form = node('form', {}, this.#line, this.#label, this.#hint, this.#field, this.#button);
  #note = node('p', { class: 'note line', part: 'note', dir: 'auto', hidden: '' });
  node = node('div', { class: 'compose' }, this.#form, this.#note);

  #typingSaid = -Infinity;
  /** What was being written when an edit began; null while none is. */
  #draft = null;
  #labels = null;
  #onSay;
  #onSave;
  #onLeave;
  #onTyping;

  /**
   * `onSay(text)`, or `onSave(text)` of an edit, says whether it was taken; what was not
   * stays in the field. `onLeave(given)` is called at the end of every edit, `given` up or not.
   */
  constructor({ onSay, onSave, onLeave, onTyping }) {
    this.#onSay = onSay;
    this.#onSave = onSave;
    this.#onLeave = onLeave;
    this.#onTyping = onTyping;
    this.#stop.addEventListener('click', () => this.#giveUp());
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#form.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || event.isComposing || this.#draft === null) return;
      // It leaves the edit, and not the dialog that the chat may stand in.
      event.preventDefault();
      event.stopPropagation();
      this.#giveUp();
    });
    this.#field.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === KEY_OF_COMPOSITION) return;
      event.preventDefault();
      this.#send();
    });
    this.#field.addEventListener('input', () => this.#type());
  }

  relabel(labels) {
    this.#labels = labels;
    const edits = this.#draft !== null;
    write(this.#label, edits ? labels.editing : labels.composer);
    write(this.#hint, edits ? labels.editHint : labels.hint);
    write(this.#button, edits ? labels.save : labels.send);
    write(this.#editing, labels.editing);
    write(this.#stop, labels.stop);
    this.#line.hidden = !edits;
    this.#field.placeholder = labels.composer;
  }

  /** Takes the text of a message into the field. What stands there comes back afterwards. */
  edit(text) {
    this.#draft ??= this.#field.value;
    this.#field.value = text;
    this.relabel(this.#labels);
    this.#field.focus();
  }

  /** Nothing is edited any more. With `keep` the text stays, to be said anew. */
  leave({ keep = false } = {}) {
    if (this.#draft === null) return;
    const [text, draft] = [this.#field.value, this.#draft];
    this.#draft = null;
    this.#field.value = keep ? [text, draft].filter(Boolean).join('\n') : draft;
    this.relabel(this.#labels);
  }

  /** A reason in the place of the field, or '' for the field. */
  set closed(reason) {
    write(this.#note, reason);
    this.#note.hidden = !reason;
    this.#form.hidden = Boolean(reason);
  }

  /** Puts back what is to be written anew, before what stands there. */
  restore(text) {
    const join = (rest) => (rest ? `${text}\n${rest}` : text);
    if (this.#draft === null) this.#field.value = join(this.#field.value);
    else this.#draft = join(this.#draft);
    this.#field.focus();
  }

  focus() {
    this.#field.focus();
  }

  #send() {
    const text = this.#field.value.trim();
    if (text === '') return;
    if (this.#draft !== null) {
      if (!this.#onSave(text)) return;
      this.leave();
      this.#onLeave(false);
      this.#field.focus();
      return;
    }
    if (!this.#onSay(text)) return;
    this.#field.value = '';
    // The message itself tells others that it is written.
    this.#typingSaid = -Infinity;
    this.#field.focus();
  }

  #giveUp() {
    this.leave();
    this.#field.focus();
    this.#onLeave(true);
  }

  #type() {
    // Nothing new comes of an edit.
    if (this.#draft !== null) return;
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
