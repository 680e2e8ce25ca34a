/**
 * A stream, followed to its end.
 *
 * EventSource does the hard part (reconnecting with the cursor of the last
 * event), but tells little: `error` is fired for every reconnect, and when it
 * has given up for good (`readyState` CLOSED) it does not say whether the
 * stream is over (204) or the server said no (403) or not now (503). So this
 * asks once more with `fetch`, which does say, and goes on from there.
 */

import { readProblem } from './problem.js';

const CLOSED = 2;

/** Full jitter, doubling: a server that comes back is not met by a crowd. */
const RETRY_BASE_MS = 1000;
const RETRY_MAX_MS = 20_000;

/** After this many attempts that brought nothing new, a person should decide. */
const MAX_ATTEMPTS = 8;

const GAVE_UP = 'The stream cannot be reached. Reload the page to try again.';

/** For tests: everything a feed touches outside itself. */
const BROWSER = {
  open: (url) => new EventSource(url),
  fetch: (url, init) => fetch(url, init),
  wait: (ms, then) => setTimeout(then, ms),
  random: () => Math.random(),
};

export class Feed {
  #url;
  #types;
  #report;
  #world;
  #source = null;
  #cursor = '';
  #attempts = 0;
  #asking = null;
  #waiting = null;

  /** `report` is called with `stream_…` actions; see `progress-view.js`. */
  constructor(url, types, report, world = BROWSER) {
    this.#url = url;
    this.#types = types;
    this.#report = report;
    this.#world = world;
    this.#open();
  }

  close() {
    this.#source?.close();
    this.#source = null;
    this.#asking?.abort();
    clearTimeout(this.#waiting);
  }

  /**
   * Always from the snapshot (no cursor): the latest event of each type is
   * all this page draws, and it heals whatever was missed.
   */
  #open() {
    const source = this.#world.open(this.#url);
    this.#source = source;
    source.addEventListener('open', () => this.#report({ type: 'stream_opened' }));
    source.addEventListener('error', () => this.#onError(source));
    for (const type of this.#types) {
      source.addEventListener(type, (event) => this.#onEvent(type, event));
    }
  }

  #onEvent(type, event) {
    // A snapshot seen before proves only that it is still there.
    if (event.lastEventId !== this.#cursor) this.#attempts = 0;
    this.#cursor = event.lastEventId;
    this.#report({ type: 'stream_event', event: type, data: event.data });
  }

  #onError(source) {
    if (source !== this.#source) return;
    this.#report({ type: 'stream_dropped' });
    if (source.readyState === CLOSED) this.#askWhy();
  }

  async #askWhy() {
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    try {
      const response = await this.#world.fetch(`${this.#url}?last_event_id=${encodeURIComponent(this.#cursor)}`, {
        headers: { accept: 'text/event-stream' },
        cache: 'no-store',
        signal,
      });
      if (response.status === 204) return this.#report({ type: 'stream_ended' });
      if (isFinal(response.status)) {
        return this.#report({ type: 'stream_lost', sentence: await readProblem(response) });
      }
    } catch {
      // Offline, or closed by us; the first is worth another attempt.
      if (this.#source === null) return;
    }
    // Let go of a body that may never end; a fresh EventSource reads it better.
    this.#asking.abort();
    this.#retry();
  }

  #retry() {
    if (this.#source === null) return;
    if (this.#attempts >= MAX_ATTEMPTS) {
      this.#report({ type: 'stream_lost', sentence: GAVE_UP });
      return;
    }
    const ceiling = Math.min(RETRY_MAX_MS, RETRY_BASE_MS * 2 ** this.#attempts);
    this.#attempts += 1;
    this.#waiting = this.#world.wait(this.#world.random() * ceiling, () => this.#open());
  }
}

/** The request itself was wrong: asking again would be answered the same. */
function isFinal(status) {
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}
