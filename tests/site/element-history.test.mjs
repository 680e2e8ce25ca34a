/** The history of a chat element: what it asks for. */

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { History } from '../../public/sdk/elements/history.js';

const original = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = original;
});

/** What is asked of a room at `url`. */
async function asked(url, token) {
  let request;
  globalThis.fetch = async (address, { headers }) => {
    request = { address: String(address), headers };
    return Response.json({ messages: [], more: false });
  };
  await new History(url, token).before('e.7');
  return request;
}

test('asks for a page before a cursor, with the token as a header', async () => {
  const { address, headers } = await asked('https://chat.example/v1/rooms/lobby?name=Ann&tail=5', async () => 'secret');
  assert.equal(address, 'https://chat.example/v1/rooms/lobby/messages?before=e.7&limit=50');
  assert.deepEqual(headers, { authorization: 'Bearer secret' });
});

test('what opens the room opens its history: a token in the address goes along', async () => {
  const { address, headers } = await asked('https://chat.example/v1/rooms/lobby?name=Ann&token=a.b.c');
  assert.equal(address, 'https://chat.example/v1/rooms/lobby/messages?before=e.7&limit=50&token=a.b.c');
  assert.deepEqual(headers, {});
});
