/** A check of links, told event by event. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY, reduce, shareDone, statusWords } from '../../public/links/report.js';

const told = (...events) => events.map(([type, data]) => ({ type, data })).reduce(reduce, EMPTY);
const good = ['result', { url: 'https://a/', ok: true, status: 200 }];
const bad = ['result', { url: 'https://b/', ok: false, error: 'No answer within 8 seconds.' }];

test('results in their order, each with its sign', () => {
  assert.deepEqual(told(good, bad).results, [
    { url: 'https://a/', ok: true, words: '✓ 200' },
    { url: 'https://b/', ok: false, words: '✗ No answer within 8 seconds.' },
  ]);
});

test('how far it is', () => {
  assert.equal(shareDone(EMPTY), 0);
  assert.equal(shareDone(told(['progress', { done: 3, total: 6 }])), 0.5);
  assert.equal(shareDone(told(['progress', { done: 9, total: 6 }])), 1);
});

test('the sentence changes with the phase', () => {
  assert.equal(statusWords(EMPTY), 'Waiting for the first report.');
  assert.equal(statusWords(told(['progress', { done: 0, total: 2 }])), 'Checking 2 links.');
  assert.equal(statusWords(told(good, ['cancel', {}])), 'Cancelling…');
  assert.equal(statusWords(told(good, bad, ['succeeded', {}])), 'Done: 2 links checked, 1 broken.');
  assert.equal(statusWords(told(good, ['cancel', {}], ['cancelled', {}])), 'Cancelled: 1 link checked, none broken.');
  assert.equal(statusWords(told(['failed', { message: 'The job was silent.' }])), 'Failed: The job was silent.');
});

test('anything may come over the wire', () => {
  for (const data of [null, 'x', 7, {}, { url: 7 }]) {
    assert.deepEqual(told(['result', data], ['progress', data], ['odd', data]), EMPTY);
  }
  assert.equal(told(['result', { url: 'u', ok: 'yes', status: '200' }]).results[0].words, '✗ no answer');
});
