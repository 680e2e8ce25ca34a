/** The worker is killed under the pages of the one-way uses: nothing is lost, and nothing comes twice. */

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, afterEach, before, test } from 'node:test';

import { startServer } from '../e2e/server.mjs';
import { freshName, streamAt } from '../e2e/streams.mjs';
import { launchChromium, textOf } from './chromium.mjs';
import { itemsOf, live, sendLine, untilItems, visit, visitBeside } from './one-way.mjs';

let server;
let browser;
before(async () => {
  server = await startServer();
  browser = await launchChromium();
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const addressOf = (use, name) => `${server.origin}/${use}.html${name ? `#${name}` : ''}`;
/** Errors of the pages' scripts; that the server was away is told as one of the network. */
const faultsOf = (page) => page.complaints.filter((text) => !/net::ERR|503/.test(text));

test('feed: published before, while the worker is away, and after', async () => {
  const name = freshName('feed');
  const [writer, reader] = [await visit(browser, addressOf('feed', name)), await visit(browser, addressOf('feed', name))];
  await live(reader);
  for (const text of ['one', 'two']) await sendLine(writer, text);
  await untilItems(reader, 2);
  const killed = server.kill();
  // Typed while nobody is there: it is sent until it is answered, and stored once.
  await sendLine(writer, 'three');
  await killed;
  await sendLine(writer, 'four');
  await streamAt(server.origin, name).publish({ data: 'five' });
  const late = await visit(browser, addressOf('feed', name));
  for (const page of [writer, reader, late]) {
    await untilItems(page, 5);
    assert.deepEqual(await itemsOf(page), ['five', 'four', 'three', 'two', 'one']);
    assert.deepEqual(faultsOf(page), []);
  }
});

test('notifications: what was read stays read, what was not stays unread, in every tab', async () => {
  const first = await visit(browser, addressOf('notifications'));
  const second = await visitBeside(first, addressOf('notifications'));
  for (const text of ['one', 'two']) await sendLine(first, text);
  for (const page of [first, second]) await untilItems(page, 2);
  await first.click('#read');
  for (const page of [first, second]) await untilItems(page, 0);
  await sendLine(first, 'three');
  const killed = server.kill();
  await sendLine(second, 'four');
  await killed;
  await sendLine(first, 'five');
  for (const page of [first, second]) {
    await untilItems(page, 3);
    assert.deepEqual(await itemsOf(page), ['three', 'four', 'five']);
  }
  await second.reload();
  await untilItems(second, 3);
  assert.deepEqual(await itemsOf(second), ['three', 'four', 'five']);
  for (const page of [first, second]) assert.deepEqual(faultsOf(page), []);
});

test('links: the check goes on, and every result is shown once', async () => {
  const held = [];
  const site = http.createServer((_, response) => held.push(response));
  await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));
  const release = setInterval(() => held.shift()?.end(), 60);
  try {
    const urls = Array.from({ length: 30 }, (_, n) => `http://127.0.0.1:${site.address().port}/${n}`);
    const page = await visit(browser, addressOf('links'));
    await page.fill('#urls', urls.join('\n'));
    await page.click('#form button');
    await page.waitForFunction(() => document.querySelectorAll('#results tbody tr').length >= 6);
    await server.kill();
    await textOf(page, '#status', /^Done: 30 links checked, none broken\.$/);
    assert.deepEqual(await page.locator('#results td:first-child').allTextContents(), urls);
    assert.deepEqual(faultsOf(page), []);
  } finally {
    clearInterval(release);
    site.closeAllConnections();
    site.close();
  }
});

test('ticker: back to the newest prices', async () => {
  const name = freshName('prices');
  const [one, other] = [await visit(browser, addressOf('ticker', name)), await visit(browser, addressOf('ticker', name))];
  await one.click('#burst');
  for (const page of [one, other]) await untilItems(page, 8, '#prices tbody tr');
  await server.kill();
  await one.locator('#burst:not([aria-disabled])').waitFor();
  await streamAt(server.origin, name).publish({ type: 'tick', data: { symbol: 'ACME', price: 777 } });
  const prices = (page) => page.locator('#prices tbody tr td:nth-child(2)').allTextContents();
  for (const page of [one, other]) {
    await textOf(page, '#prices tbody', /ACME777\.00/);
    assert.deepEqual(faultsOf(page), []);
  }
  assert.deepEqual(await prices(one), await prices(other));
});
