/** What the laboratory works out, without a browser. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoName } from '../../public/lab/demo.js';
import { Latencies, percentile } from '../../public/lab/percentiles.js';
import { place, ResumeAudit } from '../../public/lab/resume-audit.js';
import { eventBytes, frameBytes } from '../../public/lab/wire-size.js';
import { absenceSentence, bytes, milliseconds } from '../../public/lab/wording.js';

test('a percentile is one of the values', () => {
  const hundred = Array.from({ length: 100 }, (_, n) => n + 1);
  assert.equal(percentile(hundred, 50), 50);
  assert.equal(percentile(hundred, 95), 95);
  assert.equal(percentile([7], 95), 7);
  assert.equal(percentile([1, 2], 50), 1);
});

test('only the last latencies count, and nothing is said of none', () => {
  const latencies = new Latencies(3);
  assert.equal(latencies.summary, null);
  for (const value of [100, 5, 1, 3]) latencies.add(value);
  assert.deepEqual(latencies.values, [5, 1, 3]);
  assert.deepEqual(latencies.summary, { min: 1, median: 3, p95: 5, max: 5 });
});

test('an event is as many bytes as the protocol writes', () => {
  const written = 'event: progress\ndata: {"done":5}\nid: sffk26yzch.2\n\n';
  assert.equal(eventBytes({ type: 'progress', data: '{"done":5}', id: 'sffk26yzch.2' }), written.length);
  assert.equal(eventBytes({ type: 'message', data: 'a\nb', id: 'e.1' }), 'data: a\ndata: b\nid: e.1\n\n'.length);
  assert.equal(eventBytes({ type: 'message', data: '…', id: 'e.1' }), Buffer.byteLength('data: …\nid: e.1\n\n'));
});

test('a frame has a header of its size, and a mask where a browser sends it', () => {
  const header = (size) => frameBytes('x'.repeat(size)) - size;
  assert.deepEqual([0, 125, 126, 65_535, 65_536].map(header), [2, 2, 4, 4, 10]);
  assert.equal(frameBytes('é'), 4);
  assert.equal(frameBytes(new Uint8Array(256)), 260);
  assert.equal(frameBytes('hello', { masked: true }), 11);
});

/** Takes `numbers` in order; each is answered with what it was. */
const takeAll = (audit, numbers, now = 0) => numbers.map((seq) => audit.take(`e.${seq}`, now));
const publishUpTo = (audit, seq) => audit.published(`e.${seq}`);

test('numbers that follow each other are live, with nothing lost', () => {
  const audit = new ResumeAudit();
  assert.deepEqual(takeAll(audit, [1, 2, 3]), ['live', 'live', 'live']);
  assert.equal(audit.cursor, 'e.3');
  assert.deepEqual([audit.seen, audit.lost, audit.doubled], [3, 0, 0]);
});

test('a hole is lost, a repetition doubled, and neither moves the cursor back', () => {
  const audit = new ResumeAudit();
  assert.deepEqual(takeAll(audit, [1, 4, 4, 2, 5]), ['live', 'live', 'repeat', 'repeat', 'live']);
  assert.deepEqual([audit.lost, audit.doubled, audit.cursor], [2, 2, 'e.5']);
});

test('after a cut: what was missed is replayed, what comes then is live', () => {
  const audit = new ResumeAudit();
  takeAll(audit, [1, 2]);
  audit.cut(1000);
  publishUpTo(audit, 5);
  assert.equal(absenceSentence(audit), null);
  audit.back(4000);
  assert.equal(audit.absence.missed, 3);
  publishUpTo(audit, 6);
  assert.deepEqual(takeAll(audit, [3, 4], 4010), ['replay', 'replay']);
  assert.equal(absenceSentence(audit), null, 'one is still on its way');
  assert.deepEqual(takeAll(audit, [5, 6], 4020), ['replay', 'live']);
  assert.deepEqual(audit.absence.replayed, [{ seq: 3, after: 10 }, { seq: 4, after: 10 }, { seq: 5, after: 20 }]);
  assert.equal(absenceSentence(audit), '3 missed, 3 replayed within 20 ms; 0 lost, 0 doubled.');
});

test('what a resume does not bring is lost, and the account is closed', () => {
  const audit = new ResumeAudit();
  takeAll(audit, [1]);
  audit.cut(0);
  publishUpTo(audit, 4);
  audit.back(10);
  takeAll(audit, [3, 5], 15);
  assert.equal(absenceSentence(audit), '3 missed, 1 replayed within 5.0 ms; 2 lost, 0 doubled.');
});

test('nothing was sent during a cut; coming back twice changes nothing', () => {
  const audit = new ResumeAudit();
  audit.back(0);
  assert.equal(audit.absence, null);
  takeAll(audit, [1]);
  audit.cut(0);
  publishUpTo(audit, 1);
  audit.back(10);
  audit.back(20);
  assert.equal(audit.absence.backAt, 10);
  assert.equal(absenceSentence(audit), 'Nothing was sent meanwhile.');
});

test('another life of the name begins its numbers anew', () => {
  const audit = new ResumeAudit();
  takeAll(audit, [1, 2]);
  assert.equal(audit.take('f.1', 0), 'live');
  assert.deepEqual([audit.lost, audit.doubled, audit.cursor], [0, 0, 'f.1']);
  assert.deepEqual(place('f.1'), { epoch: 'f', seq: 1 });
});

test('names are the rule of the worker, and new each time', () => {
  for (let value = 0; value < 256; value += 1) {
    assert.match(demoName('lab', (all) => all.fill(value)), /^demo-lab-[a-z2-9]{10}$/);
  }
  assert.notEqual(demoName('lab'), demoName('lab'));
});

test('figures as they are read', () => {
  assert.deepEqual([null, 0.04, 3.26, 41.3, 2040].map(milliseconds), ['–', '0.0 ms', '3.3 ms', '41 ms', '2.0 s']);
  assert.deepEqual([undefined, 0, 1234].map(bytes), ['–', '0 B', '1,234 B']);
});
