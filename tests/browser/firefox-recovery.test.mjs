/** The pages in Firefox: a bar to its end, a worker that dies, tabs that share, a page that comes back. */

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';

import { startProxy } from '../e2e/cuttable-proxy.mjs';
import { roomAt } from '../e2e/rooms.mjs';
import { startServer } from '../e2e/server.mjs';
import { eventually, freshName, streamAt } from '../e2e/streams.mjs';
import { hostElements, MODULE } from './elements-page.mjs';
import { launchFirefox, noFirefox, openFirefoxPage } from './firefox.mjs';
import { faultsOf, openBeside, textsOf, untilText, untilTexts, write } from './puppeteer-page.mjs';

const ITEMS = '#items li';
const SAID = '#messages .said';
const LIVE = /^live$/;

describe('in Firefox', { skip: noFirefox }, () => {
  let server;
  let wire;
  let firefox;
  before(async () => {
    // A reader that has gone is noticed when something is written to it.
    server = await startServer({ vars: { SSE_HEARTBEAT_SECONDS: '1' } });
    firefox = await launchFirefox();
  });
  afterEach(async () => {
    for (const context of firefox.browserContexts()) if (context !== firefox.defaultBrowserContext()) await context.close();
    await wire?.stop();
    wire = undefined;
  });
  after(async () => {
    await firefox?.close();
    await server?.stop();
  });

  async function visit(path, origin = server.origin) {
    const page = await openFirefoxPage(firefox);
    await page.goto(`${origin}/${path}`);
    return page;
  }

  test('a file goes up, and the bar goes to 100 % and never back', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidings-upload-'));
    try {
      const bytes = randomBytes(6_000_000);
      writeFileSync(join(folder, 'sample.bin'), bytes);
      const page = await visit('upload.html');
      await page.evaluate(() => {
        const bar = document.getElementById('bar');
        globalThis.seen = [];
        new MutationObserver(() => globalThis.seen.push(Number(bar.getAttribute('aria-valuenow'))))
          .observe(bar, { attributeFilter: ['aria-valuenow'] });
      });
      await (await page.$('#file')).uploadFile(join(folder, 'sample.bin'));
      await untilText(page, '#status', /^Done/);
      const seen = await page.evaluate(() => globalThis.seen);
      assert.equal(seen.at(-1), 100);
      assert.deepEqual(seen, [...seen].sort((a, b) => a - b));
      assert.deepEqual(await textsOf(page, '#digest'), [createHash('sha256').update(bytes).digest('hex')]);
      assert.deepEqual(page.complaints, []);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('<tidings-progress> goes to 100 %', async () => {
    const stream = streamAt(server.origin, freshName('bar'));
    const host = await hostElements(`${MODULE}<tidings-progress src="/v1/streams/${stream.name}"></tidings-progress>`, server.origin);
    try {
      const page = await visit('', host.url.slice(0, -1));
      const shown = () => page.evaluate(() => {
        const part = (name) => document.querySelector('tidings-progress').shadowRoot?.querySelector(`[part="${name}"]`);
        return { value: part('bar')?.getAttribute('aria-valuenow') ?? null, message: part('message')?.textContent };
      });
      for (const [done, value] of [[3, '30'], [6, '60']]) {
        await stream.publish({ type: 'progress', data: { done, total: 10 } });
        await eventually(shown, (bar) => bar.value === value);
      }
      await stream.publish({ type: 'succeeded', data: { message: '12 files' }, final: true });
      await eventually(shown, (bar) => bar.value === '100' && bar.message === 'Done: 12 files');
      assert.deepEqual(page.complaints, []);
    } finally {
      host.stop();
    }
  });

  test('the worker is killed under the feed and the chat: all of before, meanwhile and after is there, once', async () => {
    const stream = streamAt(server.origin, freshName('feed'));
    const room = roomAt(server.origin, freshName('chat'));
    const feed = await visit(`feed.html#${stream.name}`);
    const chat = await visit(`chat.html#${room.name}`);
    for (const page of [feed, chat]) await untilText(page, '#connection', LIVE);
    for (const text of ['one', 'two']) {
      await stream.publish({ type: 'item', data: { text } });
      await room.post({ text });
    }
    await untilTexts(feed, ITEMS, ['two', 'one']);
    await untilTexts(chat, SAID, ['one', 'two']);
    await server.kill(async () => {
      for (const page of [feed, chat]) {
        await untilText(page, '#connection', /connecting/);
        // Said while nobody is there: it is sent until it is answered, and stored once.
        await write(page, 'three');
      }
      await untilText(chat, '#unsent', /three · sending/);
    });
    await untilTexts(feed, ITEMS, ['three', 'two', 'one']);
    await untilTexts(chat, SAID, ['one', 'two', 'three']);
    await stream.publish({ type: 'item', data: { text: 'four' } });
    await room.post({ text: 'four' });
    const late = await visit(`feed.html#${stream.name}`);
    for (const page of [feed, late]) await untilTexts(page, ITEMS, ['four', 'three', 'two', 'one']);
    await untilTexts(chat, SAID, ['one', 'two', 'three', 'four']);
    assert.deepEqual((await room.messages('?after=start')).messages.map(({ text }) => text), ['one', 'two', 'three', 'four']);
    await untilText(chat, '#unsent', /^$/);
    for (const page of [feed, chat, late]) assert.deepEqual(faultsOf(page), []);
  });

  test('two tabs share one connection; the tab that has it is closed, and the other goes on', async () => {
    wire = await startProxy(server.origin);
    const stream = streamAt(server.origin, freshName('feed'));
    await stream.publish({ data: 'item 0' });
    const address = `feed.html#${stream.name}`;
    const first = await visit(address, wire.origin);
    await untilTexts(first, ITEMS, ['item 0']);
    const second = await openBeside(first);
    await second.goto(`${wire.origin}/${address}`);
    await untilTexts(second, ITEMS, ['item 0']);
    // A tab that comes late takes the past by a connection of its own, and lets go of it.
    const expected = ['item 0'];
    const more = async () => {
      expected.unshift(`item ${expected.length}`);
      await stream.publish({ data: expected[0] });
    };
    await more();
    for (const tab of [first, second]) await untilTexts(tab, ITEMS, expected);
    const untilOneReader = () => eventually(() => stream.snapshot(), ({ readers }) => readers === 1);
    await untilOneReader();
    const opened = wire.requests.length;
    for (let n = 0; n < 10; n += 1) await more();
    for (const tab of [first, second]) await untilTexts(tab, ITEMS, expected);
    assert.equal((await stream.snapshot()).readers, 1);
    assert.equal(wire.requests.length, opened, 'what follows goes over the one connection');

    await first.close();
    for (let n = 0; n < 3; n += 1) await more();
    await untilTexts(second, ITEMS, expected);
    await untilOneReader();
    assert.ok(wire.requests.length > opened, 'it was the first that had it');
    assert.deepEqual(faultsOf(second), []);
  });

  // Firefox decides whether to keep a page before the page hears that it is left, and keeps
  // none that has a WebSocket, an EventSource or a lock (tried one by one with 140 ESR: also
  // where `pagehide` closes them). So a chat is kept when it is left without a network, ...
  test('a chat out of the back-forward cache has what it missed', async () => {
    wire = await startProxy(server.origin);
    const room = roomAt(server.origin, freshName('chat'));
    const page = await visit(`chat.html#${room.name}`, wire.origin);
    await room.post({ text: 'one' });
    await untilTexts(page, SAID, ['one']);
    wire.refuse();
    wire.cut();
    // As Firefox says it when the network has gone: the page does not try meanwhile, and
    // so has no WebSocket. BiDi cannot make Firefox 140 say it.
    await page.evaluate(() => dispatchEvent(new Event('offline')));
    await untilText(page, '#connection', /^offline$/);
    await page.evaluate(() => {
      globalThis.shows = []; // of this very page: one that is loaded again has none
      addEventListener('pageshow', ({ persisted }) => globalThis.shows.push(persisted));
    });
    await page.goto(`${server.origin}/404.html`);
    await room.post({ text: 'two' });
    wire.accept();
    await goBack(page, `${wire.origin}/chat`);
    assert.deepEqual(await page.evaluate(() => globalThis.shows), [true], 'Firefox did not keep it');
    await untilTexts(page, SAID, ['one', 'two']);
    await untilText(page, '#connection', LIVE);
    await room.post({ text: 'three' });
    await untilTexts(page, SAID, ['one', 'two', 'three']);
    assert.deepEqual(faultsOf(page), []);
  });

  // ... and a page that is live when it is left is loaded again. It shows the same.
  test('back on a page that was live when it was left: all is there, once', async () => {
    const stream = streamAt(server.origin, freshName('feed'));
    const room = roomAt(server.origin, freshName('chat'));
    for (const text of ['one', 'two']) {
      await stream.publish({ data: text });
      await room.post({ text });
    }
    const feed = await visit(`feed.html#${stream.name}`);
    const chat = await visit(`chat.html#${room.name}`);
    await untilTexts(feed, ITEMS, ['two', 'one']);
    await untilTexts(chat, SAID, ['one', 'two']);
    for (const page of [feed, chat]) await page.goto(`${server.origin}/404.html`);
    await stream.publish({ data: 'three' });
    await room.post({ text: 'three' });
    await goBack(feed, `${server.origin}/feed`);
    await goBack(chat, `${server.origin}/chat`);
    await untilTexts(feed, ITEMS, ['three', 'two', 'one']);
    await untilTexts(chat, SAID, ['one', 'two', 'three']);
    await stream.publish({ data: 'four' });
    await room.post({ text: 'four' });
    await untilTexts(feed, ITEMS, ['four', 'three', 'two', 'one']);
    await untilTexts(chat, SAID, ['one', 'two', 'three', 'four']);
    for (const page of [feed, chat]) assert.deepEqual(faultsOf(page), []);
  });
});

/** A page out of the cache is not loaded, so there is no `load` to wait for. */
async function goBack(page, address) {
  await page.evaluate(() => { setTimeout(() => history.back()); });
  // While the one page goes and the other comes there is nobody to be asked.
  await eventually(() => page.evaluate(() => location.href).catch(() => ''), (href) => href.startsWith(address), 60_000);
}
