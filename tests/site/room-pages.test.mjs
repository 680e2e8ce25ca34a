import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reactionsOf, refusalSentence, timeOf, typingSentence } from '../../public/chat/thread.js';
import { Pace } from '../../public/cursors/pace.js';
import { COLOURS, colourOf, moved, placeAt, placeOf } from '../../public/cursors/pointer.js';
import { awaitPast } from '../../public/room/past.js';
import { freshName, roomNamed } from '../../public/room/place.js';
import { sentenceOf, wordOf } from '../../public/room/words.js';
import { tidyName } from '../../public/room/visitor.js';

test('the address names the room, or a fresh one is named', () => {
  const roomOf = (address) => roomNamed(address, 'chat', (bytes) => bytes.fill(0));
  assert.equal(roomOf('https://x.test/chat#lobby'), 'lobby');
  for (const address of ['https://x.test/chat', 'https://x.test/chat#', 'https://x.test/chat#a%20b', 'https://x.test/chat#../x', `https://x.test/chat#${'a'.repeat(129)}`]) {
    assert.equal(roomOf(address), 'chat-aaaaaaaaaa', address);
  }
  assert.notEqual(freshName('chat'), freshName('chat'));
});

test('a name is one that a room takes', () => {
  assert.equal(tidyName('  Ann\u0000\n '), 'Ann');
  assert.equal(tidyName(' \t\u0007'), '');
  assert.equal([...tidyName('👍'.repeat(70))].length, 64);
  assert.equal(tidyName('<b>Bo</b>'), '<b>Bo</b>');
});

test('a connection has a word for every state, and a sentence for its end', () => {
  for (const state of ['connecting', 'open', 'waiting', 'offline', 'closed']) assert.ok(wordOf({ state }), state);
  for (const reason of ['kicked', 'deleted', 'policy']) assert.match(sentenceOf({ state: 'closed', reason }), /\.$/);
  assert.equal(sentenceOf({ state: 'open' }), '');
  assert.equal(sentenceOf({ state: 'closed', reason: 'refused' }), '');
});

test('who types', () => {
  assert.equal(typingSentence([]), '');
  assert.equal(typingSentence(['Ann']), 'Ann is typing…');
  assert.equal(typingSentence(['Ann', 'Bo']), 'Ann and Bo are typing…');
  assert.equal(typingSentence(['Ann', 'Bo', 'Cy']), '3 people are typing…');
});

test('reactions: those that are offered, then others, with their number and whether one is ours', () => {
  const found = reactionsOf({ reactions: { '👍': ['me', 'bo'], '🦀': ['bo'] } }, 'me');
  assert.deepEqual(found.filter(({ count }) => count > 0), [{ emoji: '👍', count: 2, mine: true }, { emoji: '🦀', count: 1, mine: false }]);
  assert.equal(reactionsOf({}, 'me').length, 3);
});

test('a refusal is a sentence, a time is an hour or a day', () => {
  for (const code of ['closed', 'forbidden', 'read_only', 'too_long']) assert.match(refusalSentence({ code, message: 'Too long.' }), /^Not \w+: .+\.$/);
  const noon = new Date(2026, 0, 2, 12).getTime();
  assert.equal(timeOf(noon, noon, 'en-GB'), '12:00');
  assert.equal(timeOf(noon, noon + 86_400_000, 'en-GB'), '02/01/2026, 12:00');
});

test('a place is within the area, whatever is sent', () => {
  assert.deepEqual(placeAt(-1, 0.12345), { x: 0, y: 0.123 });
  assert.deepEqual(placeOf({ x: 7, y: 0.5, z: 1 }), { x: 1, y: 0.5 });
  for (const bad of [undefined, null, 7, {}, { x: '0', y: 0 }, { x: NaN, y: 0 }, { x: 0 }, [0, 0]]) assert.equal(placeOf(bad), undefined);
  assert.deepEqual(moved({ x: 0.5, y: 0.5 }, 'ArrowLeft', false), { x: 0.48, y: 0.5 });
  assert.deepEqual(moved({ x: 0.95, y: 0.5 }, 'ArrowRight', true), { x: 1, y: 0.5 });
  assert.equal(moved({ x: 0, y: 0 }, 'Tab', false), undefined);
});

test('a colour is one that there is', () => {
  assert.equal(colourOf({ id: 'a', data: { colour: 3 } }), 3);
  for (const data of [undefined, null, { colour: 8 }, { colour: -1 }, { colour: '"><script>' }, 'x']) {
    const colour = colourOf({ id: 'some id', data });
    assert.ok(Number.isInteger(colour) && colour >= 0 && colour < COLOURS);
  }
});

test('the pace: at once, then at most so often, and the last one always', () => {
  const world = { at: 0, due: [], now: () => world.at, wait: (ms, then) => world.due.push([world.at + ms, then]) };
  const sent = [];
  const pace = new Pace(50, (value) => sent.push([world.at, value]), world);
  for (; world.at < 1000; world.at += 5) {
    for (const one of world.due.splice(0)) one[0] <= world.at ? one[1]() : world.due.push(one);
    if (world.at <= 900) pace.offer(world.at);
  }
  assert.equal(sent[0][1], 0);
  assert.equal(sent.at(-1)[1], 900);
  assert.ok(sent.length <= 20, `${sent.length} in a second`);
  for (let i = 1; i < sent.length; i += 1) assert.ok(sent[i][0] - sent[i - 1][0] >= 50);
});

test('the past: whole when the head has come, lost where its beginning is missing', () => {
  const follow = () => {
    const told = [];
    const listeners = {};
    awaitPast({ on: (name, then) => { listeners[name] = then; } }, () => told.push('whole'), (sentence) => told.push(sentence));
    const hear = (...frames) => {
      for (const frame of frames) {
        if (frame.type === 'gap') listeners.gap(frame);
        listeners.frame(frame);
      }
    };
    return { told, hear };
  };
  const message = (seq) => ({ type: 'message', cursor: `e.${seq}` });
  const past = follow();
  past.hear({ type: 'welcome', cursor: 'e.2' }, message(1), { type: 'joined' });
  assert.deepEqual(past.told, []);
  past.hear({ type: 'reaction', cursor: 'e.2' }, message(3), { type: 'welcome', cursor: 'e.9' });
  assert.deepEqual(past.told, ['whole']);
  past.hear({ type: 'gap' });
  assert.match(past.told[1], /Reload/);

  const fresh = follow();
  fresh.hear({ type: 'welcome', cursor: null });
  assert.deepEqual(fresh.told, ['whole']);

  const trimmed = follow();
  trimmed.hear({ type: 'welcome', cursor: 'e.9' }, message(8), message(9));
  assert.match(trimmed.told.join(), /no longer kept/);
  assert.equal(trimmed.told.length, 1);
});
