/** Runs a life: timers, the browser's events, and one connection at the most. */

import { birth, step } from './life.js';

const STATES = { away: 'connecting', retrying: 'connecting' };

export class Link {
  status = Object.freeze({ state: 'connecting' });
  #state;
  #hooks;
  #token;
  #known;
  #timer;
  #drop;
  /** Whoever speaks for an earlier connection is not heard. */
  #turn = 0;
  #listening = new AbortController();

  /**
   * `hooks`: `open(token, tell)` answers how to drop what it opened; `ping`, `status`;
   * `leave` and `back` when the page goes and comes.
   */
  constructor(token, beats, hooks) {
    this.#token = token;
    this.#state = birth(beats);
    this.#hooks = hooks;
    const { signal } = this.#listening;
    const on = (target, type, then) => target?.addEventListener?.(type, then, { signal });
    const page = globalThis.document;
    const leave = hooks.leave ?? (() => this.tell({ type: 'sleep' }));
    const back = hooks.back ?? (() => this.tell({ type: 'wake' }));
    for (const type of ['online', 'offline']) on(globalThis, type, () => this.tell({ type }));
    on(page, 'visibilitychange', () => page.visibilityState === 'visible' && this.tell({ type: 'visible' }));
    on(globalThis, 'pagehide', leave);
    on(page, 'freeze', leave);
    on(globalThis, 'pageshow', back);
    on(page, 'resume', back);
  }

  /** Whether a refused token is worth another try. */
  get renews() {
    return typeof this.#token === 'function';
  }

  get isAway() {
    return this.#state.phase === 'away';
  }

  get isClosed() {
    return this.#state.phase === 'closed';
  }

  tell(event) {
    const [state, actions] = step(this.#state, event, Date.now(), Math.random());
    this.#state = state;
    for (const action of actions) {
      if (action === 'drop') this.#forget();
      else if (action === 'renew') this.#known = undefined;
      else if (action === 'open') this.#open();
      else this.#hooks.ping();
    }
    clearTimeout(this.#timer);
    if (state.at) this.#timer = setTimeout(() => this.tell({ type: 'timer' }), Math.max(0, state.at - Date.now()));
    if (this.isClosed) this.#listening.abort();
    this.#report();
  }

  /** A refused token: renewed where it can be, the end where not. */
  refuse() {
    this.tell(this.renews ? { type: 'lost', code: 4401 } : { type: 'end', reason: 'refused', code: 4401 });
  }

  /** The last token, unless it has run out. */
  get token() {
    try {
      const { exp } = JSON.parse(atob(this.#known.split('.')[1].replace(/-/g, '+').replace(/_/g, '/')));
      if (exp * 1000 < Date.now() && this.renews) this.#known = undefined;
    } catch {
      // Not one that can be read, or none.
    }
    return this.#known;
  }

  #forget() {
    this.#turn += 1;
    this.#drop?.();
    this.#drop = undefined;
  }

  async #open() {
    this.#turn += 1;
    const turn = this.#turn;
    const tell = (event) => turn === this.#turn && this.tell(event);
    try {
      const token = this.token ?? (await (this.renews ? this.#token() : this.#token));
      if (turn !== this.#turn) return;
      this.#known = token;
      this.#drop = this.#hooks.open(token, tell);
    } catch {
      tell({ type: 'lost', code: 1006 });
    }
  }

  #report() {
    const { phase, at, reason, code } = this.#state;
    const state = STATES[phase] ?? phase;
    const status = { state };
    if (phase === 'waiting') status.retryAt = at;
    if (reason) status.reason = reason;
    if (code && phase !== 'connecting') status.code = code;
    if (JSON.stringify(status) === JSON.stringify(this.status)) return;
    this.status = Object.freeze(status);
    this.#hooks.status(this.status);
  }
}
