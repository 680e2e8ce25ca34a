import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAmount, formatBytes, formatCount, formatDuration, formatPercent, formatRate } from '../../public/upload/quantity.js';

const NOT_NUMBERS = [undefined, null, NaN, Infinity, -1, '5', {}, true];

test('what is no usable number is unknown, not wrong', () => {
  for (const value of NOT_NUMBERS) {
    assert.equal(formatBytes(value), null);
    assert.equal(formatCount(value), null);
    assert.equal(formatDuration(value), null);
    assert.equal(formatPercent(value), null);
    assert.equal(formatRate(value, 'bytes'), null);
    assert.equal(formatAmount(value, 'links'), null);
  }
});

test('bytes', () => {
  const cases = [
    [0, '0 B'], [1, '1 B'], [999, '999 B'], [1000, '1.0 kB'], [1049, '1.0 kB'], [1051, '1.1 kB'],
    [99_940, '99.9 kB'], [99_960, '100 kB'], [999_499, '999 kB'], [999_500, '1.0 MB'],
    [12_345_678, '12.3 MB'], [5e9, '5.0 GB'], [2e18, '2,000 PB'],
  ];
  for (const [value, text] of cases) assert.equal(formatBytes(value), text, String(value));
});

test('amounts and rates carry the unit the producer named', () => {
  assert.equal(formatAmount(1_500_000, 'bytes'), '1.5 MB');
  assert.equal(formatAmount(1234, 'links'), '1,234 links');
  assert.equal(formatAmount(3, null), '3');
  assert.equal(formatRate(1_500_000, 'bytes'), '1.5 MB/s');
  assert.equal(formatRate(2.25, 'links'), '2.3 links/s');
});

test('durations have two places and never promise less than there is', () => {
  const cases = [
    [0, '0 s'], [0.1, '1 s'], [59, '59 s'], [59.2, '1 min'], [60, '1 min'], [80, '1 min 20 s'],
    [3599, '59 min 59 s'], [3600, '1 h'], [7530, '2 h 5 min'], [86_400, '1 d'], [273_600, '3 d 4 h'],
  ];
  for (const [value, text] of cases) assert.equal(formatDuration(value), text, String(value));
});

test('100 % means all of it', () => {
  assert.equal(formatPercent(99.99), '99 %');
  assert.equal(formatPercent(100), '100 %');
});
