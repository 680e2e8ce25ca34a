/**
 * One file on its way to the server, and the ways to stop it.
 *
 * The bytes go out with `fetch`; how far they got is not asked here. A browser
 * counts what it handed to the network, the stream counts what arrived.
 */

import { readProblem } from './problem.js';
import { cancelUrl, digestUrl } from './stream-address.js';

/**
 * How long the server may take to end a cancelled job in its own words
 * before the connection is cut. Cutting at once would race with the final
 * event, and watchers might never learn why the bar stopped.
 */
const GRACE_MS = 5000;

const BROKE = 'the connection was lost, or the file could no longer be read.';

export class Transfer {
  #name;
  #report;
  #aborter = new AbortController();
  #grace = null;

  /** `report` is called with exactly one `upload_…` action; see `progress-view.js`. */
  constructor(name, file, report) {
    this.#name = name;
    this.#report = report;
    this.#send(file);
  }

  /** Asks the server to stop, so that everyone hears it; then stops sending. */
  async cancel() {
    this.abortSoon();
    try {
      const response = await fetch(cancelUrl(this.#name), { method: 'POST' });
      if (!response.ok) this.abort();
    } catch {
      this.abort();
    }
  }

  abort() {
    clearTimeout(this.#grace);
    this.#aborter.abort();
  }

  /** The job is over but its answer is not here yet: wait for that, a little. */
  abortSoon() {
    this.#grace ??= setTimeout(() => this.abort(), GRACE_MS);
  }

  async #send(file) {
    let action;
    try {
      const response = await fetch(digestUrl(this.#name), {
        method: 'PUT',
        headers: { 'content-type': 'application/octet-stream' },
        body: file,
        signal: this.#aborter.signal,
      });
      action = response.ok
        ? { type: 'upload_answered', result: await response.json() }
        : { type: 'upload_refused', sentence: await readProblem(response) };
    } catch {
      action = this.#aborter.signal.aborted
        ? { type: 'upload_aborted' }
        : { type: 'upload_broke', sentence: BROKE };
    }
    clearTimeout(this.#grace);
    this.#report(action);
  }
}
