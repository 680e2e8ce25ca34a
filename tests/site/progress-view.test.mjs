import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY, isSettled, phaseOf, reduce } from '../../public/upload/progress-view.js';

const FILE = { name: 'a.bin', size: 100 };
const RESULT = { sha256: 'ab', bytes: 100, lines: 3 };

const began = { type: 'upload_began', name: 'n', file: FILE };
const watched = { type: 'watch_began', name: 'n' };
const opened = { type: 'stream_opened' };
const heard = (event, data = {}) => ({ type: 'stream_event', event, data: JSON.stringify(data) });
const answered = { type: 'upload_answered', result: RESULT };
const refusedWith = (sentence) => ({ type: 'upload_refused', sentence });
const broke = { type: 'upload_broke', sentence: 'broke.' };
const aborted = { type: 'upload_aborted' };
const asked = { type: 'cancel_asked' };

const after = (...actions) => actions.reduce(reduce, EMPTY);

test('nothing has happened yet', () => {
  assert.equal(phaseOf(EMPTY), 'empty');
  assert.equal(isSettled(EMPTY), false);
});

test('an upload runs to its digest, whichever voice comes first', () => {
  const running = [began, opened, heard('progress', { done: 50, total: 100, unit: 'bytes' })];
  assert.equal(phaseOf(after(...running)), 'running');
  for (const order of [[heard('succeeded', RESULT), answered], [answered, heard('succeeded', RESULT)]]) {
    const view = after(...running, ...order);
    assert.equal(phaseOf(view), 'succeeded');
    assert.deepEqual(view.ending.data, RESULT);
    assert.equal(view.progress.percent, 100);
    assert.ok(isSettled(view));
  }
});

test('the answer alone is enough: the digest does not wait for a lost stream', () => {
  assert.equal(phaseOf(after(began, answered)), 'succeeded');
});

test('an empty file is done without ever having a total', () => {
  const view = after(began, opened, heard('progress', { done: 0, total: null }), heard('succeeded', { ...RESULT, bytes: 0 }), answered);
  assert.equal(phaseOf(view), 'succeeded');
  assert.equal(view.progress.percent, 100);
});

test('a used name: the ending of another upload is never shown as ours', () => {
  const view = after(began, opened, heard('progress', { done: 7, total: 7 }), heard('succeeded', { ...RESULT, bytes: 7 }));
  assert.equal(phaseOf(view), 'running', 'not believed before the answer');
  const refused = reduce(view, refusedWith('Conflict.'));
  assert.equal(phaseOf(refused), 'refused');
  assert.equal(refused.ending, null);
  assert.equal(refused.progress, null);
  assert.ok(isSettled(refused));
});

test('a used name on a slow line: no answer came, but the size gives it away', () => {
  const view = after(began, opened, heard('succeeded', { ...RESULT, bytes: 7 }), aborted);
  assert.equal(phaseOf(view), 'refused');
  assert.equal(phaseOf(after(began, opened, heard('succeeded', RESULT), aborted)), 'succeeded');
});

test('a wish to cancel in the snapshot is not the wish of this uploader', () => {
  const view = after(began, opened, heard('cancel'), heard('cancelled'), refusedWith('Conflict.'));
  assert.equal(phaseOf(view), 'refused');
});

test('cancelling: the refused rest of the body is obedience', () => {
  const asking = after(began, opened, asked);
  assert.equal(phaseOf(asking), 'cancelling');
  assert.equal(phaseOf(reduce(asking, aborted)), 'cancelled');
  assert.equal(phaseOf(reduce(asking, refusedWith('Cancelled.'))), 'cancelled');
  assert.equal(phaseOf([heard('cancelled'), aborted].reduce(reduce, asking)), 'cancelled');
  assert.equal(phaseOf([heard('cancelled'), refusedWith('Cancelled.')].reduce(reduce, asking)), 'cancelled');
});

test('cancelling too late is no cancelling', () => {
  assert.equal(phaseOf(after(began, opened, asked, answered)), 'succeeded');
});

test('a broken upload is a failure, until the stream knows better', () => {
  const view = after(began, opened, broke);
  assert.equal(phaseOf(view), 'failed');
  assert.equal(isSettled(view), false);
  assert.equal(phaseOf(reduce(view, heard('succeeded', RESULT))), 'succeeded');
  assert.equal(reduce(view, heard('failed', { message: 'cut off' })).ending.data.message, 'cut off');
});

test('a watcher sees what the uploader sees', () => {
  assert.equal(phaseOf(after(watched)), 'waiting');
  assert.equal(phaseOf(after(watched, opened, heard('progress', { done: 1 }))), 'running');
  assert.equal(phaseOf(after(watched, opened, heard('cancel'))), 'cancelling');
  for (const type of ['succeeded', 'failed', 'cancelled']) {
    const view = after(watched, opened, heard(type));
    assert.equal(phaseOf(view), type);
    assert.ok(isSettled(view));
  }
});

test('an end of a type we do not know is an end', () => {
  assert.equal(phaseOf(after(watched, opened, { type: 'stream_ended' })), 'ended');
});

test('the first ending stands', () => {
  assert.equal(phaseOf(after(watched, heard('failed'), heard('succeeded', RESULT), { type: 'stream_ended' })), 'failed');
});

test('an error is a reconnect; only giving up is a loss', () => {
  const dropped = after(watched, opened, { type: 'stream_dropped' });
  assert.equal(dropped.connection, 'reconnecting');
  assert.equal(phaseOf(dropped), 'waiting');
  assert.equal(reduce(dropped, opened).connection, 'live');
  const lost = reduce(dropped, { type: 'stream_lost', sentence: 'Forbidden.' });
  assert.equal(lost.connection, 'lost');
  assert.equal(phaseOf(lost), 'lost');
  assert.equal(after(watched, { type: 'stream_dropped' }).connection, 'connecting', 'never was up');
});

test('an uploader without a stream still uploads', () => {
  const view = after(began, { type: 'stream_lost', sentence: 'Forbidden.' });
  assert.equal(phaseOf(view), 'waiting');
  assert.equal(phaseOf(reduce(view, answered)), 'succeeded');
});

test('progress: what the server says, else what can be worked out, else nothing', () => {
  const seen = (data) => after(watched, opened, heard('progress', data)).progress;
  assert.equal(seen({ done: 1, total: 4 }).percent, 25);
  assert.equal(seen({ done: 1, total: 4, percent: 30 }).percent, 30);
  assert.equal(seen({ done: 9, total: 4 }).percent, 100);
  assert.equal(seen({ done: 1, total: null }).percent, null);
  assert.equal(seen({ done: 1, total: 0 }).percent, null);
  assert.deepEqual(seen({ done: 1, total: 2, rate: 3, eta_seconds: 4, unit: 'bytes', message: 'm' }), {
    done: 1, total: 2, percent: 50, rate: 3, etaSeconds: 4, unit: 'bytes', message: 'm',
  });
});

test('hostile data moves nothing', () => {
  const before = after(watched, opened, heard('progress', { done: 1, total: 2 }));
  for (const data of ['', '{', 'null', '7', '"x"', '[]', '{"done":"9"}', '{"done":-1}', '{"done":null}']) {
    const view = reduce(before, { type: 'stream_event', event: 'progress', data });
    assert.equal(view.progress.done, 1, data);
  }
  for (const data of ['null', '7', '{']) {
    assert.equal(phaseOf(reduce(before, { type: 'stream_event', event: 'failed', data })), 'failed');
  }
  assert.equal(reduce(before, { type: 'unheard_of' }), before);
});
