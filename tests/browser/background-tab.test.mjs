/**
 * A tab in the background, in Chromium and in Firefox: it is really hidden behind another
 * while things happen, and when it is brought to the front it shows all of them, once.
 */

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import puppeteer from 'puppeteer-core';

import { startProxy } from '../e2e/cuttable-proxy.mjs';
import { roomAt } from '../e2e/rooms.mjs';
import { startServer } from '../e2e/server.mjs';
import { eventually, freshName, streamAt } from '../e2e/streams.mjs';
import { launchFirefox, noFirefox } from './firefox.mjs';
import { launched } from './launch.mjs';
import { faultsOf, openBeside, openPage, untilText, untilTexts } from './puppeteer-page.mjs';

/** Not by playwright, to whose pages Chromium always says that they are visible. */
const HOW = {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic'],
  // With these of puppeteer a hidden tab would run as if it were in front.
  ignoreDefaultArgs: ['--disable-background-timer-throttling', '--disable-backgrounding-occluded-windows', '--disable-renderer-backgrounding'],
};
const launchChromium = () => launched(() => puppeteer.launch(HOW));

const BROWSERS = [['Chromium', launchChromium, false], ['Firefox', launchFirefox, noFirefox]];

const ITEMS = '#items li';
const SAID = '#messages .said';
const LIVE = /^live$/;

let server;
before(async () => {
  // A reader that has gone is noticed when something is written to it.
  server = await startServer({ vars: { SSE_HEARTBEAT_SECONDS: '1' } });
});
after(() => server?.stop());

/** Opens a tab in front of the page, and writes down from now on how the page is seen. */
async function hide(page) {
  await page.evaluate(() => {
    globalThis.looks = [];
    document.addEventListener('visibilitychange', () => globalThis.looks.push(document.visibilityState));
  });
  const front = await openBeside(page);
  await front.bringToFront();
  await eventually(() => looksOf(page), (looks) => looks.length > 0);
  return front;
}
const looksOf = (page) => page.evaluate(() => globalThis.looks);

/** Brings a page to the front that was hidden all the time until now. */
async function show(page) {
  assert.deepEqual(await looksOf(page), ['hidden']);
  assert.equal(await page.evaluate(() => document.visibilityState), 'hidden');
  await page.bringToFront();
  await eventually(() => looksOf(page), (looks) => looks.at(-1) === 'visible');
}

for (const [called, launch, skip] of BROWSERS) {
  describe(`in ${called}`, { skip }, () => {
    let browser;
    let wire;
    before(async () => {
      browser = await launch();
    });
    afterEach(async () => {
      for (const context of browser.browserContexts()) if (context !== browser.defaultBrowserContext()) await context.close();
      await wire?.stop();
      wire = undefined;
    });
    after(() => browser?.close());

    async function visit(path, origin = server.origin) {
      const page = await openPage(browser);
      await page.goto(`${origin}/${path}`);
      return page;
    }

    test('a feed: events come, and the worker is killed', async () => {
      const stream = streamAt(server.origin, freshName('feed'));
      const page = await visit(`feed.html#${stream.name}`);
      await stream.publish({ data: 'before' });
      await untilTexts(page, ITEMS, ['before']);
      await hide(page);
      await stream.publish({ data: 'hidden' });
      await server.kill(() => untilText(page, '#connection', /connecting/));
      await stream.publish({ data: 'after the crash' }, { data: 'last' });
      await show(page);
      await untilTexts(page, ITEMS, ['last', 'after the crash', 'hidden', 'before']);
      await untilText(page, '#connection', LIVE);
      await stream.publish({ data: 'in front' });
      await untilTexts(page, ITEMS, ['in front', 'last', 'after the crash', 'hidden', 'before']);
      assert.deepEqual(faultsOf(page), []);
    });

    test('a chat: messages come, its wire is cut, and the worker is killed', async () => {
      wire = await startProxy(server.origin);
      const room = roomAt(server.origin, freshName('chat'));
      const page = await visit(`chat.html#${room.name}`, wire.origin);
      await room.post({ text: 'before' });
      await untilTexts(page, SAID, ['before']);
      await hide(page);
      await room.post({ text: 'hidden' });
      wire.refuse();
      wire.cut();
      await room.post({ text: 'cut' });
      await server.kill();
      await room.post({ text: 'after the crash' });
      wire.accept();
      await show(page);
      await untilTexts(page, SAID, ['before', 'hidden', 'cut', 'after the crash']);
      await untilText(page, '#connection', LIVE);
      await room.post({ text: 'in front' });
      await untilTexts(page, SAID, ['before', 'hidden', 'cut', 'after the crash', 'in front']);
      assert.deepEqual(faultsOf(page), []);
    });

    test('a text, which is drawn by animation frames: another tab writes on', async () => {
      const room = freshName('text');
      const page = await visit(`text.html#${room}`);
      const untilWritten = (tab, wanted) => eventually(
        () => tab.evaluate(() => { const { value, readOnly } = document.getElementById('area'); return { value, readOnly }; }),
        ({ value, readOnly }) => value === wanted && !readOnly, 60_000);
      await untilWritten(page, '');
      const front = await hide(page);
      await front.goto(`${server.origin}/text.html#${room}`);
      await untilWritten(front, '');
      await (await front.$('#area')).type('Dear all,');
      await untilText(front, '#saved', /^Everything is stored\.$/);
      await server.kill();
      await (await front.$('#area')).type(' so far');
      await untilText(front, '#saved', /^Everything is stored\.$/);
      await show(page);
      await untilWritten(page, 'Dear all, so far');
      for (const tab of [page, front]) assert.deepEqual(faultsOf(tab), []);
    });

    // Firefox freezes no tabs; Chromium does after minutes in the background, or when it is told to.
    if (called === 'Firefox') return;
    test('a tab that is frozen holds no connection, and thawed it shows what it missed', async () => {
      const stream = streamAt(server.origin, freshName('feed'));
      const room = roomAt(server.origin, freshName('chat'));
      const pages = { feed: await visit(`feed.html#${stream.name}`), chat: await visit(`chat.html#${room.name}`) };
      await stream.publish({ data: 'before' });
      await room.post({ text: 'before' });
      await untilTexts(pages.feed, ITEMS, ['before']);
      await untilTexts(pages.chat, SAID, ['before']);
      const become = async (page, state) => (await page.createCDPSession()).send('Page.setWebLifecycleState', { state });
      for (const page of Object.values(pages)) {
        await page.bringToFront();
        await hide(page);
        await become(page, 'frozen');
      }
      await eventually(() => stream.snapshot(), ({ readers }) => readers === 0);
      await eventually(() => room.info(), ({ connections }) => connections === 0);
      await stream.publish({ data: 'frozen' });
      await room.post({ text: 'frozen' });
      await server.kill();
      await stream.publish({ data: 'after the crash' });
      await room.post({ text: 'after the crash' });
      for (const page of Object.values(pages)) {
        await become(page, 'active');
        await show(page);
      }
      await untilTexts(pages.feed, ITEMS, ['after the crash', 'frozen', 'before']);
      await untilTexts(pages.chat, SAID, ['before', 'frozen', 'after the crash']);
      for (const page of Object.values(pages)) assert.deepEqual(faultsOf(page), []);
    });
  });
}
