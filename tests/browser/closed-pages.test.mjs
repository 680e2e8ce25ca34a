/** The pages of the two-way uses on deployments that do not let everybody in. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from '../e2e/server.mjs';
import { SECRET } from '../e2e/tokens.mjs';
import { launchChromium, textOf } from './chromium.mjs';
import { live, USES, visit } from './use-page.mjs';

const ROOM = 'members-only';
const READERS = JSON.stringify({ rooms: { [ROOM]: ['read'] } });

const servers = {};
let browser;

before(async () => {
  servers.bare = await startServer({ vars: { PUBLIC_ACCESS: '' } });
  servers.closed = await startServer({ vars: { PUBLIC_ACCESS: '', TIDINGS_SECRET: SECRET } });
  servers.readable = await startServer({ vars: { PUBLIC_ACCESS: READERS, TIDINGS_SECRET: SECRET } });
  browser = await launchChromium();
});
after(async () => {
  await browser?.close();
  for (const server of Object.values(servers)) await server.stop();
});

for (const use of USES) {
  test(`${use}.html says what a closed deployment says`, async () => {
    const unset = await visit(browser, servers.bare.origin, use, { room: ROOM });
    await textOf(unset, '#trouble', /PUBLIC_ACCESS|TIDINGS_SECRET/);
    await textOf(unset, '#connection', /^(re)?connecting…$/);
    const closed = await visit(browser, servers.closed.origin, use, { room: ROOM });
    await textOf(closed, '#trouble', /token/i);
    await textOf(closed, '#connection', /^not connected$/);
    for (const page of [unset, closed]) assert.deepEqual(await page.refused(), []);
  });
}

test('who may only read is told so where they would write', async () => {
  const chat = await visit(browser, servers.readable.origin, 'chat', { room: ROOM });
  await live(chat);
  await chat.fill('#text', 'Hello?');
  await chat.press('#text', 'Enter');
  await textOf(chat, '#trouble', /^Not done: you may not do that here\.$/);
  const text = await visit(browser, servers.readable.origin, 'text', { room: ROOM });
  await textOf(text, '#trouble', /^You may read this text, and not write in it\.$/);
  assert.equal(await text.locator('#area').evaluate((area) => area.readOnly), true);
  const orders = await visit(browser, servers.readable.origin, 'orders', { room: ROOM });
  await live(orders);
  await orders.getByRole('button', { name: 'Place order' }).click();
  await textOf(orders, '#trouble', /^Not accepted: .+/);
  assert.equal(await orders.locator('#count').textContent(), '0');
});
