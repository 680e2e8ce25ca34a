/** The pages of the one-way uses at work, each between two pages, and with its hard case. */

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, afterEach, before, describe, test } from 'node:test';

import { openStream } from '../e2e/event-source.mjs';
import { startServer } from '../e2e/server.mjs';
import { freshName, streamAt } from '../e2e/streams.mjs';
import { launchChromium, textOf } from './chromium.mjs';
import { HOSTILE, itemsOf, live, sendLine, untilItems, visit, visitBeside } from './one-way.mjs';

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
const intruded = (page) => page.evaluate(() => globalThis.intruded ?? document.querySelectorAll('main b, main img').length > 0);

describe('feed', () => {
  const items = (from, to) =>
    Array.from({ length: to - from + 1 }, (_, n) => ({ type: 'item', data: { text: `item ${from + n}` } }));

  test('one publishes, the other sees it, as text', async () => {
    const address = addressOf('feed', freshName('feed'));
    const [writer, reader] = [await visit(browser, address), await visit(browser, address)];
    await sendLine(writer, 'Rain at last');
    await sendLine(writer, HOSTILE);
    for (const page of [writer, reader]) {
      await untilItems(page, 2);
      assert.deepEqual(await itemsOf(page), [HOSTILE, 'Rain at last']);
      assert.equal(await intruded(page), false);
      assert.deepEqual(page.complaints, []);
    }
  });

  test('who comes late gets the last twenty, also in a second tab', async () => {
    const stream = streamAt(server.origin, freshName('feed'));
    await stream.publish(...items(1, 25));
    const late = await visit(browser, addressOf('feed', stream.name));
    await untilItems(late, 20);
    await stream.publish({ data: 'from a terminal' });
    await untilItems(late, 21);
    const tab = await visitBeside(late, addressOf('feed', stream.name));
    await untilItems(tab, 20);
    await stream.publish({ type: 'item', data: { text: 'the last' } });
    for (const page of [late, tab]) {
      await textOf(page, '#items li', /^the last$/);
      const shown = await itemsOf(page);
      assert.deepEqual(shown.slice(0, 3), ['the last', 'from a terminal', 'item 25']);
      assert.equal(new Set(shown).size, shown.length);
    }
  });

  test('nothing moves for somebody who reads further down; a button leads to what is new', async () => {
    const stream = streamAt(server.origin, freshName('feed'));
    await stream.publish(...items(1, 20));
    const page = await visit(browser, addressOf('feed', stream.name), { viewport: { width: 390, height: 600 } });
    await untilItems(page, 20);
    await page.evaluate(() => scrollTo(0, 900));
    await page.waitForFunction(() => scrollY > 500);
    await stream.publish(...items(21, 23));
    await textOf(page, '#fresh', /^3 new$/);
    assert.equal((await itemsOf(page))[0], 'item 20');
    await page.focus('#fresh');
    await page.keyboard.press('Enter');
    await untilItems(page, 23);
    assert.deepEqual((await itemsOf(page)).slice(0, 4), ['item 23', 'item 22', 'item 21', 'item 20']);
    assert.equal(await page.evaluate(() => document.activeElement.id), 'latest', 'the keyboard is at the top');
    assert.equal(await page.locator('#fresh').isVisible(), false);
  });
});

describe('notifications', () => {
  const note = (text) => ({ type: 'notification', data: { text } });

  test('unread through reloads and days away, until marked; as text', async () => {
    const page = await visit(browser, addressOf('notifications'));
    await sendLine(page, HOSTILE);
    await untilItems(page, 1);
    await page.reload();
    await untilItems(page, 1);
    assert.deepEqual(await itemsOf(page), [HOSTILE]);
    assert.equal(await intruded(page), false);
    const stream = streamAt(server.origin, /streams\/([^/]+)/.exec(await page.textContent('#command'))[1]);
    assert.equal((await stream.snapshot()).retain_seconds, 30 * 86_400);
    await page.click('#read');
    await untilItems(page, 0);
    await page.goto('about:blank');
    await stream.publish(note('two'), note('three'));
    await page.goto(addressOf('notifications'));
    await untilItems(page, 2);
    assert.deepEqual(await itemsOf(page), ['two', 'three']);
    assert.match(await page.title(), /^\(2\)/);
    assert.deepEqual(page.complaints, []);
  });

  test('a second tab agrees, and another browser has an inbox of its own', async () => {
    const first = await visit(browser, addressOf('notifications'));
    const second = await visitBeside(first, addressOf('notifications'));
    const stranger = await visit(browser, addressOf('notifications'));
    await sendLine(first, 'one');
    await sendLine(second, 'two');
    for (const page of [first, second]) {
      await untilItems(page, 2);
      assert.deepEqual(await itemsOf(page), ['one', 'two']);
    }
    await second.click('#read');
    for (const page of [first, second]) await untilItems(page, 0);
    await sendLine(first, 'three');
    for (const page of [first, second]) {
      await untilItems(page, 1);
      assert.deepEqual(await itemsOf(page), ['three']);
    }
    await live(stranger);
    assert.deepEqual(await itemsOf(stranger), []);
  });

  test('who was away for too long is told', async () => {
    const stream = streamAt(server.origin, freshName('inbox'));
    await stream.publish(note('one'));
    const page = await visit(browser, addressOf('notifications', stream.name));
    await untilItems(page, 1);
    await page.click('#read');
    await page.goto('about:blank');
    await fetch(stream.url, { method: 'PUT', body: '{"retain_events":2}' });
    await stream.publish(note('two'), note('three'), note('four'));
    await page.goto(addressOf('notifications', stream.name));
    await untilItems(page, 2);
    assert.equal(await page.locator('#gap').isVisible(), true);
  });
});

describe('ticker', () => {
  const pricesOf = (page) => page.locator('#prices tbody tr').evaluateAll((rows) => rows.map((row) => row.cells[1].textContent));
  const published = (page) => page.locator('#burst:not([aria-disabled])').waitFor();

  test('two pages agree on the newest prices; one that was held skips what is stale', async () => {
    const address = addressOf('ticker', freshName('prices'));
    const [quick, slow] = [await visit(browser, address), await visit(browser, address)];
    await quick.click('#burst');
    await published(quick);
    for (const page of [quick, slow]) await untilItems(page, 8, '#prices tbody tr');
    await slow.click('#hold');
    await textOf(slow, '#connection', /^paused$/);
    const before = Number(await slow.textContent('#arrived'));
    await quick.click('#burst');
    await published(quick);
    await slow.click('#hold');
    await slow.waitForFunction((wanted) => Number(document.getElementById('arrived').textContent) === wanted, before + 8);
    assert.ok(Number((await slow.textContent('#skipped')).replace(',', '')) >= 792);
    assert.deepEqual(await pricesOf(slow), await pricesOf(quick));
    assert.match(await slow.textContent('#prices [data-direction="up"], #prices [data-direction="down"]'), /^[+−]/);
    for (const page of [quick, slow]) assert.deepEqual(page.complaints, []);
  });

  test('a symbol is text', async () => {
    const stream = streamAt(server.origin, freshName('prices'));
    await fetch(stream.url, { method: 'PUT', body: '{"conflate":"symbol"}' });
    await stream.publish({ type: 'tick', data: { symbol: '<b>x</b>', price: 1 } }, { type: 'tick', data: { symbol: HOSTILE, price: 1 } });
    const page = await visit(browser, addressOf('ticker', stream.name));
    await textOf(page, '#prices tbody', /<b>x<\/b>.*<img/s);
    assert.equal(await intruded(page), false);
  });
});

test('dashboard: nothing yet, then the figures, at once for who comes late', async () => {
  const own = await startServer({ vars: { STATS_REPORT_SECONDS: '0.2' } });
  try {
    const early = await visit(browser, `${own.origin}/dashboard.html`);
    await textOf(early, '#state', /^Nothing has been reported yet/);
    const stream = streamAt(own.origin);
    await stream.publish({ data: 1 }, { data: 2 });
    const reader = openStream(stream.url);
    const late = await visit(browser, `${own.origin}/dashboard.html`);
    for (const page of [early, late]) {
      await textOf(page, '#streams', /^1$/);
      await textOf(page, '#readers', /^1$/);
      await textOf(page, '#events', /^2$/);
      await page.locator('#readers-line polyline').waitFor({ state: 'attached' }); // flat, it has no height to be seen by
      await textOf(page, '#pace', /^[\d.]+\/s$/);
      assert.deepEqual(page.complaints, []);
    }
    assert.match(await early.getAttribute('#events-line', 'aria-label'), /2/);
    reader.cut();
  } finally {
    for (const context of browser.contexts()) await context.close();
    await own.stop();
  }
});

describe('links', () => {
  /** Answers by what the path begins with; below `/held/` not before `release`. */
  async function target() {
    let held = [];
    const site = http.createServer(({ url }, response) => {
      const answer = () => response.writeHead(url.startsWith('/404') ? 404 : 200).end();
      if (url.startsWith('/held') && held) held.push(answer);
      else answer();
    });
    await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));
    return {
      origin: `http://127.0.0.1:${site.address().port}`,
      release() {
        for (const answer of held ?? []) answer();
        held = null;
      },
      stop() {
        site.closeAllConnections();
        site.close();
      },
    };
  }

  async function check(urls) {
    const page = await visit(browser, addressOf('links'));
    await page.fill('#urls', urls.join('\n'));
    await page.press('#urls', 'Tab');
    await page.keyboard.press('Enter');
    await page.locator('#job').waitFor();
    return page;
  }

  test('results come while it works; the address shows them to others, and after a reload', async () => {
    const site = await target();
    try {
      const urls = [...Array.from({ length: 6 }, (_, n) => `${site.origin}/${n % 3 ? 'ok' : '404'}/<b>${n}</b>`), `${site.origin}/held/1`];
      const page = await check(urls);
      const rows = '#results tbody tr';
      await untilItems(page, 6, rows);
      assert.match(await page.textContent('#percent'), /^6 of 7$/);
      const watcher = await visit(browser, await page.inputValue('#share'));
      await page.reload();
      for (const one of [page, watcher]) {
        await untilItems(one, 6, rows);
        assert.equal(await intruded(one), false);
      }
      site.release();
      for (const one of [page, watcher]) {
        await textOf(one, '#status', /^Done: 7 links checked, 2 broken\.$/);
        const shown = await one.locator(`${rows} td:first-child`).allTextContents();
        assert.deepEqual(shown.map((url) => decodeURI(url)), urls);
        assert.equal(await one.getAttribute('#bar', 'aria-valuenow'), '100');
        assert.deepEqual(one.complaints, []);
      }
      await page.check('#broken');
      assert.equal(await page.locator(`${rows}:visible`).count(), 2);
    } finally {
      site.stop();
    }
  });

  test('a check is cancelled for everybody who watches', async () => {
    const site = await target();
    try {
      const page = await check(Array.from({ length: 20 }, (_, n) => `${site.origin}/held/${n}`));
      const watcher = await visit(browser, page.url());
      await textOf(page, '#status', /^Checking 20 links/);
      await page.focus('#cancel');
      await page.keyboard.press('Enter');
      site.release();
      for (const one of [page, watcher]) await textOf(one, '#status', /^Cancelled:/);
      assert.equal(await page.evaluate(() => document.activeElement.id), 'again');
    } finally {
      site.stop();
    }
  });

  test('a list that is none is refused in words, and stays to be mended', async () => {
    const page = await visit(browser, addressOf('links'));
    await page.fill('#urls', 'https://example.com/\njavascript:alert(1)');
    await page.click('#form button');
    await textOf(page, '#refusal', /2/);
    assert.equal(await page.locator('#job').isVisible(), false);
  });
});
