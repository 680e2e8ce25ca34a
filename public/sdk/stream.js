/** A stream around EventSource, by a connection of its own or that of another tab. */

import { Link } from './link.js';
import { Listeners } from './listeners.js';
import { Tabs } from './tabs.js';

/** EventSource has no listener for all types. These are heard without being named. */
const USUAL = ['message', 'progress', 'succeeded', 'failed', 'cancelled', 'cancel', 'result'];
const OURS = ['event', 'status', 'gap'];

/** How long a tab without a word of the leader waits, and how often it asks. */
const PATIENCE_MS = 1_500;
const DOUBT_MS = 30_000;

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

export class Stream {
  url;
  cursor;
  #at;
  /** After a gap, until the next event: nobody can go on from here. */
  #torn = false;
  #begin = '';
  #mine = new Set(USUAL);
  /** With those that other tabs listen to. */
  #types = new Set(USUAL);
  #listeners = new Listeners();
  #link;
  #tabs;
  #asleep = true;
  #following = false;
  #shown;
  #timer;

  constructor(url, { token, after, tail, share = true } = {}) {
    this.url = new URL(url, globalThis.location?.href).href;
    if (after !== undefined) this.#begin = `after=${encodeURIComponent(after)}`;
    else if (tail !== undefined) this.#begin = `tail=${tail}`;
    if (after?.includes('.')) this.#at = after;
    this.#link = new Link(token, false, {
      open: (held, tell) => this.#open(held, tell),
      status: () => this.#report(),
      leave: () => this.#leave(),
      back: () => this.#back(),
    });
    if (share && Tabs.possible) this.#tabs = new Tabs(`tidings ${this.url}`, () => this.#lead(), (word) => this.#onWord(word));
    this.#back();
  }

  get status() {
    return this.#following ? this.#shown : this.#link.status;
  }

  on(name, listener) {
    const stop = this.#listeners.on(name, listener);
    if (!OURS.includes(name) && !this.#mine.has(name)) {
      this.#mine.add(name);
      this.#listen([name]);
      if (this.#following) this.#ask();
    }
    return stop;
  }

  close() {
    this.#end({ type: 'close' });
  }

  #end(event) {
    this.#following = false;
    this.#link.tell(event);
  }

  #leave() {
    clearTimeout(this.#timer);
    this.#asleep = true;
    this.#following = false;
    this.#tabs?.leave();
    this.#link.tell({ type: 'sleep' });
  }

  #back() {
    if (!this.#asleep || this.#link.isClosed) return;
    this.#asleep = false;
    if (!this.#tabs) return this.#link.tell({ type: 'wake' });
    this.#tabs.join();
    this.#ask();
  }

  /** More types: from here on again, so that none of them is missed. */
  #listen(types) {
    const known = this.#types.size;
    for (const type of types) this.#types.add(type);
    if (this.#types.size > known) this.#link.tell({ type: 'reopen' });
  }

  #open(token, tell) {
    const url = new URL(this.url);
    for (const [name, value] of new URLSearchParams(this.#at ? { after: this.#at } : this.#begin)) url.searchParams.set(name, value);
    if (token) url.searchParams.set('token', token);
    const source = new EventSource(url);
    const asking = new AbortController();
    let current = true;
    const on = (type, then) => source.addEventListener(type, (event) => current && then(event));
    on('open', () => tell({ type: 'opened' }));
    on('gap', ({ data }) => {
      this.#torn = true;
      this.#listeners.emit('gap', parse(data));
    });
    on('deleted', () => tell({ type: 'end', reason: 'deleted' }));
    on('auth', () => this.#link.renews && this.#link.refuse());
    on('error', () => {
      if (source.readyState === 2) this.#askWhy(url, asking.signal, tell);
      else if (token && !this.#link.token) tell({ type: 'lost', code: 1006 });
      else tell({ type: 'retrying' });
    });
    for (const type of this.#types) {
      on(type, ({ data, lastEventId }) => this.#deliver({ type, data: parse(data), cursor: lastEventId }));
    }
    return () => {
      current = false;
      source.close();
      asking.abort();
    };
  }

  /** EventSource has given up and does not say why: asks once more, with fetch. */
  async #askWhy(url, signal, tell) {
    if (this.#at) url.searchParams.set('after', this.#at);
    try {
      const { status, headers } = await fetch(url, { headers: { accept: 'text/event-stream' }, cache: 'no-store', signal });
      if (status === 204) tell({ type: 'end', reason: 'done' });
      else if (status === 401) signal.aborted || this.#link.refuse();
      else if (status >= 400 && status < 500 && status !== 408 && status !== 429) tell({ type: 'end', reason: 'refused' });
      else tell({ type: 'lost', code: 1006, retry: 1000 * Number(headers.get('retry-after')) || 0 });
    } catch {
      tell({ type: 'lost', code: 1006 });
    }
  }

  #deliver(event) {
    const place = this.#place();
    if (this.#tabs?.leading) this.#tabs.say({ ...place, event });
    this.#torn = false;
    this.#listeners.emit(event.type, event);
    if (!this.#link.isClosed) this.#listeners.emit('event', event);
    this.#at = event.cursor;
    this.cursor = event.cursor;
  }

  #report() {
    if (!this.#following) this.#listeners.emit('status', this.status);
    if (this.#tabs?.leading) this.#tabs.say(this.#place());
    if (this.#link.isClosed) {
      clearTimeout(this.#timer);
      this.#tabs?.leave();
    }
  }

  /** What other tabs need to know: from `prev` on all of `types` is told. */
  #place() {
    return { prev: this.#torn ? null : this.#at, begin: this.#begin, types: [...this.#types], status: this.#link.status };
  }

  #lead() {
    clearTimeout(this.#timer);
    this.#following = false;
    this.#link.tell({ type: 'wake' });
    this.#tabs.say(this.#place());
  }

  /** Asks the leader; without an answer, a connection of our own. */
  #ask() {
    this.#tabs.say({ ask: [...this.#mine] });
    this.#watch(PATIENCE_MS, () => this.#alone());
  }

  #watch(ms, then) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, ms);
  }

  #alone() {
    this.#following = false;
    this.#link.tell({ type: 'wake' });
  }

  #onWord({ ask, prev, begin, types, status, event }) {
    if (ask) {
      this.#listen(ask);
      if (this.#tabs.leading) this.#tabs.say(this.#place());
      return;
    }
    if (this.#tabs.leading) return;
    for (const type of types) this.#types.add(type);
    const at = this.#at;
    const complete = [...this.#mine].every((type) => types.includes(type));
    const joins = prev ? at && upTo(prev, at) : prev === undefined && !at && begin === this.#begin;
    if (!complete) this.#tabs.say({ ask: [...this.#mine] });
    if (!complete || !(joins || (event && at && upTo(event.cursor, at)))) return this.#alone();
    this.#watch(DOUBT_MS, () => this.#ask());
    if (!this.#following) {
      this.#following = true;
      this.#link.tell({ type: 'sleep' });
    }
    if (event && !(at && upTo(event.cursor, at))) this.#deliver(event);
    if (status.reason === 'done' || status.reason === 'deleted') return this.#end({ type: 'end', reason: status.reason });
    if (JSON.stringify(status) !== JSON.stringify(this.#shown)) {
      this.#shown = status;
      this.#listeners.emit('status', status);
    }
  }
}
