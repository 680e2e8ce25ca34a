/**
 * A live feed: what anybody publishes appears on every page that is open.
 *
 * The stream does the work. Who opens the page gets the last items (`tail`), who comes
 * back gets what they missed, and each item once, because it has a cursor.
 */

import { nameFrom } from '../live/address.js';
import { showConnection } from '../live/connection.js';
import { keepToAddress } from '../live/own-address.js';
import { onLine } from '../live/line-form.js';
import { publish } from '../live/publish.js';
import { openStream } from '../sdk/tidings.js';
import { streamUrl } from '../upload/stream-address.js';
import { add, announcement, EMPTY, itemFrom, release } from './shelf.js';

/** Who comes late begins with so many. */
const TAIL = 20;

/** Items that come together are announced together. */
const GATHER_MS = 300;

const part = (id) => document.getElementById(id);
const times = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });
const name = nameFrom(location.href, 'demo-feed');
let shelf = EMPTY;
let unsaid = [];

const stream = openStream(streamUrl(name), { tail: TAIL });
showConnection(stream, part('connection'), part('refusal'));
stream.on('gap', () => { part('gap').hidden = false; });
// What is typed here, and what somebody publishes with curl as plain text.
for (const type of ['item', 'message']) stream.on(type, (event) => {
  const item = itemFrom(event);
  if (item === null) return;
  shelf = add(shelf, item, isReading());
  draw();
  if (unsaid.push(item) === 1) setTimeout(announce, GATHER_MS);
});

onLine({ form: part('form'), input: part('text'), button: part('send'), refusal: part('refusal') }, (text, say) =>
  publish(name, [{ type: 'item', data: { text, at: Date.now() } }], say));

part('fresh').addEventListener('click', () => {
  showHeld();
  part('latest').scrollIntoView();
  part('latest').focus({ preventScroll: true }); // the button goes away
});
addEventListener('scroll', () => { if (!isReading()) showHeld(); }, { passive: true });
keepToAddress();

/** The head of the list has left the screen. */
function isReading() {
  return part('latest').getBoundingClientRect().bottom < 0;
}

function showHeld() {
  shelf = release(shelf);
  draw();
}

/** Only what is new is made: the first that is on the page already ends it. */
function draw() {
  const list = part('items');
  const first = list.firstElementChild?.dataset.cursor;
  const known = shelf.shown.findIndex(({ cursor }) => cursor === first);
  list.prepend(...shelf.shown.slice(0, known < 0 ? undefined : known).map(row));
  while (list.children.length > shelf.shown.length) list.lastElementChild.remove();
  part('empty').hidden = shelf.shown.length > 0;
  part('fresh').hidden = shelf.held.length === 0;
  part('fresh').textContent = `${shelf.held.length} new`;
}

function row({ cursor, text, at }) {
  const item = document.createElement('li');
  item.dataset.cursor = cursor;
  item.append(text);
  if (at) {
    const time = document.createElement('time');
    time.dateTime = at.toISOString();
    time.textContent = times.format(at);
    item.append(time);
  }
  return item;
}

function announce() {
  part('announcement').textContent = announcement(unsaid);
  unsaid = [];
}
