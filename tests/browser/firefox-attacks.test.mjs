/** Whatever strangers send stays text, on every page and element that shows it, in Firefox. */

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { roomAt } from '../e2e/rooms.mjs';
import { startServer } from '../e2e/server.mjs';
import { eventually, freshName, streamAt } from '../e2e/streams.mjs';
import { hostElements, MODULE } from './elements-page.mjs';
import { launchFirefox, noFirefox, openFirefoxPage } from './firefox.mjs';
import { untilText } from './puppeteer-page.mjs';

/** A name has room for 64 characters, a reaction for 32 bytes; of a symbol 12 characters are shown. */
const NAME = '<img src=x onerror=intruded=1><script>intruded=1</script>';
const SYMBOL = '<b id=x>x</b';
const REACTION = '<img src=x onerror=intruded=1>';
const TEXT = '"><img src=x onerror="globalThis.intruded=1"><script>globalThis.intruded=1</script><svg onload="globalThis.intruded=1"></svg><a href="javascript:intruded=1">&lt;b&gt;</a>';

/** All text of a page, also in its elements and fields, and whatever in it can only come from outside. */
function findings() {
  const found = { text: document.title, strange: [], intruded: globalThis.intruded, violations: globalThis.violations };
  const look = (root) => {
    for (const node of root.querySelectorAll('*')) {
      const isOurs = node.tagName === 'SCRIPT' ? /\.js$/.test(node.getAttribute('src')) : !node.closest('main') && root === document;
      const isStrange = node.matches('img, script, svg, b, iframe, a[href^="javascript:"]') || [...node.attributes].some(({ name }) => name.startsWith('on'));
      if (isStrange && !isOurs) found.strange.push(node.outerHTML);
      if (node.value) found.text += `\n${node.value}`;
      if (node.shadowRoot) look(node.shadowRoot);
    }
    found.text += `\n${root.body?.textContent ?? root.textContent}`;
  };
  look(document);
  return found;
}

describe('in Firefox', { skip: noFirefox }, () => {
  let server;
  let firefox;
  const guests = [];
  const hosts = [];
  before(async () => {
    server = await startServer();
    firefox = await launchFirefox();
  });
  afterEach(async () => {
    for (const guest of guests.splice(0)) guest.close();
    for (const context of firefox.browserContexts()) if (context !== firefox.defaultBrowserContext()) await context.close();
    for (const host of hosts.splice(0)) host.stop();
  });
  after(async () => {
    await firefox?.close();
    await server?.stop();
  });

  async function visit(address) {
    const page = await openFirefoxPage(firefox);
    await page.evaluateOnNewDocument(() => {
      globalThis.violations = [];
      addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
        globalThis.violations.push(`${effectiveDirective} ${blockedURI}`));
    });
    await page.goto(address);
    return page;
  }
  const visitElement = async (html) => {
    // Without a policy: what gets in would run.
    hosts.push(await hostElements(`${MODULE}<main>${html}</main>`, server.origin));
    return visit(hosts.at(-1).url);
  };

  /** Waits until each of `texts` stands on the page as it was sent, so often. */
  async function staysText(page, texts) {
    const missing = ({ text }) => Object.entries(texts).filter(([what, times]) => text.split(what).length - 1 < times);
    const found = await eventually(() => page.evaluate(findings), (now) => missing(now).length === 0, 60_000);
    assert.deepEqual(found.strange, []);
    assert.equal(found.intruded, undefined);
    assert.deepEqual(found.violations, []);
    assert.deepEqual(page.complaints, []);
  }

  /** Somebody in a room who means no good, in all that a member can say. */
  async function intrude(room) {
    const guest = await room.join({ name: NAME });
    guests.push(guest);
    guest.send({ type: 'presence', data: { colour: TEXT, status: TEXT } });
    await guest.ask({ type: 'set', id: 'state', key: NAME, value: { html: TEXT } });
    const { cursor } = await guest.ask({ type: 'message', id: 'text', text: TEXT });
    await guest.ask({ type: 'react', id: 'reaction', target: cursor, emoji: REACTION });
    await guest.ask({ type: 'message', id: 'reply', text: `Re: ${TEXT}`, reply_to: cursor });
    await guest.ask({ type: 'message', id: 'data', data: { html: TEXT } });
    guest.send({ type: 'typing', on: true });
    guest.send({ type: 'signal', key: 'pointer', data: { x: 0.5, y: 0.5 } });
    guest.send({ type: 'signal', key: NAME, data: { html: TEXT } });
    return guest;
  }

  /** A page in a room; the payloads come before and after it has entered. */
  async function besieged(use) {
    const room = roomAt(server.origin, freshName(use));
    await intrude(room);
    const page = await visit(`${server.origin}/${use}.html#${room.name}`);
    await untilText(page, '#connection', /^live$/);
    return { room, page };
  }

  test('chat: names, messages, reactions, who types', async () => {
    const { room, page } = await besieged('chat');
    await intrude(room);
    // Of each: three messages and a place among who is there; and of the second, who types.
    await staysText(page, { [NAME]: 9, [TEXT]: 4, [REACTION]: 2, 'is typing': 1 });
  });

  test('cursors: names, places, presence', async () => {
    const { room, page } = await besieged('cursors');
    await intrude(room);
    await staysText(page, { [NAME]: 3 }); // two who are there, one who points
    assert.match(await page.evaluate(() => document.querySelector('.pointer').className), /^pointer colour-\d$/);
  });

  test('text: names, and what is written', async () => {
    const { room, page } = await besieged('text');
    await eventually(() => page.evaluate(() => document.getElementById('area').readOnly), (locked) => !locked, 60_000);
    const writer = await visit(page.url());
    await eventually(() => writer.evaluate(() => document.getElementById('area').readOnly), (locked) => !locked, 60_000);
    await (await writer.$('#area')).type(TEXT);
    await intrude(room);
    for (const one of [page, writer]) await staysText(one, { [NAME]: 2, [TEXT]: 1 });
  });

  test('orders: names, and what are no orders', async () => {
    const { room, page } = await besieged('orders');
    const guest = await intrude(room);
    await guest.ask({ type: 'message', id: 'order', data: { order: { side: TEXT, amount: TEXT, price: TEXT } } });
    await guest.ask({ type: 'message', id: 'side', data: { order: { side: TEXT, amount: 1, price: 100 } } });
    await guest.ask({ type: 'message', id: 'true', data: { order: { side: 'buy', amount: 1, price: 100 } } });
    // The last is one, and what came before it was looked at.
    await untilText(page, '#count', /^1$/);
    await staysText(page, { [NAME]: 2 });
  });

  const EVENTS = {
    feed: [{ type: 'item', data: { text: TEXT, at: TEXT } }, { data: TEXT }],
    notifications: [{ type: 'notification', data: { text: TEXT } }, { data: TEXT }],
    ticker: [{ type: 'tick', data: { symbol: SYMBOL, price: 1 } }, { type: 'tick', data: { symbol: TEXT, price: 2 } }],
    links: [
      { type: 'result', data: { url: `javascript:${TEXT}`, ok: false, error: TEXT } },
      { type: 'progress', data: { done: 1, total: 2, unit: TEXT, message: TEXT } },
      { type: 'failed', data: { message: TEXT }, final: true },
    ],
    upload: [
      { type: 'progress', data: { done: 1, total: 2, unit: TEXT, message: TEXT } },
      { type: 'failed', data: { message: TEXT, reason: TEXT }, final: true },
    ],
  };
  /** What of it a page shows, in the end, and how often. */
  const SHOWN = {
    feed: { [TEXT]: 2 },
    notifications: { [TEXT]: 2 },
    ticker: { [SYMBOL]: 1, [TEXT.slice(0, 12)]: 1 },
    links: { [TEXT]: 2 },
    upload: { [TEXT]: 1 },
  };

  for (const [use, events] of Object.entries(EVENTS)) {
    test(`${use}: what is published`, async () => {
      const stream = streamAt(server.origin, freshName(use));
      await fetch(stream.url, { method: 'PUT', body: JSON.stringify({ title: TEXT, ...(use === 'ticker' && { conflate: 'symbol' }) }) });
      await stream.publish(events[0]);
      const page = await visit(`${server.origin}/${use}.html#${stream.name}`);
      await staysText(page, { [use === 'ticker' ? SYMBOL : TEXT]: 1 });
      await stream.publish(...events.slice(1));
      await staysText(page, SHOWN[use]);
    });
  }

  test('<tidings-progress>: label, unit, message, end', async () => {
    const stream = streamAt(server.origin, freshName('bar'));
    await stream.publish({ type: 'progress', data: { done: 1, total: 2, unit: TEXT, message: TEXT } });
    const page = await visitElement(`<tidings-progress src="/v1/streams/${stream.name}" label="&lt;b>label&lt;/b>"></tidings-progress>`);
    await staysText(page, { [TEXT]: 2, '<b>label</b>': 1 });
    await stream.publish({ type: 'failed', data: TEXT, final: true });
    await staysText(page, { [`Failed: ${TEXT}`]: 1 });
  });

  test('<tidings-chat>: names, messages, quotes, reactions, who types', async () => {
    const room = roomAt(server.origin, freshName('chat'));
    await intrude(room);
    const page = await visitElement(`<tidings-chat src="/v1/rooms/${room.name}" name="Ann"></tidings-chat>`);
    // Two texts; who said them and is quoted, and who is there. A quote is cut short.
    await staysText(page, { [NAME]: 5, [TEXT]: 2, [REACTION]: 1, 'In reply to': 1 });
    await intrude(room);
    await page.evaluate(() => document.querySelector('tidings-chat').shadowRoot.querySelector('summary').click());
    await staysText(page, { [NAME]: 10, [TEXT]: 4, [REACTION]: 2, 'In reply to': 2, typing: 1 });
  });
});
