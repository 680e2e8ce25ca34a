/** The dashboard's history: reports by hand, and a clock by hand. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { add, EMPTY, lineWords, pace, points, REPORTS, spanWords } from '../../public/dashboard/history.js';

const report = (events) => ({ streams: 1, readers: 2, events });
const after = (...reports) => reports.reduce((history, [events, at]) => add(history, report(events), at), EMPTY);

test('the pace is that of the last ten seconds', () => {
  assert.equal(pace(EMPTY, 0), null);
  assert.equal(pace(after([100, 0]), 500), null, 'too early to tell');
  assert.equal(pace(after([100, 0], [150, 5000]), 5000), 10);
  assert.equal(pace(after([0, 0], [100, 1000], [200, 11_000]), 11_000), 10, 'what was before is forgotten');
});

test('it falls to nothing while nothing is reported', () => {
  const history = after([0, 0], [100, 1000]);
  assert.equal(pace(history, 5000), 20);
  assert.equal(pace(history, 11_000), 0);
});

test('a burst of old reports, as after a cut, is no pace', () => {
  const history = after([0, 0], [500, 4], [900, 8]);
  assert.equal(pace(history, 2000), 0);
  assert.equal(history.reports.length, 3);
});

test('what is no report changes nothing; the history has an end', () => {
  for (const data of [null, 'x', {}, { streams: 1, readers: -1, events: 0 }, { streams: '1', readers: 1, events: 1 }]) {
    assert.deepEqual(add(EMPTY, data, 0), EMPTY);
  }
  const history = after(...Array.from({ length: 100 }, (_, n) => [n, n * 1000]));
  assert.equal(history.reports.length, REPORTS);
  assert.ok(history.paced.length < 30);
});

test('a line goes from edge to edge and from top to bottom', () => {
  assert.equal(points([0, 5, 10], 100, 20), '0,20 50,10 100,0');
  assert.equal(points([3, 3], 100, 20), '0,10 100,10');
  assert.equal(points([3], 100, 20), '0,10 100,10');
});

test('and has words', () => {
  assert.equal(spanWords([4, 4]), '4 throughout');
  assert.equal(spanWords([4, 1, 2]), 'From 1 to 4, now 2');
  assert.equal(lineWords(0), '');
  assert.match(lineWords(2), /last 2 reports/);
});
