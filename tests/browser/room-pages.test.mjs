/** The pages of the two-way uses in a real browser: what they all keep to, the chat, the pointers. */

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { roomAt } from '../e2e/rooms.mjs';
import { startServer } from '../e2e/server.mjs';
import { eventually } from '../e2e/streams.mjs';
import { launchChromium, openPage, textOf } from './chromium.mjs';
import { weakTexts } from './contrast.mjs';
import { enter, faultsOf, freshRoom, USES, visit } from './use-page.mjs';

const ATTACK = '<img src=x onerror="document.title=\'taken\'"><script>document.title="taken"</script>';

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

for (const use of USES) {
  describe(`${use}.html`, () => {
    test('loads without a complaint, names its room, and nothing on it moves', async () => {
      const page = await visit(browser, server.origin, use, { room: '' });
      await textOf(page, '#connection', /^live$/);
      const link = await page.locator('#share').inputValue();
      assert.match(link, new RegExp(`#${use}-[a-z2-9]{10}$`));
      const other = await openPage(browser);
      await other.goto(link);
      await textOf(page, '#people', /\(you\).+/); // somebody comes
      assert.deepEqual(page.complaints, []);
      assert.deepEqual(await page.refused(), []);
      assert.deepEqual(await page.shifts(), []);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'no sideways scrolling');
    });

    test('every text can be read in both themes', async () => {
      for (const colorScheme of ['light', 'dark']) {
        const page = await enter(browser, server.origin, use, { colorScheme });
        if (use === 'chat') {
          await page.fill('#text', 'Hello');
          await page.press('#text', 'Enter');
          await page.locator('#log li').waitFor();
        }
        if (use === 'cursors') await page.press('#area', 'ArrowUp');
        assert.deepEqual(await page.evaluate(weakTexts), [], colorScheme);
      }
    });

    test('its sources are there, are what it runs, and are small', async () => {
      const page = await openPage(browser);
      const own = new Map();
      page.on('response', async (response) => {
        const { pathname } = new URL(response.url());
        if (pathname.endsWith('.js') && !pathname.startsWith('/sdk/')) own.set(pathname, await response.text().catch(() => ''));
      });
      await page.goto(`${server.origin}/${use}.html`);
      await textOf(page, '#connection', /^live$/);
      const linked = await page.locator('.sources a').evaluateAll((links) => links.map(({ pathname }) => pathname));
      for (const path of linked) {
        const response = await fetch(server.origin + path);
        assert.equal(response.status, 200, path);
      }
      for (const path of own.keys()) if (path.startsWith(`/${use}/`)) assert.ok(linked.includes(path), `${path} is linked`);
      const sizeOf = (isCounted) => [...own].reduce((sum, [path, text]) => sum + (isCounted(path) ? gzipSync(text).length : 0), 0);
      const [mine, all] = [sizeOf((path) => path.startsWith(`/${use}/`)), sizeOf(() => true)];
      assert.ok(mine > 1000 && mine < 8 * 1024 && all < 12 * 1024, `${mine} of ${all} bytes, compressed one by one`);
    });
  });
}

describe('chat', () => {
  const say = async (page, text) => {
    await page.fill('#text', text);
    await page.press('#text', 'Enter');
  };
  const saidOn = (page) => page.locator('#log .said').allTextContents();

  test('two talk, change and delete what they said, and react', async () => {
    const room = freshRoom('chat');
    const ann = await enter(browser, server.origin, 'chat', { room, name: 'Ann' });
    const bo = await enter(browser, server.origin, 'chat', { room, name: 'Bo' });
    await textOf(ann, '#people', /Bo/);
    await bo.locator('#text').pressSequentially('He');
    await textOf(ann, '#typing', /^Bo is typing…$/);
    await say(bo, 'Hello');
    await textOf(ann, '#log', /Bo.*Hello/);
    await textOf(ann, '#typing', /^$/);

    await ann.getByRole('button', { name: 'React with 👍' }).click();
    await textOf(bo, '#log', /👍 1/);
    assert.equal(await ann.evaluate(() => document.activeElement.dataset.deed), 'react👍', 'the focus stays');
    assert.equal(await ann.getByRole('button', { name: 'React with 👍' }).getAttribute('aria-pressed'), 'true');
    await ann.getByRole('button', { name: 'React with 👍' }).click();
    await bo.waitForFunction(() => !/👍 1/.test(document.querySelector('#log').textContent));
    assert.equal(await ann.getByRole('button', { name: 'Edit your message' }).count(), 0, 'it is not hers');

    await bo.getByRole('button', { name: 'Edit your message' }).click();
    assert.equal(await bo.locator('#text').inputValue(), 'Hello');
    await say(bo, 'Hello, Ann');
    await textOf(ann, '#log', /edited.*Hello, Ann/);
    bo.on('dialog', (dialog) => dialog.accept());
    await bo.getByRole('button', { name: 'Delete your message' }).click();
    await textOf(ann, '#log .said', /^deleted$/);

    const late = await enter(browser, server.origin, 'chat', { room });
    await textOf(late, '#log .said', /^deleted$/);
    for (const page of [ann, bo, late]) assert.deepEqual(page.complaints, []);
  });

  test('who changes their name is the same member, and goes on', async () => {
    const room = freshRoom('chat');
    const ann = await enter(browser, server.origin, 'chat', { room, name: 'Ann' });
    const bo = await enter(browser, server.origin, 'chat', { room, name: 'Bo' });
    await say(ann, 'one');
    await ann.locator('#log li').waitFor();
    await ann.fill('#name', 'Anna');
    await ann.press('#name', 'Enter');
    await textOf(bo, '#people', /Anna/);
    await ann.getByRole('button', { name: 'Edit your message' }).waitFor(); // still hers
    await say(ann, 'two');
    await textOf(bo, '#log', /Anna.*two/);
    assert.deepEqual(await saidOn(ann), ['one', 'two']);
  });

  test('what others send is text: names, messages, reactions', async () => {
    const room = roomAt(server.origin, freshRoom('chat'));
    const page = await enter(browser, server.origin, 'chat', { room: room.name });
    const eve = await room.join({ name: ATTACK.slice(0, 60), key: 'a-key-of-eves-own' });
    const { cursor } = await eve.say(ATTACK.slice(0, 64));
    await eve.ask({ type: 'react', id: 'r', target: cursor, emoji: '<img src=x onerror=alert(1)>' });
    await eve.ask({ type: 'message', id: 'd', data: { html: ATTACK } });
    eve.send({ type: 'typing', on: true });
    await textOf(page, '#log', /<img src=x onerror=alert\(1\)> 1/);
    await textOf(page, '#log', /without a text/);
    await textOf(page, '#typing', /<img/);
    await textOf(page, '#people', /<img/);
    assert.equal(await page.locator('main img, main script').count(), 0);
    assert.match(await page.title(), /^Chat/);
    assert.deepEqual(page.complaints, []);
    assert.deepEqual(await page.refused(), []);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    eve.close();
  });

  test('what cannot be sent is told, and the conversation goes on', async () => {
    const room = roomAt(server.origin, freshRoom('chat'));
    await room.configure({ read_only: true });
    const page = await enter(browser, server.origin, 'chat', { room: room.name });
    await say(page, 'Hello?');
    await textOf(page, '#trouble', /only moderators/);
    await textOf(page, '#unsent', /^$/);
    await room.configure({});
    await say(page, 'Hello!');
    await textOf(page, '#log', /Hello!/);
    await textOf(page, '#trouble', /^$/);
  });
});

describe('cursors', () => {
  /** Where others are drawn, in shares of the area, by what is written on them. */
  const pointersOn = (page) => page.evaluate(() => Object.fromEntries(
    [...document.querySelectorAll('.pointer')].map(({ textContent, style }) =>
      [textContent, [style.getPropertyValue('--x'), style.getPropertyValue('--y')].map(Number)])));
  const until = (page, condition) => eventually(() => pointersOn(page), condition);

  test('each sees where the other is, by mouse and by keyboard, until they leave', async () => {
    const room = freshRoom('cursors');
    const ann = await enter(browser, server.origin, 'cursors', { room, name: 'Ann' });
    const bo = await enter(browser, server.origin, 'cursors', { room, name: ATTACK.slice(0, 40) });
    const called = ATTACK.slice(0, 40);
    const { x, y, width, height } = await bo.locator('#area').boundingBox();
    await bo.mouse.move(x + width / 4, y + height / 2, { steps: 30 });
    await until(ann, (seen) => Math.abs((seen[called]?.[0] ?? 0) - 0.25) < 0.01);
    await ann.press('#area', 'Shift+ArrowLeft');
    await ann.press('#area', 'ArrowDown');
    await until(bo, ({ Ann }) => Ann?.[0] === 0.4 && Ann[1] === 0.52);
    assert.deepEqual(Object.keys(await pointersOn(bo)).sort(), ['Ann', 'You']);
    assert.equal(await ann.locator('main img').count(), 0, 'a name is text');

    // Who comes later sees also those who do not move.
    const late = await enter(browser, server.origin, 'cursors', { room, name: 'Late' });
    await until(late, (seen) => Object.keys(seen).length === 2);
    const drawn = await late.evaluate(() => {
      const area = document.querySelector('#area').getBoundingClientRect();
      const one = [...document.querySelectorAll('.pointer')].find(({ textContent }) => textContent === 'Ann').getBoundingClientRect();
      return [(one.left - area.left) / area.width, (one.top - area.top) / area.height];
    });
    assert.ok(Math.abs(drawn[0] - 0.4) < 0.02 && Math.abs(drawn[1] - 0.52) < 0.02, `drawn at ${drawn}`);
    await bo.context().close();
    await until(ann, (seen) => !(called in seen));
    for (const page of [ann, late]) assert.deepEqual(page.complaints, []);
  });

  test('a hand that never rests sends at most twenty a second, and what it sends is where it rests', async () => {
    const room = roomAt(server.origin, freshRoom('cursors'));
    const watcher = await room.join({ key: 'a-key-of-a-watcher' });
    const page = await enter(browser, server.origin, 'cursors', { room: room.name });
    const { x, y, width } = await page.locator('#area').boundingBox();
    const begun = Date.now();
    for (let i = 0; i < 200; i += 1) await page.mouse.move(x + 10 + (i % 100), y + 10);
    await page.mouse.move(x + width / 2, y + 20);
    const isLast = ({ key, data }) => key === 'pointer' && Math.abs(data.x - 0.5) < 0.005;
    await watcher.until('signal', isLast);
    const count = watcher.of('signal').filter(({ key }) => key === 'pointer').length;
    assert.ok(count <= (Date.now() - begun) / 50 + 3, `${count} signals`);
    watcher.close();
  });

  test('signals that are no places draw nothing, and nobody is drawn who is not there', async () => {
    const room = roomAt(server.origin, freshRoom('cursors'));
    const page = await enter(browser, server.origin, 'cursors', { room: room.name });
    const eve = await room.join({ name: 'Eve', key: 'a-key-of-eves-own' });
    for (const data of [null, 7, { x: 'url(//evil)', y: 0 }, { x: 1e400, y: 1 }]) eve.send({ type: 'signal', key: 'pointer', data });
    eve.send({ type: 'presence', data: { colour: 'red; background: url(//evil)' } });
    eve.send({ type: 'signal', key: 'pointer', data: { x: 99, y: -99 } });
    await until(page, ({ Eve }) => Eve?.[0] === 1 && Eve[1] === 0);
    assert.match(await page.locator('.pointer').getAttribute('class'), /^pointer colour-[0-7]$/);
    eve.close();
    await until(page, (seen) => Object.keys(seen).length === 0);
    assert.deepEqual(faultsOf(page), []);
  });

  test('where motion is unwelcome nothing slides', async () => {
    const page = await enter(browser, server.origin, 'cursors', { reducedMotion: 'reduce' });
    await page.press('#area', 'ArrowUp');
    assert.equal(await page.locator('.pointer').evaluate((node) => getComputedStyle(node).transitionDuration), '0s');
  });
});
