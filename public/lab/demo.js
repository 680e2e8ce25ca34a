/**
 * A stream and a room of one visit's own: nobody else knows their name, they forget
 * soon, and they are deleted when the visitor leaves.
 *
 * The name begins with `demo-`, so that a deployment can open just that to everybody.
 */

import { readProblem } from '../upload/problem.js';

/** Room for a minute's cut at the highest rate of the laboratory, and little more. */
const RETENTION = { retain_events: 1000, retain_seconds: 600 };

/** 32 of them divide a byte evenly; 10 are 50 bits, which nobody meets by accident. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';
const RANDOM_CHARACTERS = 10;

const JSON_BODY = { 'content-type': 'application/json' };

/** The worker said no; the message is a sentence for people. */
export class Refused extends Error {}

export function demoName(label, randomBytes = (bytes) => crypto.getRandomValues(bytes)) {
  const bytes = randomBytes(new Uint8Array(RANDOM_CHARACTERS));
  return `demo-${label}-${Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join('')}`;
}

export class Demo {
  #ours = [];

  constructor(label) {
    this.name = demoName(label);
    this.stream = `/v1/streams/${this.name}`;
    this.room = `/v1/rooms/${this.name}`;
  }

  /** What may be written but not configured keeps the worker's own retention, and is left behind. */
  async prepare() {
    await Promise.all([this.stream, this.room].map(async (url) => {
      const { ok } = await fetch(url, { method: 'PUT', headers: JSON_BODY, body: JSON.stringify(RETENTION) });
      if (ok) this.#ours.push(url);
    }));
  }

  /** Publishes one event; resolves with the worker's answer once it is durable. */
  async publish(event) {
    const response = await fetch(`${this.stream}/events`, { method: 'POST', headers: JSON_BODY, body: JSON.stringify(event) });
    if (!response.ok) throw new Refused(await readProblem(response));
    return response.json();
  }

  /** The address of a WebSocket into the room. */
  seat(query) {
    const url = new URL(this.room, location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    url.search = new URLSearchParams(query);
    return url.href;
  }

  /**
   * Why a connection did not open, which neither EventSource nor WebSocket says: a GET
   * does. `null` where it could be opened now; what is not there yet can.
   */
  async whyNot(url) {
    const response = await fetch(url, { headers: { accept: 'application/json' } });
    return response.ok || response.status === 404 ? null : readProblem(response);
  }

  /** Whether it could be deleted: that takes the right to manage. */
  async forgetStream() {
    if (!this.#ours.includes(this.stream)) return false;
    return (await fetch(this.stream, { method: 'DELETE' })).ok;
  }

  /** `keepalive`: this also works while the page is being left. */
  forget() {
    return Promise.allSettled(this.#ours.splice(0).map((url) => fetch(url, { method: 'DELETE', keepalive: true })));
  }
}
