/**
 * Unread notifications, also after days away.
 *
 * The server keeps the stream, the browser the cursor of the last one that was read:
 * a visit begins behind it, and so gets exactly what is unread.
 */

import { nameFrom } from '../live/address.js';
import { showConnection } from '../live/connection.js';
import { keepToAddress } from '../live/own-address.js';
import { onLine } from '../live/line-form.js';
import { configure, publish } from '../live/publish.js';
import { openStream } from '../sdk/tidings.js';
import { streamUrl } from '../upload/stream-address.js';
import { arrive, countWords, EMPTY, markOf, markRead } from './inbox.js';
import { keepMark, onMark, ownInbox, readUpTo } from './read-mark.js';

/** How long somebody may stay away: 30 days. */
const RETENTION = { title: 'Notifications', retain_seconds: 30 * 86_400 };

const part = (id) => document.getElementById(id);
const own = ownInbox();
const name = nameFrom(location.href, own);
let inbox = EMPTY;
let configured = name !== own; // another's stream is kept as its owner wants it

part('command').textContent =
  `curl ${location.origin}${streamUrl(name)}/events -H 'Content-Type: text/plain' -d 'Your order is on its way'`;
// Not before: the command is longer or shorter, and what is below it would move.
part('recipe').hidden = part('inbox').hidden = false;

const stream = openStream(streamUrl(name), { after: readUpTo(name) ?? 'start' });
showConnection(stream, part('connection'), part('refusal'));
stream.on('gap', () => { part('gap').hidden = false; });
// What is typed here, and what somebody publishes with curl as plain text.
for (const type of ['notification', 'message']) stream.on(type, (event) => {
  inbox = arrive(inbox, event);
  draw();
});
onMark(name, (cursor) => {
  inbox = markRead(inbox, cursor);
  draw();
});

part('read').addEventListener('click', () => {
  const cursor = markOf(inbox);
  if (cursor === null) return;
  keepMark(name, cursor);
  inbox = markRead(inbox, cursor);
  part('gap').hidden = true;
  draw();
});

onLine({ form: part('form'), input: part('text'), button: part('send'), refusal: part('refusal') }, async (text, say) => {
  const refusal = configured ? undefined : await configure(name, RETENTION, say);
  configured ||= !refusal;
  return refusal ?? publish(name, [{ type: 'notification', data: { text } }], say);
});
keepToAddress();

function draw() {
  const { unread } = inbox;
  const list = part('items');
  const wanted = new Set(unread.map(({ cursor }) => cursor));
  for (const item of [...list.children]) if (!wanted.has(item.dataset.cursor)) item.remove();
  // They come and go in order, so those that are there are the first.
  list.append(...unread.slice(list.children.length).map(row));
  part('read').setAttribute('aria-disabled', String(markOf(inbox) === null));
  const words = countWords(unread.length);
  if (part('count').textContent !== words) part('count').textContent = words;
  document.title = `${unread.length ? `(${unread.length}) ` : ''}Notifications · Tidings`;
}

function row({ cursor, text }) {
  const item = document.createElement('li');
  item.dataset.cursor = cursor;
  item.textContent = text;
  return item;
}

draw();
