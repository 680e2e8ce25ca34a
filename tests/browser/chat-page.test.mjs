/** The chat page: two browsers, Chromium and Firefox, talk on it. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startServer } from '../e2e/server.mjs';
import { eventually } from '../e2e/streams.mjs';
import { launchChromium, openPage } from './chromium.mjs';
import { launchFirefox, noFirefox, openFirefoxPage } from './firefox.mjs';

let server;
let chromium;
let firefox;
before(async () => {
  server = await startServer();
  chromium = await launchChromium();
  if (!noFirefox) firefox = await launchFirefox();
});
after(async () => {
  await firefox?.close();
  await chromium?.close();
  await server?.stop();
});

/** Says something as a person does, in the page's field. */
async function say(page, text) {
  await (await page.$('#text')).type(text);
  await page.keyboard.press('Enter');
}

/** What stands in the chat. Asked again and again: a page's policy forbids what waits inside of it. */
const shown = (page) => page.evaluate(() => document.querySelector('#messages').textContent);
const untilConnection = (page, word) => eventually(() => page.evaluate(() => document.querySelector('#connection').textContent), (shows) => shows === word, 60_000);
const untilShown = (page, text) => eventually(() => shown(page), (all) => all.includes(text), 60_000);

test('Chromium and Firefox talk on the chat page, and what they write stays text', { skip: noFirefox }, async () => {
  const address = `${server.origin}/chat.html#between-browsers`;
  const one = await openPage(chromium);
  const two = await openFirefoxPage(firefox);
  await one.goto(address);
  await two.goto(address);
  await say(one, 'from Chromium <img src=x onerror=alert(1)>');
  await untilShown(two, 'from Chromium <img');
  await say(two, 'from Firefox');
  await untilShown(one, 'from Firefox');
  for (const page of [one, two]) {
    const images = await page.evaluate(() => document.querySelectorAll('#messages img').length);
    assert.equal(images, 0);
    assert.deepEqual(page.complaints, []);
  }
  await one.context().close();
  await two.close();
});

test('who skips to the content stays in the room, and what was not sent is in the field again', async () => {
  const page = await openPage(chromium);
  await page.goto(`${server.origin}/chat.html#skipping`);
  await untilConnection(page, 'live');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => `${location.hash} ${document.activeElement.id}`), '#skipping main');

  await page.context().setOffline(true);
  await untilConnection(page, 'offline');
  await say(page, 'not yet');
  await page.evaluate(() => document.querySelector('#naming').requestSubmit());
  assert.equal(await page.evaluate(() => document.querySelector('#text').value), 'not yet');
  await page.context().setOffline(false);
  await untilConnection(page, 'live');
  await page.keyboard.press('Escape');
  await (await page.$('#text')).press('Enter');
  await untilShown(page, 'not yet');
  await page.context().close();
});
