/** `<tidings-progress>`: a job's bar, from its first report to its end. */

import { openStream } from '../tidings.js';
import { Announcer } from './announcer.js';
import { LiveElement } from './live-element.js';
import { node, write } from './node.js';
import { EMPTY, percentOf, phaseOf, withEvent, withStatus } from './progress-model.js';
import { PROGRESS_STYLE } from './progress-style.js';
import { announcement, barText, figures, percentText, PROGRESS_LABELS, sentence } from './progress-words.js';
import { StateLine } from './state-line.js';

export class TidingsProgress extends LiveElement {
  static observedAttributes = ['src', 'token', 'label'];

  #view = EMPTY;
  #stream = null;
  #announcer = null;
  #state = new StateLine();
  #label = node('span', { class: 'label', part: 'label', id: 'label', dir: 'auto' });
  #percent = node('span', { class: 'percent', part: 'percent', dir: 'auto', 'aria-hidden': 'true' });
  #fill = node('div', { class: 'fill', part: 'fill' });
  #bar = node('div', { class: 'bar', part: 'bar', role: 'progressbar', 'aria-labelledby': 'label', 'aria-valuemin': '0', 'aria-valuemax': '100' }, this.#fill);
  #figures = ['amount', 'rate', 'left'].map((name) => node('span', { class: name, part: name, dir: 'auto' }));
  #message = node('p', { class: 'message line', part: 'message', dir: 'auto' });
  #aloud = node('p', { class: 'unseen', role: 'status' });
  #frame = node('div', { class: 'frame', part: 'frame' },
    node('div', { class: 'head' }, this.#label, this.#percent),
    this.#bar,
    node('div', { class: 'foot' }, node('span', { class: 'figures', part: 'figures' }, ...this.#figures), this.#state.node),
    this.#message, this.#aloud);

  constructor() {
    super(PROGRESS_LABELS, PROGRESS_STYLE);
    this.shadowRoot.append(this.#frame);
  }

  /** The newest report, or null. */
  get progress() {
    return this.#view.progress;
  }

  /** How it ended: `succeeded`, `failed`, `cancelled`, `ended`; null until then. */
  get outcome() {
    return this.#view.ending?.outcome ?? null;
  }

  begin(url) {
    this.#view = EMPTY;
    this.#announcer = new Announcer((text) => write(this.#aloud, text));
    this.relabel();
    try {
      const stream = openStream(url, { token: this.token });
      this.#stream = stream;
      stream.on('event', (event) => this.#hear(stream, event));
      stream.on('status', (status) => {
        this.#change(stream, withStatus(this.#view, status));
        if (stream === this.#stream) this.tell('status', status);
      });
      this.#change(stream, withStatus(this.#view, stream.status));
    } catch {
      // An address that none can be opened at.
      this.#change(this.#stream, withStatus(this.#view, { state: 'closed', reason: 'other' }));
    }
  }

  end() {
    this.#announcer.stop();
    this.#state.stop();
    // First nobody's, then closed: what it says at its end is of no interest any more.
    const stream = this.#stream;
    this.#stream = null;
    stream?.close();
    if (this.src) return;
    this.#view = EMPTY;
    this.#draw();
  }

  relabel() {
    this.#frame.lang = this.labels.locale;
    write(this.#label, this.label);
    this.#draw();
  }

  #hear(stream, event) {
    const before = this.#view.progress;
    this.#change(stream, withEvent(this.#view, event));
    if (this.#view.progress !== before) {
      this.tell('progress', { ...this.#view.progress, data: event.data, cursor: event.cursor });
    }
  }

  /** `stream` is whose news it is: one that was closed has no say any more. */
  #change(stream, view) {
    if (stream !== this.#stream || view === this.#view) return;
    const over = view.ending && !this.#view.ending;
    this.#view = view;
    this.#draw();
    if (!over) return;
    // Nothing follows an end; to wait for the server to say so costs a request.
    this.#stream?.close();
    this.tell('end', view.ending);
  }

  #draw() {
    const { labels } = this;
    const view = this.#view;
    const phase = phaseOf(view);
    const percent = percentOf(view);
    const unknown = percent === null && (phase === 'running' || phase === 'cancelling');
    this.#frame.dataset.phase = phase;
    if (view.ending) this.setAttribute('outcome', phase);
    else this.removeAttribute('outcome');

    // Moving, but nobody knows how far: no value at all, as ARIA has it.
    this.#bar.classList.toggle('unknown', unknown);
    if (unknown) this.#bar.removeAttribute('aria-valuenow');
    else this.#bar.setAttribute('aria-valuenow', String(Math.floor(percent ?? 0)));
    this.#bar.setAttribute('aria-valuetext', barText(view, labels));
    this.#bar.style.setProperty('--done', String((percent ?? 0) / 100));

    write(this.#percent, percentText(view, labels));
    const shown = figures(view, labels);
    for (const figure of this.#figures) write(figure, shown[figure.className]);
    write(this.#message, sentence(view, labels));
    this.#drawState(view, labels);
  }

  #drawState(view, labels) {
    const over = view.ending !== null;
    const { state } = view.status;
    const aloud = () => this.#announcer?.offer(announcement(view, labels, this.label), over || state === 'closed');
    this.#state.show(over ? 'open' : state, over || !this.src ? {} : labels, aloud);
  }
}
