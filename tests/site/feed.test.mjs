/** The feed against a world made by hand: no network, no waiting, no chance. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Feed } from '../../public/upload/feed.js';

const CONNECTING = 0;
const CLOSED = 2;

class World {
  sources = [];
  asked = [];
  waits = [];
  actions = [];
  answers = [];

  open = (url) => {
    const source = Object.assign(new EventTarget(), { url, readyState: CONNECTING, close() { this.readyState = CLOSED; } });
    this.sources.push(source);
    return source;
  };
  fetch = async (url) => {
    this.asked.push(url);
    const answer = this.answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  wait = (ms, then) => {
    this.waits.push(ms);
    this.next = then;
    return undefined;
  };
  random = () => 1;

  follow() {
    return new Feed('/s', ['progress'], (action) => this.actions.push(action), this);
  }
  get source() {
    return this.sources.at(-1);
  }
  get last() {
    return this.actions.at(-1);
  }
  hear(id) {
    this.source.dispatchEvent(Object.assign(new Event('progress'), { data: '{}', lastEventId: id }));
  }
  async giveUp() {
    this.source.readyState = CLOSED;
    this.source.dispatchEvent(new Event('error'));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const answer = (status) => new Response(null, { status });

test('events are passed on as they are', () => {
  const world = new World();
  world.follow();
  world.source.dispatchEvent(new Event('open'));
  world.hear('e.1');
  assert.deepEqual(world.actions, [{ type: 'stream_opened' }, { type: 'stream_event', event: 'progress', data: '{}' }]);
});

test('an error while reconnecting is left to EventSource', async () => {
  const world = new World();
  world.follow();
  world.source.dispatchEvent(new Event('error'));
  assert.deepEqual(world.actions, [{ type: 'stream_dropped' }]);
  assert.equal(world.asked.length, 0);
});

test('closed, and 204 when asked: the stream is over', async () => {
  const world = new World();
  world.answers = [answer(204)];
  world.follow();
  world.hear('e.9');
  await world.giveUp();
  assert.deepEqual(world.asked, ['/s?last_event_id=e.9']);
  assert.equal(world.last.type, 'stream_ended');
});

test('closed, and refused: the reason is said, and nothing is retried', async () => {
  const world = new World();
  world.answers = [answer(403)];
  world.follow();
  await world.giveUp();
  assert.equal(world.last.type, 'stream_lost');
  assert.equal(world.waits.length, 0);
});

test('closed for now: again and again, further apart, and not for ever', async () => {
  const world = new World();
  world.answers = [answer(503), new TypeError('offline'), answer(429), ...Array.from({ length: 20 }, () => answer(502))];
  world.follow();
  for (let turn = 0; turn < 8; turn += 1) {
    await world.giveUp();
    world.next();
  }
  assert.deepEqual(world.waits, [1000, 2000, 4000, 8000, 16_000, 20_000, 20_000, 20_000]);
  await world.giveUp();
  assert.equal(world.last.type, 'stream_lost');
  assert.equal(world.waits.length, 8);
});

test('news resets the patience; the same snapshot again does not', async () => {
  const world = new World();
  world.answers = Array.from({ length: 9 }, () => answer(503));
  world.follow();
  const turn = async (id) => {
    world.hear(id);
    await world.giveUp();
    world.next();
  };
  await turn('e.1');
  await turn('e.1');
  await turn('e.1');
  assert.deepEqual(world.waits, [1000, 2000, 4000]);
  await turn('e.2');
  assert.equal(world.waits.at(-1), 1000);
});

test('after close nothing more is heard of it', async () => {
  const world = new World();
  world.answers = [answer(503)];
  const feed = world.follow();
  const { source } = world;
  feed.close();
  source.dispatchEvent(new Event('error'));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(world.actions, []);
  assert.equal(world.asked.length, 0);
});
