/**
 * Checks links, and shows what is found while it works.
 *
 * The address says what the page is for: with a name (`#NAME`) it follows that check from
 * its first result on, without one it takes a list. So a reload comes back to where it
 * was, and the address can be passed on.
 */

import { nameFrom, randomKey } from '../live/address.js';
import { showConnection } from '../live/connection.js';
import { keepToAddress } from '../live/own-address.js';
import { openStream } from '../sdk/tidings.js';
import { copyOnClick } from '../upload/clipboard.js';
import { readProblem } from '../upload/problem.js';
import { cancelUrl, shareUrl, streamUrl } from '../upload/stream-address.js';
import { EMPTY, reduce, shareDone, statusWords } from './report.js';

const AWAY = 'The server cannot be reached.';

const part = (id) => document.getElementById(id);
let report = EMPTY;

function follow(name) {
  part('intake').hidden = true;
  part('job').hidden = false;
  part('found').hidden = false;
  part('share').value = shareUrl(location.href, name);
  part('cancel').addEventListener('click', () => cancel(name));
  const stream = openStream(streamUrl(name), { after: 'start' });
  showConnection(stream, part('connection'), part('trouble'));
  stream.on('event', (event) => {
    report = reduce(report, event);
    draw();
  });
  draw();
}

let begins = false;

part('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  if (begins) return;
  begins = true;
  part('refusal').textContent = '';
  const name = `links-${randomKey()}`;
  const refusal = await ask(`/v1/jobs/link-check/${name}`, part('urls').value);
  if (refusal) {
    begins = false;
    part('refusal').textContent = refusal;
    return;
  }
  history.replaceState(null, '', shareUrl(location.href, name));
  follow(name);
  part('subject').focus();
});

async function cancel(name) {
  if (report.cancelling) return;
  const refusal = await ask(cancelUrl(name));
  part('trouble').textContent = refusal ?? '';
}

/** Resolves to a sentence where it was refused. */
async function ask(url, body) {
  try {
    const response = await fetch(url, { method: 'POST', body });
    return response.ok ? undefined : await readProblem(response);
  } catch {
    return AWAY;
  }
}

function draw() {
  const done = shareDone(report);
  part('bar').style.setProperty('--done', String(done));
  part('bar').setAttribute('aria-valuenow', String(Math.floor(100 * done)));
  part('percent').textContent = report.total === null ? '' : `${report.done} of ${report.total}`;
  part('job').dataset.phase = report.ending ?? 'running';
  const words = statusWords(report);
  if (part('status').textContent !== words) part('status').textContent = words;
  const body = part('results').tBodies[0];
  body.append(...report.results.slice(body.rows.length).map(row));
  part('cancel').setAttribute('aria-disabled', String(report.cancelling));
  const over = report.ending !== null;
  const hadFocus = document.activeElement === part('cancel');
  part('cancel').hidden = over;
  part('again').hidden = !over;
  // A button that goes away must not take the keyboard with it.
  if (over && hadFocus) part('again').focus();
}

function row({ url, ok, words }) {
  const line = document.createElement('tr');
  line.dataset.ok = String(ok);
  line.insertCell().textContent = url;
  line.insertCell().textContent = words;
  return line;
}

part('broken').addEventListener('change', ({ target }) => {
  part('results').classList.toggle('only-broken', target.checked);
});
copyOnClick(part('copy'), part('share'), (sentence) => { part('announcement').textContent = sentence; });
keepToAddress();

const named = nameFrom(location.href, null);
if (named === null) part('intake').hidden = false;
else follow(named);
// Not before: it would be pushed down.
part('recipe').hidden = false;
