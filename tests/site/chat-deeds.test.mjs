/** What a member may do to messages, and what becomes of it, without a browser. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Amending } from '../../public/sdk/elements/amending.js';
import { Conversation } from '../../public/sdk/elements/conversation.js';
import { deedsOf, emojiOf, REACTIONS, reactionsOf } from '../../public/sdk/elements/deeds.js';

const me = { id: 'a', name: 'Ann' };
const bo = { id: 'b', name: 'Bo' };
const message = (number, more = {}) => ({ cursor: `e.${number}`, from: me, at: 0, text: `m${number}`, ...more });
const rights = { write: true, moderate: false, emoji: ['👍'] };
const offered = (entry, more = {}) => Object.entries(deedsOf({ kind: 'message', own: true, message: message(1), ...entry }, { ...rights, ...more }))
  .filter(([, is]) => is).map(([deed]) => deed);

describe('what is offered', () => {
  test('the emoji of an attribute, each once, none that the room would refuse', () => {
    assert.deepEqual(emojiOf(REACTIONS), ['👍', '❤️', '😂']);
    assert.deepEqual(emojiOf('  👍\n❤️ 👍  '), ['👍', '❤️']);
    assert.deepEqual(emojiOf(''), []);
    assert.deepEqual(emojiOf(`${'👍'.repeat(32)} ${'👍'.repeat(33)}`), ['👍'.repeat(32)]);
    assert.deepEqual(emojiOf('<b>x</b>'), ['<b>x</b>']);
  });

  test('everything on an own message, to react on another', () => {
    assert.deepEqual(offered({}), ['react', 'edit', 'delete']);
    assert.deepEqual(offered({ own: false }), ['react']);
    assert.deepEqual(offered({ own: false }, { moderate: true }), ['react', 'delete']);
    assert.deepEqual(offered({}, { emoji: [] }), ['edit', 'delete']);
  });

  test('nothing where nobody may write, or nothing is left', () => {
    assert.deepEqual(offered({}, { write: false }), []);
    assert.deepEqual(offered({ message: message(1, { deleted: true, text: undefined }) }), []);
    assert.deepEqual(offered({ intent: { deleted: true } }), []);
    assert.deepEqual(offered({ kind: 'pending' }), []);
    assert.deepEqual(offered({ message: { ...message(1), text: undefined, data: 7 } }), ['react', 'delete']);
  });
});

test('reactions are counted as they will be', () => {
  const entry = { message: message(1, { reactions: { '👍': ['b', 'a'], constructor: ['b'] } }) };
  const counted = (intent) => reactionsOf({ ...entry, intent }, me).map(({ emoji, count, mine }) => `${emoji} ${count}${mine ? ' mine' : ''}`);
  assert.deepEqual(counted(undefined), ['👍 2 mine', 'constructor 1']);
  assert.deepEqual(counted({ reactions: { '👍': { on: false }, '🎉': { on: true } } }), ['👍 1', 'constructor 1', '🎉 1 mine']);
  assert.deepEqual(reactionsOf({ message: message(1, { deleted: true }) }, me), []);
});

/** One message of Ann's, and a room that answers when it is told to. */
function scene(...messages) {
  const conversation = new Conversation();
  for (const one of messages.length > 0 ? messages : [message(1)]) conversation.take(one, one.from === me);
  const asked = [];
  const told = { refused: [], said: [] };
  const ask = (deed) => (...args) => new Promise((resolve, reject) => {
    asked.push({
      deed,
      args,
      accept: async () => { resolve({ cursor: 'e.9' }); await new Promise(setImmediate); },
      refuse: async (code) => { reject(Object.assign(new Error(code), { code })); await new Promise(setImmediate); },
    });
  });
  const room = { me, edit: ask('edit'), delete: ask('delete'), react: ask('react') };
  const field = { text: '', editing: false };
  const composer = {
    edit: (text) => Object.assign(field, { text, editing: true }),
    leave: () => Object.assign(field, { text: '', editing: false }),
    restore: (text) => Object.assign(field, { text }),
  };
  const amending = new Amending({
    room, conversation, composer, changed: () => {}, refused: (code) => told.refused.push(code), say: (word) => told.said.push(word),
  });
  return { conversation, asked, told, field, amending, intent: () => conversation.at('e.1')?.intent };
}

describe('an edit', () => {
  const edited = (text, ...messages) => {
    const all = scene(...messages);
    all.amending.act('edit', 'e.1');
    all.amending.save(text);
    all.amending.leave();
    return all;
  };

  test('is shown until it is stored', async () => {
    const { amending, asked, field, intent } = scene();
    amending.act('edit', 'e.1');
    assert.deepEqual(field, { text: 'm1', editing: true });
    assert.equal(intent().editing, true);
    amending.save('better');
    assert.equal(amending.leave(), 'e.1');
    assert.equal(intent().text, 'better');
    assert.deepEqual(asked.map(({ deed, args }) => [deed, ...args]), [['edit', 'e.1', 'better']]);
    await asked[0].accept();
    assert.equal(intent().text, undefined);
    assert.equal(intent().editing, false);
  });

  test('that changes nothing is not sent', () => {
    assert.deepEqual(edited('m1').asked, []);
  });

  for (const code of ['not_found', 'forbidden', 'read_only', 'rate_limited', 'closed', 'queue_full']) {
    test(`refused with ${code} keeps its text, and can be tried again or discarded`, async () => {
      const { amending, asked, told, intent } = edited('better');
      await asked[0].refuse(code);
      assert.deepEqual(told.refused, [code]);
      assert.deepEqual([intent().text, intent().refusal], ['better', code]);
      amending.act('retry', 'e.1');
      assert.deepEqual(asked[1].args, ['e.1', 'better']);
      assert.equal(intent().refusal, undefined);
      await asked[1].refuse(code);
      amending.act('discard', 'e.1');
      assert.deepEqual([intent().text, intent().refusal], [undefined, undefined]);
    });
  }

  test('of a message that is gone by then goes back to the field when it is tried again', async () => {
    const { amending, asked, conversation, field, intent } = edited('better');
    conversation.take(message(1, { deleted: true, text: undefined }), true);
    await asked[0].refuse('not_found');
    assert.equal(intent().text, 'better');
    amending.act('retry', 'e.1');
    assert.equal(field.text, 'better');
    assert.equal(asked.length, 1);
  });

  test('of a message that is not shown any more goes back to the field at once', async () => {
    const { asked, conversation, field } = edited('better', message(1), message(2));
    conversation.trim(1);
    await asked[0].refuse('not_found');
    assert.equal(field.text, 'better');
  });

  test('that follows another is the one that counts', async () => {
    const { amending, asked, intent } = edited('better');
    amending.act('edit', 'e.1');
    amending.save('best');
    amending.leave();
    await asked[0].refuse('rate_limited');
    assert.deepEqual([intent().text, intent().refusal], ['best', undefined]);
  });
});

describe('a deletion', () => {
  test('asks first, and takes a question that was left back', () => {
    const { amending, asked, told, intent } = scene();
    amending.act('delete', 'e.1');
    assert.equal(intent().armed, true);
    amending.act('calm', 'e.1');
    assert.equal(intent().armed, false);
    assert.deepEqual([asked, told.said], [[], ['sureHint', null]]);
  });

  test('that is refused leaves the message', async () => {
    const { amending, asked, told, intent } = scene();
    amending.act('delete', 'e.1');
    amending.act('delete', 'e.1');
    assert.equal(intent().deleted, true);
    await asked[0].refuse('forbidden');
    assert.deepEqual([intent().deleted, told.refused], [false, ['forbidden']]);
  });

  test('ends the edit of what it deletes', () => {
    const { amending, field } = scene();
    amending.act('edit', 'e.1');
    amending.act('delete', 'e.1');
    amending.act('delete', 'e.1');
    assert.equal(field.editing, false);
    assert.equal(amending.leave(), null);
  });
});

test('a reaction is turned, and turned again before there is an answer', async () => {
  const { amending, asked, intent } = scene(message(1, { from: bo }));
  amending.act('react', 'e.1', '👍');
  amending.act('react', 'e.1', '👍');
  assert.deepEqual(asked.map(({ args }) => args), [['e.1', '👍', true], ['e.1', '👍', false]]);
  await asked[0].accept();
  assert.equal(intent().reactions['👍'].on, false, 'the second one still waits');
  await asked[1].refuse('too_long');
  assert.deepEqual(intent().reactions, {});
});

test('what was begun stays with a message that somebody else changes', () => {
  const { amending, conversation, intent } = scene();
  amending.act('edit', 'e.1');
  conversation.take(message(1, { reactions: { '👍': ['b'] } }), true);
  assert.equal(intent().editing, true);
  assert.equal(conversation.intend('e.7', { editing: true }), false);
});
