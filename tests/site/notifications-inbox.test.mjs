/** What is unread, in every order in which tabs and the wire can speak. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arrive, countWords, EMPTY, markOf, markRead } from '../../public/notifications/inbox.js';

const event = (n) => ({ cursor: `e.${n}`, data: { text: `note ${n}` } });
const inboxOf = (...numbers) => numbers.map(event).reduce(arrive, EMPTY);
const unread = (inbox) => inbox.unread.map(({ text }) => text);

test('what arrives is unread, oldest first, until it is marked', () => {
  const inbox = inboxOf(1, 2);
  assert.deepEqual(unread(inbox), ['note 1', 'note 2']);
  assert.equal(markOf(inbox), 'e.2');
  assert.deepEqual(markRead(inbox, 'e.2'), EMPTY);
  assert.deepEqual(unread(markRead(inbox, 'e.1')), ['note 2'], 'another tab knew only the first');
});

test('nothing to mark where nothing is', () => {
  assert.equal(markOf(EMPTY), null);
});

test("another tab's mark may overtake the wire", () => {
  let inbox = markRead(inboxOf(1), 'e.3');
  assert.deepEqual(unread(inbox), ['note 1']);
  assert.equal(markOf(inbox), null, 'never back to an older mark');
  inbox = arrive(inbox, event(2));
  inbox = arrive(inbox, event(3));
  assert.deepEqual(inbox, EMPTY);
  assert.deepEqual(unread(arrive(inbox, event(4))), ['note 4']);
});

test('what has no text is no notification', () => {
  for (const data of [null, 7, {}, '', { text: [] }]) {
    assert.deepEqual(arrive(EMPTY, { cursor: 'e.1', data }), EMPTY, JSON.stringify(data));
  }
  assert.deepEqual(unread(arrive(EMPTY, { cursor: 'e.1', data: 'by curl' })), ['by curl']);
});

test('the count in words', () => {
  assert.equal(countWords(0), 'Nothing is unread.');
  assert.equal(countWords(3), '3 unread');
});
