/**
 * Publishes, once: each event has a key, so that a request whose answer was lost can be
 * sent again and is not stored twice.
 */

import { readProblem } from '../upload/problem.js';
import { streamUrl } from '../upload/stream-address.js';
import { randomKey } from './address.js';

/** Together some ten seconds: longer than a restart, shorter than anybody's patience. */
const PAUSES_MS = [300, 600, 1200, 2400, 4800];

const AWAY = 'The server cannot be reached.';

/** For tests: what is touched outside. */
const BROWSER = {
  fetch: (url, init) => fetch(url, init),
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  key: randomKey,
};

/**
 * Resolves to nothing once the events are durable, else to a sentence that says why not.
 * `onTrouble` hears of what is tried again meanwhile.
 */
export function publish(name, events, onTrouble = () => {}, world = BROWSER) {
  const body = JSON.stringify(events.map((event) => ({ key: world.key(), ...event })));
  return send('POST', `${streamUrl(name)}/events`, body, onTrouble, world);
}

/** Creates or configures a stream; like `publish`. */
export function configure(name, config, onTrouble = () => {}, world = BROWSER) {
  return send('PUT', streamUrl(name), JSON.stringify(config), onTrouble, world);
}

async function send(method, url, body, onTrouble, world) {
  const init = { method, body, headers: { 'Content-Type': 'application/json' } };
  for (const pause of [...PAUSES_MS, null]) {
    let sentence = AWAY;
    try {
      const response = await world.fetch(url, init);
      if (response.ok) return undefined;
      sentence = await readProblem(response);
      // Refused, and would be again. A 503 may be a moment's, or that of a closed service.
      if (response.status < 500) return sentence;
    } catch {
      // The answer was lost, or the request: that is what the keys are for.
    }
    if (pause === null) return sentence;
    onTrouble(`${sentence} Trying again…`);
    await world.wait(pause);
  }
}
