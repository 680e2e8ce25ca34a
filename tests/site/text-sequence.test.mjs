import assert from 'node:assert/strict';
import { test } from 'node:test';
import { difference } from '../../public/text/difference.js';
import { Parcel } from '../../public/text/parcel.js';
import { MAX_INSERT, MAX_RUNS, Sequence } from '../../public/text/sequence.js';

/** Chance that can be had again: mulberry32. */
function dice(seed) {
  let state = seed;
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}

/** A writer with a text, a way to the log that takes its time, and a place in the log. */
class Writer {
  sequence = new Sequence();
  parcel = new Parcel();
  read = 0;

  constructor(name) {
    this.name = name;
  }

  /** Replaces letters as a text area would: what it had and what it has. */
  edit(start, removed, inserted) {
    const letters = this.sequence.visible();
    const { operations } = this.sequence.write(letters[start - 1] ?? null, inserted, this.name, 's1');
    this.parcel.add([...this.sequence.remove(letters.slice(start, start + removed)), ...operations], this.name);
  }

  say(log) {
    const ops = this.parcel.next();
    if (ops) log.push({ from: this.name, ops: JSON.parse(JSON.stringify(ops)) });
    return ops !== undefined;
  }

  hear(log, count = Infinity) {
    for (; count > 0 && this.read < log.length; count -= 1) {
      const { from, ops } = log[this.read++];
      for (const operation of ops) this.sequence.take(operation, from);
    }
  }
}

function settle(writers, log) {
  for (const writer of writers) while (writer.say(log));
  for (const writer of writers) writer.hear(log);
}

const ALPHABET = [...'abc \n', '👩‍🚀', 'é', '𝄞', '\u0000'];

test('whatever is concurrent, all end with the same text, and so does who comes late', () => {
  for (let seed = 1; seed <= 150; seed += 1) {
    const roll = dice(seed);
    const log = [];
    const writers = ['a', 'b', 'c', 'd'].slice(0, 2 + roll(3)).map((name) => new Writer(name));
    for (let step = 0; step < 120; step += 1) {
      const writer = writers[roll(writers.length)];
      const size = writer.sequence.visible().length;
      const start = roll(size + 1);
      const inserted = Array.from({ length: roll(4) }, () => ALPHABET[roll(ALPHABET.length)]).join('');
      [
        () => writer.edit(start, roll(3) ? 0 : Math.min(roll(5), size - start), inserted),
        () => writer.say(log),
        () => writer.hear(log, roll(6)),
      ][roll(3)]();
    }
    settle(writers, log);
    const late = new Writer('late');
    late.hear(log);
    for (const writer of writers) assert.equal(writer.sequence.text, late.sequence.text, `seed ${seed}`);
  }
});

test('one writer alone has what a string would have', () => {
  for (let seed = 1; seed <= 50; seed += 1) {
    const roll = dice(seed);
    const writer = new Writer('a');
    let model = [];
    for (let step = 0; step < 60; step += 1) {
      const start = roll(model.length + 1);
      const removed = Math.min(roll(4), model.length - start);
      const inserted = [...Array.from({ length: roll(5) }, () => ALPHABET[roll(ALPHABET.length)]).join('')];
      writer.edit(start, removed, inserted.join(''));
      model = [...model.slice(0, start), ...inserted, ...model.slice(start + removed)];
      assert.equal(writer.sequence.text, model.join(''), `seed ${seed}`);
    }
  }
});

test('words typed at once in one place do not mix, and nothing of them is lost', () => {
  const log = [];
  const [ann, bo] = [new Writer('ann'), new Writer('bo')];
  ann.edit(0, 0, '()');
  settle([ann, bo], log);
  [...'left'].forEach((char, i) => ann.edit(1 + i, 0, char));
  [...'right'].forEach((char, i) => bo.edit(1 + i, 0, char));
  settle([ann, bo], log);
  assert.equal(ann.sequence.text, bo.sequence.text);
  assert.match(ann.sequence.text, /^\((leftright|rightleft)\)$/);
  assert.equal(log.length, 3, 'typed on, it is one message');
});

test('written behind a letter that another removes meanwhile, it stays', () => {
  const log = [];
  const [ann, bo] = [new Writer('ann'), new Writer('bo')];
  ann.edit(0, 0, 'one two three');
  settle([ann, bo], log);
  ann.edit(4, 4, '');
  bo.edit(7, 0, '!');
  settle([ann, bo], log);
  assert.equal(ann.sequence.text, 'one !three');
  assert.equal(bo.sequence.text, ann.sequence.text);
});

test('every operation is taken once', () => {
  const writer = new Writer('a');
  const log = [];
  writer.edit(0, 0, 'abc');
  writer.edit(1, 1, 'x');
  settle([writer], log);
  const other = new Writer('b');
  other.hear([...log, ...log, ...log]);
  assert.equal(other.sequence.text, 'axc');
});

test('what is no operation changes nothing, and nobody writes under another name', () => {
  const writer = new Writer('a');
  writer.edit(0, 0, 'ab');
  const { sequence } = writer;
  const [{ n, site }] = sequence.visible();
  for (const bad of [
    null, 7, 'x', [], {}, { insert: 7 }, { remove: 'x' }, { remove: [null, [], ['x', 'y', 1e9], [1, 'nobody.s', 1e9]] },
    { insert: 'x', n: 0, session: 's', after: null }, { insert: 'x', n: 1.5, session: 's', after: null },
    { insert: 'x', n: 1e12, session: 's', after: null }, { insert: 'x', n: 2 ** 53, session: 's', after: null },
    { insert: 'x', n: 3, session: 'no good', after: null }, { insert: 'x', n: 3, after: null },
    { insert: 'x', n: 3, session: 's' }, { insert: 'x', n: 3, session: 's', after: [9, 'z.s'] }, { insert: 'x', n: 3, session: 's', after: [] },
    { insert: 'x', n, session: 's1', after: null },
  ]) {
    sequence.take(bad, 'a');
    assert.equal(sequence.text, 'ab', JSON.stringify(bad));
  }
  sequence.take({ insert: 'x', n, session: 's1', after: [n, site] }, 'eve');
  assert.equal(sequence.visible()[0].site, 'a.s1');
  assert.equal(sequence.text.length, 3, 'it is a letter of her own');
});

test('a line break is one kind of line break, and half an emoji is a replacement', () => {
  const writer = new Writer('a');
  writer.edit(0, 0, 'a\rb\ud83d');
  assert.equal(writer.sequence.text, 'a\nb\ufffd');
});

test('the end of a letter is a place for the caret, also where the letter is gone', () => {
  const writer = new Writer('a');
  writer.edit(0, 0, 'a👍c');
  const { sequence } = writer;
  const [, thumb, c] = sequence.visible();
  assert.equal(sequence.endOf(null), 0);
  assert.equal(sequence.endOf(thumb), 3);
  writer.edit(1, 1, '');
  assert.equal(sequence.endOf(thumb), 1);
  assert.equal(sequence.endOf(c), 2);
});

test('whatever is pasted or removed, no message is too large for a frame', () => {
  const writer = new Writer('a-very-long-name'.repeat(8));
  const log = [];
  writer.edit(0, 0, '\u0001€𝄞'.repeat(7000));
  settle([writer], log);
  for (let at = 0; at < 3000; at += 2) writer.edit(at, 0, 'x');
  settle([writer], log);
  writer.edit(0, writer.sequence.visible().length, '');
  settle([writer], log);
  for (const { ops } of log) {
    assert.ok(Buffer.byteLength(JSON.stringify({ type: 'message', id: 'x'.repeat(64), data: { ops } })) < 65_536);
    for (const { insert = '', remove = [] } of ops) assert.ok([...insert].length <= MAX_INSERT && remove.length <= MAX_RUNS);
  }
  const other = new Writer('b');
  other.hear(log);
  assert.equal(other.sequence.text, '');
});

test('a difference makes one text of the other, at the caret', () => {
  for (let seed = 1; seed <= 500; seed += 1) {
    const roll = dice(seed);
    const some = () => Array.from({ length: roll(8) }, () => 'ab'[roll(2)]);
    const [before, after] = [some(), some()];
    const { start, removed, inserted } = difference(before, after, roll(after.length + 1));
    assert.ok(start >= 0 && removed >= 0);
    assert.equal([...before.slice(0, start), inserted, ...before.slice(start + removed)].join(''), after.join(''), `seed ${seed}`);
  }
  assert.deepEqual(difference([...'aaa'], [...'aaaa'], 1), { start: 0, removed: 0, inserted: 'a' });
  assert.deepEqual(difference([...'aaa'], [...'aaaa'], 3), { start: 2, removed: 0, inserted: 'a' });
  assert.deepEqual(difference([...'aaa'], [...'aa'], 1), { start: 1, removed: 1, inserted: '' });
});
