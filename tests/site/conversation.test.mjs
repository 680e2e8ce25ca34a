import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Conversation } from '../../public/sdk/elements/conversation.js';
import { Messages } from '../../public/sdk/messages.js';

const ann = { id: 'a', name: 'Ann' };
const message = (number, text = `m${number}`, more = {}) => ({ cursor: `e.${number}`, from: ann, at: 0, text, ...more });
const shown = (conversation) => conversation.entries.map(({ kind, message, text }) => message?.text ?? (kind === 'hole' ? '…' : `(${text})`));

function conversationOf(...numbers) {
  const made = new Conversation();
  for (const number of numbers) made.take(message(number), false);
  return made;
}

test('messages stand in the order of their cursors, each once', () => {
  const conversation = conversationOf(9, 10, 11);
  assert.equal(conversation.take(message(10, 'again'), false), false);
  assert.deepEqual(shown(conversation), ['m9', 'again', 'm11']);
  assert.equal(conversation.oldest, 'e.9');
});

test('pages of the past come before, without a repeat', () => {
  const conversation = conversationOf(5, 6);
  conversation.prepend([message(3), message(4), message(5)], () => false);
  assert.deepEqual(shown(conversation), ['m3', 'm4', 'm5', 'm6']);
});

test('a change of something older than what is shown opens no hole', () => {
  const conversation = conversationOf(5);
  assert.equal(conversation.take(message(2), false), false);
  assert.deepEqual(shown(conversation), ['m5']);
});

test('what is unchanged keeps its entry, what is changed keeps its key', () => {
  const conversation = conversationOf(1, 2);
  const [one, two] = conversation.entries;
  conversation.take(message(2, 'edited'), false);
  const [oneLater, twoLater] = conversation.entries;
  assert.equal(one, oneLater);
  assert.notEqual(two, twoLater);
  assert.equal(two.key, twoLater.key);
});

test('what is said is pending, and its message takes its place before the acknowledgement', () => {
  const conversation = conversationOf(1);
  const id = conversation.say('hello');
  assert.deepEqual(shown(conversation), ['m1', '(hello)']);
  const { key } = conversation.entries[1];
  conversation.take(message(2, 'hello'), true);
  assert.deepEqual(shown(conversation), ['m1', 'hello']);
  assert.equal(conversation.entries[1].key, key);
  conversation.stored(id, 'e.2');
  assert.deepEqual(shown(conversation), ['m1', 'hello']);
});

test('an acknowledgement may come first', () => {
  const conversation = conversationOf(1);
  const id = conversation.say('hello');
  conversation.stored(id, 'e.3');
  assert.deepEqual(shown(conversation), ['m1', '(hello)']);
  conversation.take(message(2, 'hello'), false);
  conversation.take(message(3, 'hello'), true);
  assert.deepEqual(shown(conversation), ['m1', 'hello', 'hello']);
});

test('the same text said twice is two messages', () => {
  const conversation = new Conversation();
  const ids = [conversation.say('ok'), conversation.say('ok')];
  conversation.take(message(1, 'ok'), true);
  assert.deepEqual(shown(conversation), ['ok', '(ok)']);
  conversation.take(message(2, 'ok'), true);
  ids.forEach((id, n) => conversation.stored(id, `e.${n + 1}`));
  assert.deepEqual(shown(conversation), ['ok', 'ok']);
  assert.equal(new Set(conversation.entries.map(({ key }) => key)).size, 2);
});

test('the same text from another tab is not mistaken for long', () => {
  const conversation = new Conversation();
  const id = conversation.say('ok');
  conversation.take(message(1, 'ok'), true);
  conversation.refused(id, 'rate_limited');
  assert.deepEqual(shown(conversation), ['ok', '(ok)']);
  const keys = conversation.entries.map(({ key }) => key);
  assert.equal(new Set(keys).size, 2, 'two entries, two keys');
  assert.equal(conversation.forget(id), 'ok');
  assert.deepEqual(shown(conversation), ['ok']);
});

test('a quote follows its original', () => {
  const conversation = conversationOf(5);
  conversation.take(message(6, 'yes', { reply_to: 'e.4' }), false);
  const quoted = () => conversation.entries.at(-1).quoted;
  assert.equal(quoted(), null);
  conversation.prepend([message(4)], () => false);
  assert.equal(quoted().text, 'm4');
  conversation.amend({ type: 'deleted', target: 'e.4', from: ann });
  assert.equal(quoted().deleted, true);
  assert.equal(quoted().text, undefined);
});

test('frames change what came as a page', () => {
  const conversation = new Conversation();
  conversation.prepend([message(1)], () => false);
  const now = () => conversation.entries[0].message;
  conversation.amend({ type: 'edited', target: 'e.1', text: 'new', at: 7, from: ann });
  assert.deepEqual([now().text, now().edited_at], ['new', 7]);
  const react = (id, op) => conversation.amend({ type: 'reaction', target: 'e.1', emoji: '+', op, from: { id } });
  react('a', 'add');
  react('a', 'add');
  react('b', 'add');
  assert.deepEqual(now().reactions, { '+': ['a', 'b'] });
  react('a', 'remove');
  react('b', 'remove');
  assert.deepEqual(now().reactions, {});
  conversation.amend({ type: 'edited', target: 'e.99', text: 'nowhere', from: ann });
  assert.deepEqual(shown(conversation), ['new']);
});

test('an emoji may be called like what every object has', () => {
  const conversation = new Conversation();
  conversation.prepend([message(1)], () => false);
  const messages = new Messages();
  messages.take({ type: 'message', ...message(1) });
  for (const emoji of ['constructor', '__proto__', 'toString']) {
    const frame = { type: 'reaction', target: 'e.1', emoji, op: 'add', from: ann };
    conversation.amend(frame);
    const { reactions } = messages.take(frame);
    for (const known of [reactions, conversation.entries[0].message.reactions]) {
      assert.deepEqual(Object.entries(known).at(-1), [emoji, ['a']]);
    }
  }
});

test('a gap is a hole; of a room made anew nothing is left', () => {
  const conversation = conversationOf(1, 2);
  conversation.lose({ requested: 'e.2', oldest: 'e.8', head: 'e.9' });
  conversation.take(message(8), false);
  assert.deepEqual(shown(conversation), ['m1', 'm2', '…', 'm8']);
  conversation.lose({ requested: 'e.8', oldest: 'f.1', head: 'f.1' });
  conversation.take({ ...message(1), cursor: 'f.1' }, false);
  assert.deepEqual(shown(conversation), ['m1']);
});

test('only so many are kept', () => {
  const conversation = conversationOf(1, 2, 3);
  assert.equal(conversation.trim(3), false);
  assert.equal(conversation.trim(2), true);
  assert.equal(conversation.oldest, 'e.2');
});
