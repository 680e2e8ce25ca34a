/** The ticker's board, and the market that feeds it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { add, changeWords, EMPTY, MAX_SYMBOLS } from '../../public/ticker/board.js';
import { SYMBOLS, wander } from '../../public/ticker/market.js';

const tick = (seq, symbol, price, epoch = 'e') => ({ cursor: `${epoch}.${seq}`, data: { symbol, price } });
const boardOf = (...ticks) => ticks.reduce(add, EMPTY);

test('the newest price of each symbol, and how it changed', () => {
  const board = boardOf(tick(1, 'A', 10), tick(2, 'B', 5), tick(3, 'A', 10.5), tick(4, 'B', 4));
  assert.deepEqual([...board.rows.values()], [{ symbol: 'A', price: 10.5, change: 0.5 }, { symbol: 'B', price: 4, change: -1 }]);
});

test('a hole between two cursors is what was skipped; a new life of the stream is none', () => {
  const { arrived, skipped } = boardOf(tick(90, 'A', 1), tick(91, 'A', 1), tick(101, 'A', 2), tick(1, 'A', 3, 'f'), tick(3, 'A', 3, 'f'));
  assert.deepEqual({ arrived, skipped }, { arrived: 5, skipped: 10 });
});

test('what is no tick is counted and not shown; nor are symbols without end', () => {
  const odd = [null, {}, { symbol: 'A' }, { symbol: 'A', price: '1' }, { symbol: '', price: 1 }, { symbol: 7, price: 1 }];
  const board = odd.map((data, n) => ({ cursor: `e.${n + 1}`, data })).reduce(add, EMPTY);
  assert.deepEqual([board.rows.size, board.arrived], [0, odd.length]);
  const many = boardOf(...Array.from({ length: 80 }, (_, n) => tick(n + 1, `S${n}`, 1)));
  assert.equal(many.rows.size, MAX_SYMBOLS);
});

test('up and down have a sign, not only a colour', () => {
  assert.deepEqual(changeWords(null), ['none', '–']);
  assert.deepEqual(changeWords(0.25), ['up', '+0.25']);
  assert.deepEqual(changeWords(-1), ['down', '−1.00']);
  assert.deepEqual(changeWords(-0.001), ['same', '0.00']);
});

test('the market goes on from where it stands', () => {
  const still = wander(new Map([['ACME', 42]]), 2, () => 0.5);
  assert.equal(still.length, 2 * SYMBOLS.length);
  assert.deepEqual(still[0], { type: 'tick', data: { symbol: 'ACME', price: 42 } });
  assert.equal(wander(new Map([['ACME', -3]]), 1, () => 0)[0].data.price, 0.01, 'never below');
});
