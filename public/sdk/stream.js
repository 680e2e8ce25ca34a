/** A stream around EventSource, by a connection of its own or that of another tab. */

import { Link } from './link.js';
import { Tabs } from './tabs.js';

/** EventSource must be told every type: these are heard without being named. */
const USUAL = ['message', 'progress', 'succeeded', 'failed', 'cancelled', 'cancel', 'result', 'event', 'status'];
/** Something else to `on`: an event of such a type is told to those who hear all. */
const OURS = ['event', 'status', 'gap'];
const PATIENCE_MS = 1_500;
const DOUBT_MS = 30_000;
const START = 'start';
const JSON_ONLY = { accept: 'application/json' };

/** Whether `a` is not behind `b`, in the same life of the stream. */
const upTo = (a, b) => {
  const [epoch, seq] = a.split('.');
  const [other, limit] = b.split('.');
  return epoch === other && Number(seq) <= Number(limit);
};

const parse = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

export class Stream extends Link {
  cursor;
  #at;
  #head; // where it begins anew while nothing has come: `#at` is not there yet
  #torn = false; // by a gap, until the next event
  #begin = '';
  #isPlaced; // by its address
  #mine = new Set(USUAL);
  #types = new Set(USUAL); // with those of other tabs
  #tabs;
  #asleep = true;
  #following = false;
  #timer;

  constructor(url, { token, after, tail, share = true } = {}) {
    super(url, token, false);
    if (after) this.#begin = `after=${after}`;
    else if (tail !== undefined) this.#begin = `tail=${tail}`;
    if (after?.includes('.')) this.#at = after;
    this.#isPlaced = /[?&](after|tail|last_event_id)=/.test(this.url);
    if (share && globalThis.navigator?.locks && globalThis.BroadcastChannel) {
      this.#tabs = new Tabs(`tidings ${this.url}`, () => this.#lead(), (word) => this.#onWord(word));
    }
    this.back();
  }

  on(name, listener) {
    if (!OURS.includes(name) && !this.#mine.has(name)) {
      this.#mine.add(name);
      this.#listen([name]);
      if (this.#following) this.#ask();
    }
    return super.on(name, listener);
  }

  close() {
    this.#following = false;
    super.close();
  }

  leave() {
    clearTimeout(this.#timer);
    this.#asleep = true;
    this.#following = false;
    this.#tabs?.leave();
    super.leave();
  }

  back() {
    if (!this.#asleep) return;
    this.#asleep = false;
    if (!this.#tabs) return super.back();
    this.#tabs.join();
    this.#ask();
  }

  /** More types: from here on again, so that none of them is missed. */
  #listen(types) {
    const known = this.#types.size;
    for (const type of types) this.#types.add(type);
    if (this.#types.size === known) return;
    // There may be events of these.
    if (this.#head === START) this.#head = undefined;
    this.tell('reopen');
  }

  connect(token, tell) {
    const asking = new AbortController();
    this.#connect(token, tell, asking).catch(() => tell('lost'));
    return () => asking.abort();
  }

  async #connect(token, tell, { signal }) {
    const url = new URL(this.url);
    const place = (at) => new URLSearchParams(at).forEach((value, name) => url.searchParams.set(name, value));
    if (token) place({ token });
    if (!this.#at && !this.#head && this.#begin === 'tail=0') this.#head = await this.#askHead(url, signal);
    if (signal.aborted) return;
    const from = this.#at ?? this.#head;
    place(from ? { after: from } : this.#begin);
    const source = new EventSource(url);
    signal.addEventListener('abort', () => source.close());
    const on = (type, then) => source.addEventListener(type, (event) => signal.aborted || then(event));
    let idle = false;
    on('open', () => {
      idle = true;
      // Unless something comes now there is nothing yet.
      if (!this.#isPlaced) this.#head ??= START;
      tell('opened');
    });
    on('gap', ({ data }) => {
      this.#torn = true;
      this.emit('gap', parse(data));
    });
    on('deleted', (event) => {
      if (event.data === '{}') tell('end', { reason: 'deleted' });
      else if (this.#types.has('deleted')) hear(event); // of a room that is watched
    });
    on('auth', () => this.renews && this.refuse(tell));
    on('error', () => {
      const at = this.#at ?? this.#head;
      // By itself it would begin where it began before.
      if (source.readyState < 2) return tell(at === START && from !== at ? 'lost' : 'retrying');
      if (at) place({ after: at });
      this.#askWhy(url, signal, tell, idle);
    });
    const hear = ({ type, data, lastEventId }) => {
      idle = false;
      this.#deliver({ type, data: parse(data), cursor: lastEventId });
    };
    for (const type of this.#types) if (type !== 'deleted') on(type, hear);
  }

  /** What comes after this is new. */
  async #askHead(url, signal) {
    const response = await fetch(url, { headers: JSON_ONLY, cache: 'no-store', signal });
    if (response.ok) return (await response.json()).head ?? START;
    return response.status === 404 ? START : undefined;
  }

  /** EventSource has given up, and does not say why. */
  async #askWhy(url, signal, tell, idle) {
    const ask = (accept) => fetch(url, { headers: { accept }, cache: 'no-store', signal });
    try {
      const { status, headers } = await ask('text/event-stream');
      // Perhaps nobody listens to what is left.
      const isOver = status === 204 || (status === 200 && idle && (await (await ask(JSON_ONLY.accept)).json()).ended);
      if (isOver) tell('end', { reason: 'done' });
      else if (status === 401) this.refuse(tell);
      else if (status >= 400 && status < 500 && status !== 408 && status !== 429) tell('end', { reason: 'refused' });
      else tell('lost', { retry: 1000 * headers.get('retry-after') || 0 });
    } catch {
      tell('lost');
    }
  }

  #deliver(event) {
    if (this.#tabs?.leading) this.#tabs.say({ ...this.#place(), event });
    this.#torn = false;
    if (!OURS.includes(event.type)) this.emit(event.type, event);
    if (this.phase !== 'closed') this.emit('event', event);
    this.#at = this.cursor = event.cursor;
  }

  show(status) {
    if (this.#following && status.state !== 'closed') return;
    super.show(status);
    if (this.#tabs?.leading) this.#tabs.say(this.#place());
    if (status.state === 'closed') {
      clearTimeout(this.#timer);
      this.#tabs?.leave();
    }
  }

  /** All of `types` that comes after `prev` will be told. */
  #place() {
    return { prev: this.#torn ? null : this.#at, head: this.#head, begin: this.#begin, types: [...this.#types], status: this.status };
  }

  #lead() {
    this.#alone();
    this.#tabs.say(this.#place());
  }

  #ask() {
    this.#tabs.say({ ask: [...this.#mine] });
    this.#watch(PATIENCE_MS, () => this.#alone());
  }

  #watch(ms, then) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, ms);
  }

  #alone() {
    clearTimeout(this.#timer);
    this.#following = false;
    this.tell('wake');
  }

  #onWord({ ask, prev, head, begin, types, status, event }) {
    if (ask) {
      this.#listen(ask);
      if (this.#tabs.leading) this.#tabs.say(this.#place());
      return;
    }
    if (this.#tabs.leading) return;
    for (const type of types) this.#types.add(type);
    const at = this.#at;
    const had = event && at && upTo(event.cursor, at);
    const joins = prev ? at && upTo(prev, at) : prev === undefined && !at && begin === this.#begin;
    const complete = [...this.#mine].every((type) => types.includes(type));
    if (!complete) this.#tabs.say({ ask: [...this.#mine] });
    if (!complete || !(joins || had)) return this.#alone();
    this.#watch(DOUBT_MS, () => this.#ask());
    this.#following = true;
    this.#head = head;
    this.tell('sleep');
    if (event && !had) this.#deliver(event);
    if (!this.#following) return;
    if (status.reason === 'done' || status.reason === 'deleted') this.tell('end', status);
    else if (status.state !== 'closed') super.show(status);
  }
}
