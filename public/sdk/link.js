/** Runs a life: listeners, timers, the browser's events, one connection at the most. */

import { birth, step } from './life.js';

export class Link {
  status = { state: 'connecting' };
  #listeners = new Map();
  #life;
  #token;
  #known;
  #timer;
  #drop;
  #turn = 0;
  #gone = new AbortController();

  /** A subclass has `connect(token, tell)`, which answers how to drop the connection. */
  constructor(url, token, beats) {
    this.url = new URL(url, globalThis.location?.href).href;
    this.#token = token;
    this.#life = birth(beats);
    const page = globalThis.document;
    const on = (target, type, then) => target?.addEventListener?.(type, then, { signal: this.#gone.signal });
    for (const type of ['online', 'offline']) on(globalThis, type, () => this.tell(type));
    on(page, 'visibilitychange', () => page.visibilityState === 'visible' && this.tell('visible'));
    for (const [target, type] of [[globalThis, 'pagehide'], [page, 'freeze']]) on(target, type, () => this.leave());
    for (const [target, type] of [[globalThis, 'pageshow'], [page, 'resume']]) on(target, type, () => this.back());
  }

  on(name, listener) {
    const own = (...details) => listener(...details);
    const all = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, all.add(own));
    return () => all.delete(own);
  }

  emit(name, ...details) {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      try {
        listener(...details);
      } catch (error) {
        setTimeout(() => { throw error; }); // told as what nobody catches
      }
    }
  }

  close() {
    this.tell('close');
  }

  leave() {
    this.tell('sleep');
  }

  back() {
    this.tell('wake');
  }

  get phase() {
    return this.#life.phase;
  }

  get renews() {
    return typeof this.#token === 'function';
  }

  /** The token is worth nothing (any more). */
  refuse(tell) {
    const code = 4401;
    if (this.renews) tell('lost', { code });
    else tell('end', { reason: 'refused', code });
  }

  tell(type, details) {
    const [life, actions] = step(this.#life, { type, ...details }, Date.now(), Math.random());
    this.#life = life;
    for (const action of actions) {
      if (action === 'drop') this.#forget();
      else if (action === 'renew') this.#known = undefined;
      else if (action === 'open') this.#open();
      else this.ping();
    }
    clearTimeout(this.#timer);
    if (life.at) this.#timer = setTimeout(() => this.tell('timer'), life.at - Date.now());
    if (life.phase === 'closed') this.#gone.abort();
    this.#report(life);
  }

  #forget() {
    this.#turn += 1;
    this.#drop?.();
    this.#drop = undefined;
  }

  async #open() {
    const turn = (this.#turn += 1);
    const tell = (type, details) => turn === this.#turn && this.tell(type, details);
    let token;
    try {
      await undefined; // not within the step that asked for it
      if (turn !== this.#turn) return;
      token = this.#known ?? (await (this.renews ? this.#token() : this.#token));
      if (turn !== this.#turn) return;
      this.#known = token = token?.trim?.() ?? token;
    } catch {
      return tell('lost');
    }
    try {
      this.#drop = this.connect(token, tell);
    } catch {
      // An address, or a token, that can be none.
      tell('end', { reason: 'refused' });
    }
  }

  #report({ phase, at, reason, code }) {
    const state = phase === 'away' || phase === 'retrying' ? 'connecting' : phase;
    const status = { state };
    if (state === 'waiting') status.retryAt = at;
    if (reason) status.reason = reason;
    if (code && state !== 'connecting') status.code = code;
    this.show(status);
  }

  show(status) {
    if (JSON.stringify(status) === JSON.stringify(this.status)) return;
    this.status = status;
    this.emit('status', status);
  }
}
