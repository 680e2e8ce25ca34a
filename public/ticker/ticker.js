/**
 * Prices on a conflated stream. "Hold" makes this page the slowest reader there is: what
 * comes when it goes on is not what it missed, but what still holds.
 */

import { nameFrom } from '../live/address.js';
import { showConnection } from '../live/connection.js';
import { keepToAddress } from '../live/own-address.js';
import { configure, publish } from '../live/publish.js';
import { openStream } from '../sdk/tidings.js';
import { formatCount } from '../upload/quantity.js';
import { streamUrl } from '../upload/stream-address.js';
import { add, changeWords, EMPTY } from './board.js';
import { wander } from './market.js';

const CONFIG = { title: 'Prices', conflate: 'symbol' };

/** A burst: so many requests, one after the other, of so many ticks of each symbol. */
const REQUESTS = 20;
const ROUNDS = 5;

const part = (id) => document.getElementById(id);
const name = nameFrom(location.href, 'demo-prices');
const rows = new Map();
let board = EMPTY;
let stream = null;
let drawing = 0;

function follow(after) {
  // Not shared: to hold this wire would be to hold that of other tabs.
  stream = openStream(streamUrl(name), { after, share: false });
  showConnection(stream, part('connection'), part('refusal'));
  stream.on('tick', (event) => {
    board = add(board, event);
    // However many come, one picture at a time is shown.
    drawing ||= requestAnimationFrame(draw);
  });
}

part('hold').addEventListener('click', () => {
  const holding = part('hold').getAttribute('aria-pressed') !== 'true';
  part('hold').setAttribute('aria-pressed', String(holding));
  if (holding) stream.close();
  else follow(stream.cursor);
});

part('burst').addEventListener('click', async () => {
  if (part('burst').getAttribute('aria-disabled') === 'true') return;
  part('burst').setAttribute('aria-disabled', 'true');
  const refusal = await burst();
  part('burst').removeAttribute('aria-disabled');
  say(refusal ?? '');
});
keepToAddress();

async function burst() {
  let prices = new Map([...board.rows].map(([symbol, { price }]) => [symbol, price]));
  let refusal = await configure(name, CONFIG, say);
  for (let request = 0; request < REQUESTS && !refusal; request += 1) {
    const ticks = wander(prices, ROUNDS, Math.random);
    prices = new Map(ticks.map(({ data }) => [data.symbol, data.price]));
    refusal = await publish(name, ticks, say);
  }
  return refusal;
}

function draw() {
  drawing = 0;
  for (const entry of board.rows.values()) {
    const { price, change } = rows.get(entry.symbol) ?? makeRow(entry.symbol);
    const [direction, words] = changeWords(entry.change);
    price.textContent = entry.price.toFixed(2);
    change.textContent = words;
    change.dataset.direction = direction;
  }
  part('empty').hidden = rows.size > 0;
  part('arrived').textContent = formatCount(board.arrived);
  part('skipped').textContent = formatCount(board.skipped);
}

function makeRow(symbol) {
  const row = part('prices').tBodies[0].insertRow();
  const head = row.appendChild(document.createElement('th'));
  head.scope = 'row';
  head.textContent = symbol;
  const cells = { price: row.insertCell(), change: row.insertCell() };
  rows.set(symbol, cells);
  return cells;
}

function say(sentence) {
  part('refusal').textContent = sentence;
}

follow();
