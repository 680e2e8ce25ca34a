import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY, reduce } from '../../public/upload/progress-view.js';
import { barText, connectionWord, figures, percentText, statusSentence } from '../../public/upload/wording.js';

const watching = reduce(EMPTY, { type: 'watch_began', name: 'n' });
const hear = (view, event, data) => reduce(view, { type: 'stream_event', event, data: JSON.stringify(data) });
const halfway = hear(watching, 'progress', { done: 1_500_000, total: 3_000_000, unit: 'bytes', rate: 500_000, eta_seconds: 3 });

test('figures while it runs', () => {
  assert.deepEqual(figures(halfway), { done: '1.5 MB of 3.0 MB', rate: '500 kB/s', left: '3 s', lines: '–' });
  assert.equal(barText(halfway), '50 %, 1.5 MB of 3.0 MB, 3 s left');
});

test('figures when it is over: no rate, nothing left', () => {
  const view = hear(halfway, 'succeeded', { sha256: 'x', bytes: 3_000_000, lines: 41_234 });
  assert.deepEqual(figures(view), { done: '3.0 MB', rate: '–', left: '–', lines: '41,234' });
  assert.equal(barText(view), '100 %, 3.0 MB');
});

test('before anything is known', () => {
  assert.deepEqual(figures(watching), { done: '–', rate: '–', left: '–', lines: '–' });
  assert.equal(barText(watching), 'not started');
  assert.equal(statusSentence(EMPTY), '');
});

test('the sentence does not change with the percentage', () => {
  assert.equal(statusSentence(halfway), statusSentence(hear(halfway, 'progress', { done: 2_000_000, total: 3_000_000 })));
});

test('endings give their reason', () => {
  assert.equal(statusSentence(hear(watching, 'failed', { message: 'disk full' })), 'Failed: disk full');
  assert.equal(statusSentence(hear(watching, 'failed', {})), 'Failed: no reason was given.');
  assert.equal(statusSentence(hear(watching, 'failed', { message: 7 })), 'Failed: no reason was given.');
  assert.equal(statusSentence(hear(watching, 'cancelled', {})), 'Cancelled.');
  assert.equal(statusSentence(hear(watching, 'succeeded', {})), 'Done.');
  assert.equal(statusSentence(reduce(watching, { type: 'stream_ended' })), 'This stream has ended.');
});

test('every connection state has a word', () => {
  for (const state of ['connecting', 'live', 'reconnecting', 'lost', 'done']) {
    assert.ok(connectionWord({ connection: state }), state);
  }
});

test('the percentage keeps its width', () => {
  assert.equal(percentText(halfway), '\u200750 %');
  assert.equal(percentText(watching).length, percentText(halfway).length);
});
