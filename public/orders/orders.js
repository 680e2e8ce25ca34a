/**
 * An order book that every page computes by itself: orders are messages of a room, the
 * room puts them into one order, and `Book` does the rest. Nobody matches on the server.
 */

import { joinRoom } from '/sdk/tidings.js';
import { element } from '/room/element.js';
import { awaitPast } from '/room/past.js';
import { showPeople } from '/room/people.js';
import { settle } from '/room/place.js';
import { showLink } from '/room/share.js';
import { showStanding } from '/room/standing.js';
import { nameOfVisitor } from '/room/visitor.js';
import { levels } from './book.js';
import { Ledger } from './ledger.js';
import { formatPrice, orderOf } from './order.js';

/** As many rows as there always are, so that nothing moves. */
const LEVELS = 6;
const TRADES = 50;

const part = (id) => document.getElementById(id);
const form = part('order');
const room = joinRoom(settle('orders'), { name: nameOfVisitor(), after: 'start' });
const ledger = new Ledger();
let unsent = 0;
let due = false;
let isWhole = false;

showStanding(room);
showPeople(room, part('people'));
showLink();
awaitPast(room, () => {
  isWhole = true;
  draw();
}, (sentence) => {
  form.querySelector('button').disabled = true;
  say(sentence);
});
room.on('frame', (frame) => {
  if (!ledger.take(frame) || due) return;
  due = true;
  requestAnimationFrame(draw);
});

/** Resolves when it is in the log, where it will be once, also if the server crashes meanwhile. */
async function post(data) {
  unsent += 1;
  countUnsent();
  try {
    await room.send({ data });
    say('');
  } catch ({ message }) {
    say(`Not accepted: ${message}`);
  } finally {
    unsent -= 1;
    countUnsent();
  }
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const { side, amount, price } = form.elements;
  const { order, wrong, sentence } = orderOf({ side: side.value, amount: amount.value, price: price.value });
  for (const field of [amount, price]) field.setAttribute('aria-invalid', String(field.id === wrong));
  if (order) return post({ order });
  say(sentence);
  return form.elements[wrong].focus();
});

function draw() {
  due = false;
  if (!isWhole) return; // half a past would show trades that others have long forgotten
  const { book } = ledger;
  fill('bids', book.bids, ({ price, amount }) => [amount, formatPrice(price)]);
  fill('offers', book.offers, ({ price, amount }) => [formatPrice(price), amount]);
  const count = book.trades.length;
  part('trades').replaceChildren(...book.trades.slice(-TRADES).reverse()
    .map(({ amount, price }, i) => row([count - i, amount, formatPrice(price)])));
  drawMine(book.of(room.me.id));
  part('count').textContent = book.placed;
  part('traded').textContent = book.traded;
  part('last').textContent = count > 0 ? formatPrice(book.trades.at(-1).price) : '–';
  part('fingerprint').textContent = book.fingerprint;
}

const row = (cells) => element('tr', {}, ...cells.map((cell) => element('td', {}, ...[cell].flat().map((one) => (one instanceof Node ? one : String(one))))));

function fill(id, orders, cellsOf) {
  const rows = levels(orders, LEVELS).map((level) => row(cellsOf(level)));
  while (rows.length < LEVELS) rows.push(row(['\u00a0', '']));
  part(id).replaceChildren(...rows);
}

function drawMine(orders) {
  const buttons = () => [...part('mine').querySelectorAll('button')];
  const held = document.activeElement?.dataset.order;
  const place = buttons().indexOf(document.activeElement);
  part('mine').replaceChildren(...orders.map(({ id, side, open, price }) => {
    const words = `Cancel: ${side} ${open} at ${formatPrice(price)}`;
    const button = element('button', { type: 'button', ariaLabel: words, dataset: { order: id }, onclick: () => post({ cancel: id }) }, 'Cancel');
    return row([side, open, formatPrice(price), button]);
  }));
  if (held) (buttons().find(({ dataset }) => dataset.order === held) ?? buttons()[place] ?? buttons().at(-1) ?? part('price')).focus();
}

function say(sentence) {
  part('trouble').textContent = sentence;
}

function countUnsent() {
  part('unsent').textContent = unsent > 0 ? `Without an answer yet: ${unsent}` : '';
}
