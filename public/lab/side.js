/** One of the two under observation: its line, and what came over it. Draws nothing. */

import { Latencies } from './percentiles.js';
import { ResumeAudit } from './resume-audit.js';

/** Some ten seconds at the highest rate: what the figures sum up, and the line draws. */
export const WINDOW = 90;

const RETRY_MS = 2000;

export class Side {
  audit = new ResumeAudit();
  latencies = new Latencies(WINDOW);
  bytes = null;
  /** `idle`, `connecting`, `live`, `reconnecting`, `cut`, or `lost`, for good. */
  state = 'idle';
  trouble = '';
  #demo;
  #line;
  #tell;
  #retry;
  /** Counts our own openings and cuts: what belongs to an earlier one is too late. */
  #turn = 0;

  /** `tell({what, cursor?, latency?})` of everything that happens. */
  constructor(Line, demo, tell) {
    this.#demo = demo;
    this.#tell = tell;
    this.#line = new Line(demo, {
      opened: () => this.#opened(),
      event: (event) => this.#take(event),
      lost: () => this.#lost(),
      over: () => this.#over(),
    });
  }

  get isOpen() {
    return this.state === 'live';
  }

  /** Whether nothing more of the last absence is to come. */
  get isSettled() {
    return this.state === 'lost' || (this.isOpen && this.audit.absence?.complete !== false);
  }

  connect() {
    if (this.state === 'lost' || this.isOpen) return;
    this.#turn += 1;
    this.state = 'connecting';
    this.#open();
  }

  /** Really closes the connection. */
  cut() {
    if (this.state === 'lost' || this.state === 'idle' || this.state === 'cut') return;
    this.#turn += 1;
    clearTimeout(this.#retry);
    this.#line.close();
    this.#away('cut');
  }

  refuse(sentence) {
    this.#line.close();
    this.state = 'lost';
    this.trouble = sentence;
    this.#tell({ what: 'refused' });
  }

  #open() {
    clearTimeout(this.#retry);
    this.#line.open(this.audit.cursor ?? 'start');
  }

  #opened() {
    const returned = this.audit.absence?.backAt === null;
    this.state = 'live';
    this.audit.back(performance.now());
    this.#tell({ what: returned ? 'back' : 'open', cursor: this.audit.cursor });
  }

  /** Not by us: the worker was restarted, or there is no network. */
  #lost() {
    if (this.isOpen) this.#away('reconnecting');
  }

  async #over() {
    this.#lost();
    const turn = this.#turn;
    const reason = await this.#demo.whyNot(this.#line.url).catch(() => null);
    if (turn !== this.#turn || this.state === 'lost') return;
    // Once it had let us in, a refusal is one of the moment.
    if (reason && !this.audit.cursor) this.refuse(reason);
    else this.#retry = setTimeout(() => this.#open(), RETRY_MS);
  }

  #away(state) {
    // An absence that was not yet over when the wire was cut again goes on.
    if (this.audit.absence?.backAt !== null) this.audit.cut(performance.now());
    this.state = state;
    this.#tell({ what: state, cursor: this.audit.cursor });
  }

  #take({ cursor, data, bytes, at }) {
    const what = this.audit.take(cursor, at);
    this.bytes = Math.round(bytes);
    const latency = at - data.at;
    // What waited for the wire says nothing of the worker.
    if (what === 'live') this.latencies.add(latency);
    this.#tell({ what, cursor, latency });
  }
}
