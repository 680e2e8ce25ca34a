/** The start page: measures, against the worker that served it, what its table claims. */

import { Demo } from '../lab/demo.js';
import { measureRoom } from './room-facts.js';
import { measureStream } from './stream-facts.js';

const status = document.getElementById('measured');
const again = document.getElementById('again');
let demo = null;

const teller = (side) => (fact, figure, sentence) => {
  const cell = document.querySelector(`#${fact} .${side}`);
  cell.querySelector('.figure').textContent = figure;
  cell.querySelector('.measured').textContent = sentence;
};

async function measure() {
  again.setAttribute('aria-disabled', 'true');
  status.textContent = 'Measuring with this worker…';
  const began = performance.now();
  demo = new Demo('start');
  await demo.prepare().catch(() => {}); // what is wrong is said below, by side
  const results = await Promise.allSettled([measureStream(demo, teller('stream')), measureRoom(demo, teller('room'))]);
  await demo.forget();
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const why = trouble(...results);
  // A long reason goes where it moves nothing that is being read.
  document.getElementById('trouble').textContent = why ?? '';
  status.textContent = why ? 'Not all could be measured; why stands below.' : `Measured with this worker just now, in ${seconds} seconds.`;
  again.setAttribute('aria-disabled', 'false');
}

/** What is not measured is still true, and stays as it was written. */
function trouble({ reason: ofStreams }, { reason: ofRooms }) {
  if (ofStreams && ofRooms) return `Nothing could be measured here. ${ofStreams.message}`;
  if (ofStreams) return `Streams were not measured. ${ofStreams.message}`;
  return ofRooms && `Rooms were not measured. ${ofRooms.message}`;
}

again.addEventListener('click', () => {
  if (again.getAttribute('aria-disabled') !== 'true') measure();
});
again.hidden = false;
addEventListener('pagehide', () => demo?.forget());

// A page that is opened in the background costs nothing until somebody looks.
if (document.visibilityState === 'visible') measure();
else document.addEventListener('visibilitychange', measure, { once: true });
