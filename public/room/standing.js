/**
 * How a room's connection is, in words. The first time that it does not come about, the
 * service is asked why: a browser does not say why it got no WebSocket, and a deployment
 * that is closed (docs/access.md) has a sentence for it.
 */

import { readProblem } from '/upload/problem.js';
import { sentenceOf, wordOf } from './words.js';

const LOOKS = { connecting: 'connecting', open: 'live', waiting: 'reconnecting', offline: 'reconnecting', closed: 'lost' };

/** Shows in the elements `connection` and `trouble` how `room` is. */
export function showStanding(room, connection = document.getElementById('connection'), trouble = document.getElementById('trouble')) {
  let wasOpen = false;
  let asked = false;
  const show = async (status) => {
    const { state, reason } = status;
    connection.textContent = wordOf(status);
    connection.dataset.state = LOOKS[state];
    wasOpen ||= state === 'open';
    if (state === 'open' || state === 'closed') trouble.textContent = sentenceOf(status);
    if (asked || !(reason === 'refused' || (state === 'waiting' && !wasOpen))) return;
    asked = true;
    const sentence = await whyNot(room.url);
    if (room.status.state !== 'open') trouble.textContent = sentence;
  };
  room.on('status', show);
  show(room.status);
}

async function whyNot(url) {
  try {
    const response = await fetch(url, { headers: { accept: 'application/json' }, cache: 'no-store' });
    return response.ok || response.status === 404 ? '' : await readProblem(response);
  } catch {
    return 'The server cannot be reached. It is tried again by itself.';
  }
}
