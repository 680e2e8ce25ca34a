/**
 * Everybody's pointer in one area. Places are signals: passed on at once, never stored,
 * and a newer one takes the place of an older one that still waits. Colours are presence:
 * whoever comes later is told as well.
 */

import { joinRoom } from '/sdk/tidings.js';
import { element } from '/room/element.js';
import { showPeople } from '/room/people.js';
import { settle } from '/room/place.js';
import { showLink } from '/room/share.js';
import { showStanding } from '/room/standing.js';
import { keepName, nameOfVisitor, tidyName } from '/room/visitor.js';
import { Pace } from './pace.js';
import { COLOURS, colourOf, moved, placeAt, placeOf } from './pointer.js';

/** 20 a second look like motion; a connection may send 60. */
const EVERY_MS = 50;

const part = (id) => document.getElementById(id);
const [area, name] = ['area', 'name'].map(part);
const url = settle('cursors');
const colour = Math.floor(Math.random() * COLOURS);
const pointers = new Map(); // elements by member's id
let room;
let place; // ours, once we have pointed anywhere

const pace = new Pace(EVERY_MS, (where) => room.signal(where, { key: 'pointer' }));

function enter() {
  room?.close();
  room = joinRoom(url, { name: keepName(name.value), tail: 0 });
  showStanding(room);
  showPeople(room, part('people'), (member) => element('li', { className: `colour-${colourOf(member)}` }, member.name));
  room.presence({ colour });
  // Who is back after a cut does not know who stands where, and asks.
  room.on('welcome', () => {
    room.signal(true, { key: 'hello' });
    if (place) pace.offer(place);
  });
  room.on('signal', ({ from, key, data }) => {
    if (key === 'hello' && place) room.signal(place, { key: 'pointer', to: from.id });
    else if (key === 'pointer') show(from.id, placeOf(data));
  });
  room.on('members', () => {
    for (const id of pointers.keys()) if (!memberOf(id)) forget(id);
    for (const id of pointers.keys()) dress(id);
  });
  room.on('status', ({ state }) => {
    // What was true before the cut may not be any more.
    if (state !== 'open') for (const id of pointers.keys()) if (id !== room.me?.id) forget(id);
  });
}

const memberOf = (id) => room.members.find((member) => member.id === id);

function forget(id) {
  pointers.get(id).remove();
  pointers.delete(id);
}

/** Draws only those whom the room lists, so nobody stays who has left. */
function show(id, where) {
  if (!where || !memberOf(id)) return;
  if (!pointers.has(id)) {
    pointers.set(id, element('div', {}, element('span')));
    dress(id);
    area.append(pointers.get(id));
  }
  // The style sheet makes a transform of them, in shares of the area.
  pointers.get(id).style.setProperty('--x', where.x);
  pointers.get(id).style.setProperty('--y', where.y);
}

function dress(id) {
  const member = memberOf(id);
  const isMine = id === room.me?.id;
  pointers.get(id).className = `pointer colour-${colourOf(member)}${isMine ? ' mine' : ''}`;
  pointers.get(id).firstChild.textContent = isMine ? 'You' : member.name;
}

function point(where) {
  place = where;
  pace.offer(where);
  if (room.me) show(room.me.id, where);
}

area.addEventListener('pointermove', ({ clientX, clientY }) => {
  const { left, top, width, height } = area.getBoundingClientRect();
  point(placeAt((clientX - left) / width, (clientY - top) / height));
});
area.addEventListener('keydown', (event) => {
  const next = moved(place ?? { x: 0.5, y: 0.5 }, event.key, event.shiftKey);
  if (!next) return;
  event.preventDefault(); // or the page would scroll
  point(next);
});

part('naming').addEventListener('submit', (event) => {
  event.preventDefault();
  name.value = tidyName(name.value) || nameOfVisitor();
  enter();
});

name.value = nameOfVisitor();
showLink();
enter();
