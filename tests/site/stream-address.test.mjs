import assert from 'node:assert/strict';
import { test } from 'node:test';
import { curlCommands, freshName, isName, namedBy, shareUrl } from '../../public/upload/stream-address.js';

test('names follow the rule of the server', () => {
  for (const name of ['a', '7', 'build-1.2_x~y', 'A'.repeat(128)]) assert.ok(isName(name), name);
  for (const name of ['', '-a', '.a', '..', 'a b', 'a/b', 'a%20', 'é', 'a\n', 'A'.repeat(129)]) assert.ok(!isName(name), name);
});

test('a fresh name is a name, whatever the dice say', () => {
  for (let value = 0; value < 256; value += 1) {
    assert.ok(isName(freshName((bytes) => bytes.fill(value))));
  }
  assert.notEqual(freshName(), freshName());
});

test('the address says which stream to follow', () => {
  assert.equal(namedBy('https://x.test/upload'), null);
  assert.equal(namedBy('https://x.test/upload#'), null);
  assert.equal(namedBy('https://x.test/upload#build-1'), 'build-1');
  assert.equal(namedBy('https://x.test/upload?stream=build-1'), 'build-1');
  assert.equal(namedBy('https://x.test/upload?stream=a#b'), 'b');
  assert.equal(namedBy('https://x.test/upload#a%7Eb'), 'a~b');
  assert.equal(namedBy('https://x.test/upload#100%'), '100%');
});

test('a link to share keeps the page and drops the rest', () => {
  assert.equal(shareUrl('https://x.test/upload?stream=a#b', 'c'), 'https://x.test/upload#c');
});

test('commands carry the origin of the page', () => {
  assert.deepEqual(curlCommands('https://x.test', 'n'), {
    upload: 'curl -T FILE https://x.test/v1/jobs/digest/n',
    follow: 'curl -N https://x.test/v1/streams/n',
  });
});
