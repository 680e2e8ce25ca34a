/** `<tidings-progress>` in a real browser, against a real server. */

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { startServer } from '../e2e/server.mjs';
import { eventually, freshName, streamAt } from '../e2e/streams.mjs';
import { launchChromium } from './chromium.mjs';
import { accessibilityFaults, faultsOf, MODULE, siteOf, wholePage } from './elements-page.mjs';

let server;
let browser;
const hosts = [];

before(async () => {
  // A reader that has gone is noticed when something is written to it.
  server = await startServer({ vars: { SSE_HEARTBEAT_SECONDS: '1' } });
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

const streamOf = () => streamAt(server.origin, freshName('bar'));
const barOf = ({ name }, more = '') => `<tidings-progress src="/v1/streams/${name}"${more}></tidings-progress>`;
const visit = (html, options) => siteOf(html, server.origin, hosts).visit(browser, options);
const progress = (done, total, more) => ({ type: 'progress', data: { done, total, ...more } });

const ariaOf = (page) => page.locator('[part="bar"]').evaluate((bar) =>
  Object.fromEntries(['valuenow', 'valuemin', 'valuemax', 'valuetext'].map((name) => [name, bar.getAttribute(`aria-${name}`)])));
const valueOf = async (page) => (await ariaOf(page)).valuenow;
const untilValue = (page, wanted) => eventually(() => valueOf(page), (value) => value === wanted);
const shows = (page, part, text) => page.locator(`[part="${part}"]`, { hasText: text }).waitFor();

test('a bar goes to 100 %, and the page hears of it', async () => {
  const stream = streamOf();
  const { page } = await visit(MODULE + barOf(stream));
  await page.evaluate(() => {
    globalThis.heard = [];
    for (const type of ['tidings-progress', 'tidings-end']) addEventListener(type, ({ detail }) => globalThis.heard.push(detail));
  });
  await shows(page, 'message', 'Waiting for the first report.');
  await stream.publish(progress(3e6, 10e6, { unit: 'bytes', message: 'Linking', extra: 7 }));
  await untilValue(page, '30');
  await shows(page, 'percent', '30%');
  await shows(page, 'amount', '3.0 MB of 10.0 MB');
  await shows(page, 'message', 'Linking');
  await shows(page, 'state', 'live');
  await stream.publish(progress(6e6, 10e6, { unit: 'bytes' }));
  await untilValue(page, '60');
  await shows(page, 'left', /seconds? left/);
  assert.match((await ariaOf(page)).valuetext, /^60%, 6.0 MB of 10.0 MB, \d+ seconds? left$/);
  await stream.publish({ type: 'succeeded', data: { message: '12 files' }, final: true });
  await untilValue(page, '100');
  await shows(page, 'message', 'Done: 12 files');
  await page.getByRole('status').filter({ hasText: `${stream.name}: Done: 12 files` }).waitFor({ state: 'attached' });
  const widths = () => page.locator('[part="bar"], [part="fill"]').evaluateAll((nodes) => nodes.map((node) => node.clientWidth));
  await eventually(widths, ([bar, fill]) => fill === bar);
  const heard = await page.evaluate(() => globalThis.heard);
  assert.deepEqual(heard.map(({ done, outcome }) => done ?? outcome), [3e6, 6e6, 'succeeded']);
  assert.equal(heard[0].data.extra, 7);
  assert.deepEqual(heard[2].data, { message: '12 files' });
  assert.equal(await page.locator('tidings-progress').getAttribute('outcome'), 'succeeded');
  assert.deepEqual(page.complaints, []);
});

test('other ends: failed, cancelled, deleted', async () => {
  const ends = {
    'Failed: disk full': (stream) => stream.publish({ type: 'failed', data: { message: 'disk full' }, final: true }),
    'Cancelled.': (stream) => stream.publish({ type: 'cancelled', final: true }),
    'This stream was deleted.': (stream) => stream.remove(),
  };
  const streams = Object.keys(ends).map(streamOf);
  for (const stream of streams) await stream.publish(progress(1, 4));
  const { page } = await visit(MODULE + streams.map((stream) => barOf(stream)).join(''));
  await eventually(() => page.locator('[part="percent"]').allTextContents(), (texts) => texts.join() === '25%,25%,25%');
  for (const [n, end] of Object.values(ends).entries()) await end(streams[n]);
  await eventually(() => page.locator('[part="message"]').allTextContents(), (texts) => texts.join() === Object.keys(ends).join());
  const outcomes = await page.locator('tidings-progress').evaluateAll((bars) => bars.map((bar) => bar.outcome));
  assert.deepEqual(outcomes, ['failed', 'cancelled', null]);
});

test('without a total it moves and says no value', async () => {
  const stream = streamOf();
  await stream.publish(progress(3, null, { unit: 'links' }));
  const { page } = await visit(MODULE + barOf(stream));
  await shows(page, 'amount', '3 links');
  assert.deepEqual(await ariaOf(page), { valuenow: null, valuemin: '0', valuemax: '100', valuetext: '3 links' });
  assert.equal(await page.locator('[part="percent"]').textContent(), '');
  assert.ok(await page.locator('[part="fill"]').evaluate((node) => node.getAnimations().length > 0));
  await page.emulateMedia({ reducedMotion: 'reduce' });
  assert.ok(await page.locator('[part="fill"]').evaluate((node) => node.getAnimations().length === 0));
  await stream.cancel();
  await shows(page, 'message', 'Cancelling…');
});

test('through a cut it goes on; another address is another job', async () => {
  const stream = streamOf();
  const other = streamOf();
  await stream.publish(progress(1, 4));
  await other.publish(progress(3, 4));
  const { page, host } = await visit(MODULE + barOf(stream));
  await untilValue(page, '25');
  host.cut();
  await stream.publish(progress(2, 4));
  await untilValue(page, '50');
  await page.evaluate((src) => { document.querySelector('tidings-progress').src = src; }, `/v1/streams/${other.name}`);
  await untilValue(page, '75');
  assert.equal(await page.locator('[part="label"]').textContent(), other.name);
  await stream.publish(progress(4, 4));
  await eventually(async () => (await stream.snapshot()).readers, (readers) => readers === 0);
  assert.equal(await valueOf(page), '75');
  assert.deepEqual(faultsOf(page), []);
});

test('trouble is said quietly', async () => {
  const stream = streamOf();
  await stream.publish(progress(1, 4));
  const { page, host } = await visit(MODULE + barOf(stream));
  await untilValue(page, '25');
  host.hold();
  host.cut();
  await shows(page, 'state', 'reconnecting…');
  host.release();
  await shows(page, 'state', 'live');
  await page.context().setOffline(true);
  await shows(page, 'state', 'offline');
  assert.equal(await valueOf(page), '25');
  await page.context().setOffline(false);
  await shows(page, 'state', 'live');
});

test('taken from the page it lets go, and put back it begins again', async () => {
  const stream = streamOf();
  await stream.publish(progress(1, 4));
  const { page } = await visit(MODULE + barOf(stream));
  await untilValue(page, '25');
  const readers = async () => (await stream.snapshot()).readers;
  assert.equal(await readers(), 1);
  await page.evaluate(() => {
    globalThis.bar = document.querySelector('tidings-progress');
    globalThis.bar.remove();
  });
  await eventually(readers, (count) => count === 0);
  await stream.publish(progress(2, 4));
  await page.evaluate(() => document.body.append(globalThis.bar));
  await untilValue(page, '50');
});

test('nothing moves when the first report comes', async () => {
  const stream = streamOf();
  await stream.publish(progress(1e6, 4e6, { unit: 'bytes', message: 'On its way' }));
  for (const width of [320, 640]) {
    const { page, host } = await visit('<p>Nothing yet</p>', { viewport: { width, height: 400 } });
    host.hold();
    await page.evaluate(async (html) => {
      await import('/sdk/elements.js');
      document.body.innerHTML = html;
    }, `${barOf(stream)}<p id="below">Below</p>`);
    const below = () => page.locator('#below').evaluate((node) => node.getBoundingClientRect().top);
    const before = await below();
    host.release();
    await untilValue(page, '25');
    await stream.publish(progress(2e6, 4e6, { unit: 'bytes', message: 'On its way' }));
    await untilValue(page, '50');
    assert.equal(await below(), before, `${width} pixels`);
    await stream.publish(progress(1e6, 4e6, { unit: 'bytes', message: 'On its way' }));
  }
});

test('whatever strangers publish stays text', async () => {
  const stream = streamOf();
  const payload = '<img src=x onerror="globalThis.hit=1"><script>hit=1</script>';
  await stream.publish(progress(1, 4, { unit: payload, message: payload }));
  const { page } = await visit(MODULE + barOf(stream, ' label="&lt;b>label&lt;/b>"'));
  await shows(page, 'message', payload);
  await shows(page, 'label', '<b>label</b>');
  await shows(page, 'amount', `1 of 4 ${payload}`);
  await stream.publish({ type: 'failed', data: payload, final: true });
  await shows(page, 'message', `Failed: ${payload}`);
  const found = await page.evaluate(() => {
    const { shadowRoot } = document.querySelector('tidings-progress');
    return { hit: globalThis.hit, strange: shadowRoot.querySelectorAll('img, script, b').length };
  });
  assert.deepEqual(found, { hit: undefined, strange: 0 });
  assert.deepEqual(page.complaints, []);
});

test('from right to left it is filled from the right, and its lines begin there', async () => {
  const stream = streamOf();
  await stream.publish(progress(1, 4, { message: 'Linking' }));
  const { page } = await visit(wholePage(barOf(stream), 'lang="ar" dir="rtl"'));
  await untilValue(page, '25');
  const [bar, fill] = await page.locator('[part="bar"], [part="fill"]').evaluateAll((nodes) => nodes.map((node) => node.getBoundingClientRect().right));
  assert.equal(fill, bar);
  const message = await page.locator('[part="message"]').evaluate((line) => {
    const range = document.createRange();
    range.selectNodeContents(line);
    return range.getBoundingClientRect().right;
  });
  assert.equal(Math.round(message), Math.round(bar));
});

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing wrong, ${colorScheme}`, async () => {
    const streams = [streamOf(), streamOf(), streamOf()];
    await streams[0].publish(progress(1e6, 4e6, { unit: 'bytes', message: 'Linking' }));
    await streams[1].publish({ type: 'failed', data: 'disk full', final: true });
    await streams[2].publish({ type: 'succeeded', final: true });
    const { page } = await visit(wholePage(streams.map((stream, n) => barOf(stream, ` label="Build ${n}"`)).join('')), { colorScheme, reducedMotion: 'reduce' });
    await shows(page, 'message', 'Linking');
    await shows(page, 'message', 'Failed: disk full');
    await shows(page, 'message', 'Done.');
    await page.getByRole('progressbar', { name: 'Build 0' }).waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
  });
}

test('labels that were set before the module was there are used', async () => {
  const stream = streamOf();
  await stream.publish(progress(1_500_000, 4_000_000, { unit: 'bytes' }));
  const { page } = await visit(`${barOf(stream)}<script>document.querySelector('tidings-progress').labels = { locale: 'de', of: (done, total) => done + ' von ' + total };</script>${MODULE}`);
  await shows(page, 'amount', '1,5 MB von 4,0 MB');
  assert.equal(await page.locator('[part="frame"]').getAttribute('lang'), 'de');
});
