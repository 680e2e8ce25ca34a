/** What a feed shows and holds back. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { add, announcement, EMPTY, itemFrom, KEEP, MAX_LENGTH, release } from '../../public/feed/shelf.js';

const item = (n) => ({ cursor: `e.${n}`, text: `item ${n}`, at: null });
const numbers = (items) => items.map(({ cursor }) => Number(cursor.slice(2)));

test('the newest is first', () => {
  const shelf = [1, 2, 3].reduce((sum, n) => add(sum, item(n), false), EMPTY);
  assert.deepEqual(numbers(shelf.shown), [3, 2, 1]);
  assert.deepEqual(shelf.held, []);
});

test('while somebody reads, nothing moves; then all of it comes, in order', () => {
  let shelf = add(EMPTY, item(1), false);
  for (const n of [2, 3]) shelf = add(shelf, item(n), true);
  assert.deepEqual([numbers(shelf.shown), numbers(shelf.held)], [[1], [3, 2]]);
  assert.deepEqual(numbers(release(shelf).shown), [3, 2, 1]);
  assert.deepEqual(numbers(add(shelf, item(4), false).shown), [4, 3, 2, 1], 'also with the next one');
});

test('a page that is open for days keeps the newest only', () => {
  let shelf = EMPTY;
  for (let n = 1; n <= KEEP + 5; n += 1) shelf = add(shelf, item(n), false);
  assert.deepEqual([shelf.shown.length, shelf.shown[0].cursor, shelf.shown.at(-1).cursor], [KEEP, `e.${KEEP + 5}`, 'e.6']);
});

test('an item is what has a text; anything may come over the wire', () => {
  const at = Date.UTC(2026, 0, 2);
  assert.deepEqual(itemFrom({ cursor: 'e.1', data: { text: ' Rain ', at } }), { cursor: 'e.1', text: 'Rain', at: new Date(at) });
  assert.deepEqual(itemFrom({ cursor: 'e.1', data: 'by curl' }), { cursor: 'e.1', text: 'by curl', at: null });
  assert.equal(itemFrom({ cursor: 'e.1', data: { text: 'x', at: 9e15 } }).at, null, 'no such day');
  assert.equal(itemFrom({ cursor: 'e.1', data: { text: 'x'.repeat(9999) } }).text.length, MAX_LENGTH);
  for (const data of [null, 7, {}, [], ' ', { text: 7 }]) assert.equal(itemFrom({ cursor: 'e.1', data }), null, JSON.stringify(data));
});

test('one item is read aloud, many are counted', () => {
  assert.equal(announcement([item(1)]), 'item 1');
  assert.equal(announcement([item(1), item(2)]), '2 items');
});
