/** What the pages of one-way uses share: names, words for a connection, publishing once. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameFrom, randomKey } from '../../public/live/address.js';
import { connectionWords, isPuzzling } from '../../public/live/connection-words.js';
import { configure, publish } from '../../public/live/publish.js';
import { isName } from '../../public/upload/stream-address.js';

test('the address names a stream, or what it names is no name', () => {
  assert.equal(nameFrom('https://x/feed.html', 'own'), 'own');
  assert.equal(nameFrom('https://x/feed.html#news', 'own'), 'news');
  assert.equal(nameFrom('https://x/feed.html#%3Cb%3E', 'own'), 'own');
});

test('keys are names, of one length, also where chance is all zeros or all ones', () => {
  for (const word of [0, 1, 2 ** 32 - 1]) {
    const key = randomKey((numbers) => numbers.fill(word));
    assert.equal(key.length, 10);
    assert.ok(isName(key));
  }
  assert.equal(new Set(Array.from({ length: 1000 }, () => randomKey())).size, 1000);
});

test('a word for every state of a connection', () => {
  assert.deepEqual(connectionWords({ state: 'open' }), ['live', 'live']);
  assert.deepEqual(connectionWords({ state: 'waiting' }), ['reconnecting', 'reconnecting…']);
  assert.deepEqual(connectionWords({ state: 'offline' }), ['reconnecting', 'no network']);
  assert.deepEqual(connectionWords({ state: 'closed', reason: 'done' }), ['done', 'done']);
  assert.deepEqual(connectionWords({ state: 'closed', reason: 'refused' }), ['lost', 'not connected']);
});

test('a reason is asked for where there may be one', () => {
  assert.equal(isPuzzling({ state: 'closed', reason: 'refused' }, true), true);
  assert.equal(isPuzzling({ state: 'closed', reason: 'done' }, true), false);
  assert.equal(isPuzzling({ state: 'waiting' }, false), true, 'never let in: a closed service, perhaps');
  assert.equal(isPuzzling({ state: 'waiting' }, true), false, 'only away');
});

/** Answers from a list: a status, or an error to be thrown. */
function worldOf(...answers) {
  const world = {
    sent: [],
    waited: [],
    fetch: async (url, init) => {
      world.sent.push({ url, ...init });
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (answer instanceof Error) throw answer;
      return new Response('{}', { status: answer });
    },
    wait: async (ms) => { world.waited.push(ms); },
    key: () => 'k',
  };
  return world;
}

test('a lost answer: the same keys again, and so once', async () => {
  const world = worldOf(new Error('reset'), 503, 200);
  const troubles = [];
  assert.equal(await publish('news', [{ data: 1 }], (sentence) => troubles.push(sentence), world), undefined);
  assert.equal(world.sent.length, 3);
  assert.equal(new Set(world.sent.map(({ body }) => body)).size, 1);
  assert.equal(world.sent[0].body, '[{"key":"k","data":1}]');
  assert.equal(world.sent[0].url, '/v1/streams/news/events');
  assert.match(troubles[0], /cannot be reached.*Trying again/);
});

test('what is refused is not sent again; what stays closed is given up', async () => {
  for (const status of [400, 401, 403, 409, 429]) {
    const world = worldOf(status);
    assert.match(await publish('news', [{}], undefined, world), /\.$/);
    assert.equal(world.sent.length, 1);
  }
  const closed = worldOf(503);
  assert.match(await configure('news', {}, undefined, closed), /not available/);
  assert.equal(closed.sent[0].method, 'PUT');
  assert.ok(closed.waited.reduce((sum, ms) => sum + ms) < 12_000);
});
