/** The pages of docs/recipes in a real browser, as they stand there, each with its hard case. */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, afterEach, before, describe, test } from 'node:test';

import { openStream } from '../e2e/event-source.mjs';
import { recipe } from '../e2e/recipe.mjs';
import { startServer } from '../e2e/server.mjs';
import { eventually, freshName, streamAt } from '../e2e/streams.mjs';
import { launchChromium, openPage, textOf } from './chromium.mjs';
import { hostPage } from './page-host.mjs';

let server;
let browser;
const hosts = [];

before(async () => {
  server = await startServer();
  browser = await launchChromium();
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  for (const host of hosts.splice(0)) host.stop();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A recipe with a stream of its own; `visit` opens its page, each time for another reader. */
function prepare(name, { origin } = server) {
  const stream = streamAt(origin, freshName(name));
  const code = recipe(name, { origin, stream: stream.name });
  const visit = async () => {
    const host = await hostPage(code.page, origin);
    hosts.push(host);
    const page = await openPage(browser);
    await page.goto(host.url);
    return { host, page };
  };
  return { stream, code, visit };
}

const itemsOf = (page) => page.locator('li').allTextContents();
const untilItems = (page, count) =>
  page.waitForFunction((wanted) => document.querySelectorAll('li').length >= wanted, count);
/** Errors of the page's script; that a wire was cut is told as one of the network. */
const faultsOf = (page) => page.complaints.filter((text) => !text.includes('net::ERR'));

test('feed: one reader from the start, one late, one cut: the same stories in the same order', async () => {
  const { stream, code, visit } = prepare('feed');
  const stories = (from, to) =>
    Array.from({ length: to - from + 1 }, (_, n) => ({ type: 'story', data: { title: `<b>${from + n}` } }));
  await code.runShell();
  const early = await visit();
  const unlucky = await visit();
  await untilItems(unlucky.page, 1);
  await stream.publish(...stories(1, 5));
  await untilItems(unlucky.page, 6);
  unlucky.host.cut();
  await stream.publish(...stories(6, 10));
  const late = await visit();
  await untilItems(late.page, 11);
  await stream.publish(...stories(11, 12));
  const expected = [...stories(1, 12).map(({ data }) => data.title).reverse(), 'Rain at last'];
  for (const { page } of [early, unlucky, late]) {
    await untilItems(page, expected.length);
    assert.deepEqual(await itemsOf(page), expected);
    assert.deepEqual(faultsOf(page), []);
  }
  assert.ok(unlucky.host.requests.at(-1).lastEventId, 'it came back with its cursor');
});

describe('notifications', () => {
  const notify = (stream, ...texts) => stream.publish(...texts.map((text) => ({ type: 'notification', data: { text } })));

  test('each visit shows exactly what is unread', async () => {
    const { stream, code, visit } = prepare('notifications');
    await code.runShell();
    const { page, host } = await visit();
    await untilItems(page, 1);
    await notify(stream, 'two');
    await untilItems(page, 2);
    assert.deepEqual(await itemsOf(page), ['Your order is on its way', 'two']);
    await page.locator('button').click();
    assert.deepEqual(await itemsOf(page), []);
    await page.goto('about:blank');
    await notify(stream, 'three', 'four', 'five');
    // What was shown and not marked is unread still, also at the next visit.
    for (let visits = 0; visits < 2; visits += 1) {
      await page.goto(host.url);
      await untilItems(page, 3);
      assert.deepEqual(await itemsOf(page), ['three', 'four', 'five']);
    }
    await page.locator('button').click();
    await page.reload();
    await notify(stream, 'six');
    await untilItems(page, 1);
    assert.deepEqual(await itemsOf(page), ['six']);
    assert.deepEqual(faultsOf(page), []);
  });

  test('who was away for too long is told', async () => {
    const { stream, code, visit } = prepare('notifications');
    await code.runShell();
    const { page, host } = await visit();
    await untilItems(page, 1);
    await page.locator('button').click();
    await page.goto('about:blank');
    await fetch(stream.url, { method: 'PUT', body: '{"retain_events":2}' });
    await notify(stream, 'two', 'three', 'four');
    await page.goto(host.url);
    await untilItems(page, 3);
    assert.deepEqual(await itemsOf(page), ['Older ones have expired.', 'three', 'four']);
  });
});

test('progress: seen live, over a cut, and by who comes after the end', async () => {
  const { stream, code, visit } = prepare('progress');
  const ahead = await visit();
  const unlucky = await visit();
  await stream.publish({ type: 'progress', data: { done: 1, total: 40 } });
  const barOf = (page) => page.locator('progress').evaluate((bar) => bar.value);
  for (const { page } of [ahead, unlucky]) {
    await page.waitForFunction(() => document.querySelector('progress').value > 0);
    assert.equal(await barOf(page), 0.025);
  }
  unlucky.host.cut();
  await code.runModule();
  const late = await visit();
  for (const { page } of [ahead, unlucky, late]) {
    await textOf(page, 'output', /^succeeded$/);
    assert.equal(await barOf(page), 1);
    assert.deepEqual(faultsOf(page), []);
  }
});

test('dashboard: the figures of the whole service, live, at once for who comes late, and after a cut', async () => {
  // A service of its own, on which nothing else happens, and which reports quickly.
  const own = await startServer({ vars: { STATS_REPORT_SECONDS: '0.2' } });
  try {
    const { stream, visit } = prepare('dashboard', own);
    const shows = (page, figures) =>
      page.waitForFunction(
        (wanted) => [...document.querySelectorAll('dd')].map((figure) => figure.textContent.trim()).join() === wanted,
        figures.join(),
      );
    const early = await visit();
    await stream.publish({ data: 1 }, { data: 2 });
    await shows(early.page, [1, 0, 2]);
    const reader = openStream(stream.url);
    await shows(early.page, [1, 1, 2]);
    early.host.cut();
    await streamAt(own.origin).publish({ data: 3 });
    const late = await visit();
    for (const { page } of [early, late]) {
      await shows(page, [2, 1, 3]);
      assert.deepEqual(faultsOf(page), []);
    }
    reader.cut();
    const intruder = streamAt(own.origin, 'tidings.stats');
    await assert.rejects(intruder.publish({ type: 'stats', data: { streams: 0 } }), /^Error: 403/);
  } finally {
    for (const host of hosts.splice(0)) host.stop();
    await own.stop();
  }
});

test('ticker: a page on which nothing moves for a while gets the newest prices, and no backlog', async () => {
  const { stream, code, visit } = prepare('ticker');
  await code.runShell();
  const slow = await visit();
  const quick = await visit();
  for (const { page } of [slow, quick]) await textOf(page, 'table', /ACME 10\.5.*EMCA 7\.25/s);
  slow.host.hold();
  // The wire itself holds some megabytes, which are not the service's to spare.
  const weight = 'x'.repeat(30_000);
  const symbols = ['ACME', 'EMCA', 'MACE', 'CAME'];
  const rounds = 240;
  for (let round = 1; round <= rounds; round += 1) {
    await stream.publish(...symbols.map((symbol) => ({ type: 'tick', data: { symbol, price: round, weight } })));
  }
  const newest = (price) => new RegExp(symbols.map((symbol) => `${symbol} ${price}`).join('.*'), 's');
  await textOf(quick.page, 'table', newest(rounds));
  slow.host.release();
  await textOf(slow.page, 'table', newest(rounds));
  assert.equal(slow.host.requests.length, 1, 'it was never sent away');
  const ticks = slow.host.passed.match(/^event: tick$/gm).length;
  assert.ok(ticks < rounds * symbols.length, `it was spared what was stale: ${ticks} ticks`);
  await stream.publish(...symbols.map((symbol) => ({ type: 'tick', data: { symbol, price: 9_999 } })));
  for (const { page } of [slow, quick]) {
    await textOf(page, 'table', newest(9_999));
    assert.equal(await page.locator('tr').count(), symbols.length);
    assert.deepEqual(faultsOf(page), []);
  }
});

test('tokens: reloaded in mid-answer, cut in mid-answer, opened after it: the very text', async () => {
  const { code, visit } = prepare('tokens');
  const { publish } = await code.runModule();
  const tokens = Array.from({ length: 1_200 }, (_, n) => (n % 9 ? ` wörd${n}` : '\n<i>🦀</i>  '));
  const say = (from, to) => {
    for (const data of tokens.slice(from, to)) publish({ type: 'token', data });
  };
  const text = (count = tokens.length) => tokens.slice(0, count).join('');
  const untilText = (page, expected) =>
    page.waitForFunction((whole) => document.querySelector('p')?.textContent === whole, expected);
  const reloader = await visit();
  const unlucky = await visit();
  say(0, 500);
  for (const { page } of [reloader, unlucky]) await untilText(page, text(500));
  say(500, 900);
  // In mid-answer, and while tokens are on their way.
  unlucky.host.cut();
  await reloader.page.reload();
  await untilText(reloader.page, text(900));
  say(900, 1_200);
  await publish({ type: 'done', final: true });
  const late = await visit();
  for (const { page } of [reloader, unlucky, late]) {
    await untilText(page, text());
    assert.deepEqual(faultsOf(page), []);
  }
});

test('binary: random bytes of every length arrive to the byte, also over a cut', async () => {
  const { code, visit } = prepare('binary');
  const { publish } = await code.runModule();
  const { page, host } = await visit();
  const shown = () => page.evaluate(async () => {
    const { src } = document.querySelector('img');
    if (!src) return undefined;
    const reader = new FileReader();
    reader.readAsDataURL(await (await fetch(src)).blob());
    return new Promise((resolve) => { reader.onload = () => resolve(reader.result); });
  });
  for (const length of [1, 48_000, 48 * 1024, 65_537, 300_000]) {
    const bytes = randomBytes(length);
    if (length > 65_537) host.cut();
    assert.equal((await publish(bytes, 'image/png')).status, 200);
    const whole = `data:image/png;base64,${bytes.toString('base64')}`;
    await eventually(async () => (await shown()) === whole, (same) => same, 60_000);
  }
  assert.deepEqual(faultsOf(page), []);
});
