/**
 * Draws a view. Reads nothing back from the page and keeps no state of its
 * own, so that drawing the same view twice changes nothing.
 *
 * Everything that came over the wire is set as text. The bar's length is set
 * through the CSSOM, which a strict `style-src` allows.
 */

import { phaseOf } from './progress-view.js';
import { curlCommands, shareUrl } from './stream-address.js';
import { barText, connectionWord, figures, percentText, statusSentence, UNKNOWN } from './wording.js';

const TITLE = 'Tidings';

/** Phases after which the visitor may start over. */
const OVER = new Set(['succeeded', 'failed', 'cancelled', 'refused', 'ended', 'lost']);

export class Screen {
  #part = (id) => document.getElementById(id);

  draw(view) {
    const phase = phaseOf(view);
    this.#part('intake').hidden = phase !== 'empty';
    this.#part('job').hidden = phase === 'empty';
    this.#part('terminal').hidden = false;
    if (phase === 'empty') return;

    this.#part('job').dataset.phase = phase;
    this.#heading(view);
    this.#text('connection', connectionWord(view));
    this.#part('connection').dataset.state = view.connection;
    this.#text('status', statusSentence(view));
    this.#bar(view, phase);
    this.#figures(view, phase);
    this.#actions(view, phase);
    this.#part('share').value = shareUrl(location.href, view.name);
    this.commands(view.name);
  }

  /** The same stream for a terminal; also while a name is still being typed. */
  commands(name) {
    const { upload, follow } = curlCommands(location.origin, name);
    this.#text('curl-upload', upload);
    this.#text('curl-follow', follow);
  }

  #heading(view) {
    const subject = view.file?.name ?? view.name;
    this.#text('title', view.role === 'uploader' ? 'Upload a file' : 'Follow a stream');
    this.#text('subject', subject);
    document.title = `${subject} · ${TITLE}`;
  }

  #bar(view, phase) {
    const bar = this.#part('bar');
    const { percent } = view.progress ?? {};
    // Moving, but nobody knows how far it is: no value at all, as ARIA has it.
    const indeterminate = (phase === 'running' || phase === 'cancelling') && percent === null;
    bar.classList.toggle('bar-indeterminate', indeterminate);
    bar.setAttribute('aria-valuetext', barText(view));
    if (indeterminate) bar.removeAttribute('aria-valuenow');
    else bar.setAttribute('aria-valuenow', String(Math.floor(percent ?? 0)));
    this.#text('percent', percentText(view));
    bar.style.setProperty('--done', String((percent ?? 0) / 100));
  }

  #figures(view, phase) {
    for (const [name, text] of Object.entries(figures(view))) this.#text(`figure-${name}`, text);
    this.#text('message', OVER.has(phase) ? '' : (view.progress?.message ?? ''));
    const digest = phase === 'succeeded' ? view.ending.data.sha256 : null;
    const known = typeof digest === 'string';
    this.#text('digest', known ? digest : UNKNOWN);
    this.#part('copy-digest').disabled = !known;
  }

  #actions(view, phase) {
    const cancel = this.#part('cancel');
    const again = this.#part('again');
    const hadFocus = document.activeElement === cancel;
    const over = OVER.has(phase);
    cancel.hidden = over || view.role !== 'uploader';
    // Not `disabled`: that would drop the focus before it can be passed on.
    cancel.setAttribute('aria-disabled', String(view.cancelling));
    again.hidden = !over;
    again.textContent = view.role === 'uploader' ? 'Upload another file' : 'Upload a file';
    // A button that goes away must not take the keyboard with it.
    if (hadFocus && cancel.hidden) again.focus();
  }

  /** Writes only what is new: a live region is read aloud when it is written. */
  #text(id, text) {
    const part = this.#part(id);
    if (part.textContent !== text) part.textContent = text;
  }
}
