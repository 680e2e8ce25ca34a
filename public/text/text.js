/**
 * A text that several write: what is typed becomes operations of a `Sequence`, which are
 * messages of a room; what comes from the room is taken into the sequence, and the text
 * area shows it. Who comes late takes all of them, from the first on.
 */

import { joinRoom } from '/sdk/tidings.js';
import { awaitPast } from '/room/past.js';
import { showPeople } from '/room/people.js';
import { settle } from '/room/place.js';
import { showLink } from '/room/share.js';
import { showStanding } from '/room/standing.js';
import { nameOfVisitor } from '/room/visitor.js';
import { difference } from './difference.js';
import { Parcel } from './parcel.js';
import { Sequence } from './sequence.js';

/** A connection may send ten frames a second; what is typed meanwhile goes together. */
const PAUSE_MS = 150;

const part = (id) => document.getElementById(id);
const area = part('area');
const room = joinRoom(settle('text'), { name: nameOfVisitor(), after: 'start' });
const sequence = new Sequence();
const parcel = new Parcel();
/** Anew with each load: what the last one wrote may still be on its way under its ids. */
const session = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => (byte % 36).toString(36)).join('');
let shown = []; // the letters that the area shows
let due = false;
let sending = false;

showStanding(room);
showPeople(room, part('people'));
showLink();
awaitPast(room, () => {
  draw();
  if (room.me.role === 'reader') lock('You may read this text, and not write in it.');
  else area.readOnly = false;
}, lock);

room.on('message', ({ from, data }) => {
  // Those of our own are known already, and are taken once.
  if (Array.isArray(data?.ops)) for (const operation of data.ops) sequence.take(operation, from.id);
  if (due) return;
  due = true;
  requestAnimationFrame(draw);
});

/** Shows the text as it is now, with the caret behind the letter behind which it was. */
function draw() {
  due = false;
  // Half a syllable of an input method would be lost: the area waits until it is whole.
  if (area.dataset.composing) return;
  const letters = sequence.visible();
  const text = letters.map(({ char }) => char).join('');
  if (area.value !== text) {
    const { selectionStart, selectionEnd, selectionDirection, scrollTop } = area;
    const [start, end] = [selectionStart, selectionEnd].map(letterBefore);
    area.value = text;
    area.setSelectionRange(sequence.endOf(start), sequence.endOf(end), selectionDirection);
    area.scrollTop = scrollTop;
  }
  shown = letters;
  part('size').textContent = `${letters.length} letters`;
}

function letterBefore(offset) {
  let length = 0;
  let index = 0;
  while (index < shown.length && length < offset) length += shown[index++].char.length;
  return shown[index - 1] ?? null;
}

/** Told by the letters that were shown, so it does not matter what came meanwhile. */
function take() {
  if (area.dataset.composing || area.readOnly) return;
  const after = [...area.value];
  const caret = [...area.value.slice(0, area.selectionEnd)].length;
  const { start, removed, inserted } = difference(shown.map(({ char }) => char), after, caret);
  const gone = shown.slice(start, start + removed);
  const { letters, operations } = sequence.write(shown[start - 1] ?? null, inserted, room.me.id, session);
  parcel.add([...sequence.remove(gone), ...operations], room.me.id);
  shown = [...shown.slice(0, start), ...letters, ...shown.slice(start + removed)];
  draw();
  send();
}

/** One message at a time; the SDK sends it until it is stored, and the room stores it once. */
async function send() {
  if (sending) return;
  sending = true;
  try {
    for (let ops = parcel.next(); ops; ops = parcel.next()) {
      part('saved').textContent = 'Not stored yet.';
      await room.send({ data: { ops } });
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    part('saved').textContent = 'Everything is stored.';
    sending = false;
  } catch ({ message }) {
    // What is seen here is not what others see: not a place to write on.
    lock(`What you wrote last was not stored (${message}). Copy it, then reload the page.`);
  }
}

function lock(sentence) {
  area.readOnly = true;
  part('trouble').textContent = sentence;
}

area.addEventListener('input', take);
area.addEventListener('compositionstart', () => { area.dataset.composing = 'yes'; });
area.addEventListener('compositionend', () => {
  delete area.dataset.composing;
  take();
});
addEventListener('beforeunload', (event) => {
  if (sending && !area.readOnly) event.preventDefault();
});
