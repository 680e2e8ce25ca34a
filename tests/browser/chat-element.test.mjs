/** `<tidings-chat>` in a real browser, against a real server. */

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { startServer } from '../e2e/server.mjs';
import { eventually, freshName } from '../e2e/streams.mjs';
import { SECRET, tokenFor } from '../e2e/tokens.mjs';
import { launchChromium } from './chromium.mjs';
import { accessibilityFaults, faultsOf, MODULE, siteOf, wholePage } from './elements-page.mjs';

const PUBLIC_ACCESS = JSON.stringify({ rooms: { 'chat-*': ['read', 'write', 'moderate'], 'read-*': ['read'] } });

let server;
let browser;
const hosts = [];

before(async () => {
  server = await startServer({ vars: { PUBLIC_ACCESS, TIDINGS_SECRET: SECRET } });
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

const roomUrl = (room) => `${server.origin}/v1/rooms/${room}`;
const chatOf = (room, name, more = '') => `<tidings-chat src="/v1/rooms/${room}" name="${name}"${more}></tidings-chat>`;
const visit = (html, options) => siteOf(html, server.origin, hosts).visit(browser, options);
const join = (room, name) => visit(MODULE + chatOf(room, name));

async function post(room, ...texts) {
  for (const text of texts) {
    const body = JSON.stringify({ name: 'Bot', ...(typeof text === 'string' ? { text } : text) });
    const response = await fetch(`${roomUrl(room)}/messages`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
    assert.equal(response.status, 200, await response.text());
  }
}

const textsOf = (page) => page.locator('[part~="text"]').allTextContents();
const untilTexts = (page, wanted) => eventually(() => textsOf(page), (texts) => JSON.stringify(texts) === JSON.stringify(wanted));
const shows = (page, part, text) => page.locator(`[part~="${part}"]`, text === undefined ? {} : { hasText: text }).first().waitFor();
const say = async (page, text) => {
  await page.locator('textarea').fill(text);
  await page.locator('textarea').press('Enter');
};
/** Does something with the element's room, as a page may. */
const withRoom = (page, work) => page.evaluate(`(${work})(document.querySelector('tidings-chat').room)`);
const scrollOf = (page) => page.locator('[part="log"]').evaluate(({ scrollTop, scrollHeight, clientHeight }) => ({ top: scrollTop, below: scrollHeight - scrollTop - clientHeight }));
const numbered = (count) => Array.from({ length: count }, (_, n) => `Message ${n + 1}`);

test('two browsers talk; each knows its own, who is there and who is typing', async () => {
  const room = freshName('chat');
  const ann = await join(room, 'Ann');
  await say(ann.page, 'Anybody?');
  const bo = await join(room, 'Bo');
  await untilTexts(bo.page, ['Anybody?']);
  await shows(ann.page, 'people', '2 here');
  await bo.page.locator('textarea').pressSequentially('Yes');
  await shows(ann.page, 'typing', 'Bo is typing…');
  await bo.page.locator('textarea').press('Enter');
  for (const { page } of [ann, bo]) await untilTexts(page, ['Anybody?', 'Yes']);
  assert.deepEqual(await ann.page.locator('[part="author"]').allTextContents(), ['You', 'Bo']);
  assert.deepEqual(await bo.page.locator('[part="author"]').allTextContents(), ['Ann', 'You']);
  assert.equal(await ann.page.locator('[part="typing"]').textContent(), '');
  assert.match(await ann.page.locator('time').first().getAttribute('datetime'), /^\d{4}-\d\d-\d\dT/);
  await ann.page.locator('summary').click();
  assert.deepEqual((await ann.page.locator('[part="names"] li').allTextContents()).sort(), ['Ann', 'Bo']);
  for (const { page } of [ann, bo]) assert.deepEqual(page.complaints, []);
});

test('what is changed is shown as it is, and a quote with it', async () => {
  const room = freshName('chat');
  const ann = await join(room, 'Ann');
  await shows(ann.page, 'state', 'live');
  await withRoom(ann.page, async (joined) => {
    const { cursor } = await joined.send('Frist');
    await joined.send({ text: 'Typo', reply_to: cursor });
    await joined.edit(cursor, 'First');
    await joined.react(cursor, '👍');
    const { cursor: gone } = await joined.send('Secret');
    await joined.send({ text: 'Oh', reply_to: gone });
    await joined.delete(gone);
  });
  await untilTexts(ann.page, ['First', 'Typo', 'This message was deleted.', 'Oh']);
  await shows(ann.page, 'edited');
  await shows(ann.page, 'reaction', '👍 1');
  const quotes = await ann.page.locator('[part="quote"]').allTextContents();
  assert.deepEqual(quotes, ['In reply to Ann: First', 'In reply to Ann: This message was deleted.']);
});

test('through a cut a message stays, as pending, and is said once', async () => {
  const room = freshName('chat');
  const ann = await join(room, 'Ann');
  const bo = await join(room, 'Bo');
  for (const { page } of [ann, bo]) await shows(page, 'state', 'live');
  ann.host.refuse();
  await shows(ann.page, 'state', 'reconnecting…');
  await say(ann.page, 'Hello?');
  await shows(ann.page, 'pending', 'sending…');
  await say(bo.page, 'Ann?');
  await untilTexts(bo.page, ['Ann?']);
  // Marked, to see that the same node becomes the message: it is read aloud once.
  await ann.page.locator('li.pending').evaluate((item) => { item.marked = true; });
  ann.host.accept();
  for (const { page } of [ann, bo]) await untilTexts(page, ['Ann?', 'Hello?']);
  await shows(ann.page, 'state', 'live');
  assert.equal(await ann.page.locator('[part="pending"]').count(), 0);
  assert.equal(await ann.page.locator('li.own').evaluate((item) => item.marked), true);
  for (const { page } of [ann, bo]) assert.deepEqual(faultsOf(page), []);
});

test('under another name what was not sent yet can be sent with a button', async () => {
  const room = freshName('chat');
  const { page } = await join(room, 'Ann');
  await say(page, 'one');
  await untilTexts(page, ['one']);
  await page.context().setOffline(true);
  await say(page, 'two');
  await page.locator('tidings-chat').evaluate((element) => { element.name = 'Anna'; });
  await page.context().setOffline(false);
  await page.locator('button[data-deed="retry"]').click();
  await eventually(() => textsOf(page), (texts) => texts.join() === 'one,two');
  const history = await (await fetch(`${roomUrl(room)}/messages`)).json();
  assert.deepEqual(history.messages.map(({ text, from }) => [text, from.name]), [['one', 'Ann'], ['two', 'Anna']]);
});

test('other labels leave readers where they are, and the keyboard at its button', async () => {
  const room = freshName('chat');
  const texts = numbered(60);
  await post(room, ...texts);
  const { page } = await join(room, 'Ann');
  await shows(page, 'text', texts.at(-1));
  await page.locator('[part="log"]').evaluate((log) => { log.scrollTop = 300; });
  const focused = () => page.locator('tidings-chat').evaluate(({ shadowRoot }) => shadowRoot.activeElement?.outerHTML ?? 'none');
  await page.locator('li', { hasText: 'Message 30' }).locator('button.stop').first().focus();
  assert.match(await focused(), /^<button/);
  const before = await scrollOf(page);
  await page.locator('tidings-chat').evaluate((element) => { element.label = 'Another'; element.labels = { react: 'Réagir' }; });
  assert.deepEqual(await scrollOf(page), before);
  assert.match(await focused(), /^<button/);
});

test('what is refused says why, and can be tried again or discarded', async () => {
  const room = freshName('chat');
  const configure = (config) => fetch(roomUrl(room), { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(config) });
  const { page } = await join(room, 'Ann');
  await shows(page, 'state', 'live');
  await configure({ read_only: true });
  await say(page, 'one');
  await shows(page, 'trouble', 'Not sent. Only moderators can write here now.');
  await page.getByRole('button', { name: 'Discard' }).click();
  await untilTexts(page, []);
  await say(page, 'two');
  await shows(page, 'trouble');
  await configure({});
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.locator('[part="trouble"]').waitFor({ state: 'detached' });
  await untilTexts(page, ['two']);
  await say(page, 'x'.repeat(4001));
  await shows(page, 'notice', 'That is too long: 4000 characters at most.');
  assert.equal((await page.locator('textarea').inputValue()).length, 4001);
});

test('the past comes on scrolling up and moves nothing; the end is kept or offered', async () => {
  const room = freshName('chat');
  await post(room, ...numbered(120));
  const { page } = await join(room, 'Ann');
  await shows(page, 'text', 'Message 120');
  assert.ok((await scrollOf(page)).below < 2);
  await post(room, 'Message 121');
  await shows(page, 'text', 'Message 121');
  await eventually(() => scrollOf(page), ({ below }) => below < 2);

  const log = page.locator('[part="log"]');
  await log.hover();
  await page.mouse.wheel(0, -700);
  const place = () => page.locator('li', { hasText: 'Message 110' }).evaluate((item) => item.getBoundingClientRect().top);
  await eventually(() => scrollOf(page), ({ below }) => below > 300);
  const before = await place();
  await post(room, 'Message 122');
  await shows(page, 'fresh', 'New messages');
  assert.equal(await place(), before, 'what is being read stays where it is');

  await log.focus();
  await page.keyboard.press('Home');
  await eventually(() => textsOf(page), (texts) => texts.length > 60);
  assert.ok((await scrollOf(page)).top > 500, 'the page of the past came above what was in sight');
  for (let tries = 0; tries < 30 && (await textsOf(page))[0] !== 'Message 1'; tries += 1) {
    await page.keyboard.press('Home');
    await page.waitForTimeout(100);
  }
  assert.deepEqual(await textsOf(page), numbered(122));
  await page.locator('[part~="earlier"]').waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'New messages' }).click();
  assert.ok((await scrollOf(page)).below < 2);
  await page.locator('[part~="fresh"]').waitFor({ state: 'hidden' });
});

test('the keyboard is enough; what an input method writes is not sent by it', async () => {
  const room = freshName('chat');
  const { page } = await join(room, 'Ann');
  await shows(page, 'people', '1 here');
  const focused = () => page.evaluate(() => document.activeElement.shadowRoot?.activeElement?.getAttribute('part'));
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'people');
  await page.keyboard.press('Enter');
  assert.equal(await page.locator('details').getAttribute('open'), '');
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('details').getAttribute('open'), null);
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'log');
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'composer');
  await page.keyboard.type('one');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('two');
  for (const how of [{ isComposing: true }, { keyCode: 229 }]) {
    await page.locator('textarea').evaluate((field, given) => field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...given })), how);
  }
  assert.equal(await page.locator('textarea').inputValue(), 'one\ntwo');
  await page.keyboard.press('Enter');
  await untilTexts(page, ['one\ntwo']);
  assert.equal(await focused(), 'composer');
  await page.keyboard.type('three');
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'button send');
  await page.keyboard.press('Enter');
  await untilTexts(page, ['one\ntwo', 'three']);
});

test('whoever may only read has a sentence in the place of the field; whoever may not, a reason', async () => {
  const reader = await visit(MODULE + chatOf(freshName('read'), 'Ann'));
  await shows(reader.page, 'note', 'You can read here, not write.');
  assert.equal(await reader.page.locator('textarea').isVisible(), false);
  const stranger = await visit(MODULE + chatOf(freshName('private'), 'Ann'));
  await shows(stranger.page, 'note', 'You may not enter this room.');
  await shows(stranger.page, 'state', 'not connected');
  const nowhere = await visit(`${MODULE}<tidings-chat src="http://[bad"></tidings-chat>`);
  await shows(nowhere.page, 'note', 'Something went wrong.');
});

test('a token, in the attribute or of a function, says who one is; it also opens the past', async () => {
  const room = freshName('private');
  const token = tokenFor({ rooms: { [room]: ['read', 'write'] } }, { sub: 'zoe', name: 'Zoe' });
  const { page } = await visit(MODULE + chatOf(room, '', ` token="${token}"`));
  await shows(page, 'state', 'live');
  await page.evaluate(async () => {
    for (let n = 1; n <= 60; n += 1) {
      await document.querySelector('tidings-chat').room.send(`Message ${n}`);
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
  });
  const other = await visit(`${MODULE}<tidings-chat src="/v1/rooms/${room}"></tidings-chat>`);
  await shows(other.page, 'note', 'You may not enter this room.');
  await other.page.evaluate((text) => { document.querySelector('tidings-chat').token = async () => text; }, token);
  await shows(other.page, 'text', 'Message 60');
  assert.equal(await other.page.locator('tidings-chat').getAttribute('token'), null);
  await other.page.locator('[part="log"]').focus();
  await other.page.keyboard.press('Home');
  await shows(other.page, 'text', /^Message 1$/);
  assert.deepEqual(await textsOf(other.page), numbered(60));
});

test('whatever strangers write stays text', async () => {
  const room = freshName('chat');
  const payload = '<img src=x onerror="globalThis.hit=1"><script>hit=1</script>';
  const { page } = await visit(`${MODULE}<tidings-chat src="/v1/rooms/${room}" label="<b>label</b>"></tidings-chat>`);
  await page.evaluate((name) => { document.querySelector('tidings-chat').name = name; }, payload);
  await shows(page, 'state', 'live');
  const bo = await join(room, 'Bo');
  await shows(bo.page, 'state', 'live');
  await bo.page.locator('textarea').pressSequentially('x');
  await withRoom(page, async (joined) => {
    const { cursor } = await joined.send('<img src=x onerror="globalThis.hit=1"><script>hit=1</script>');
    await joined.react(cursor, '<img src=x onerror=hit=1>');
    await joined.send({ text: 'javascript:hit=1', reply_to: cursor });
    joined.typing(true);
  });
  await post(room, { text: '<svg onload=hit=1>', name: payload });
  await bo.page.locator('summary').click();
  for (const one of [page, bo.page]) {
    await untilTexts(one, [payload, 'javascript:hit=1', '<svg onload=hit=1>']);
    const found = await one.evaluate(() => {
      const { shadowRoot } = document.querySelector('tidings-chat');
      return { hit: globalThis.hit, strange: shadowRoot.querySelectorAll('img, script, svg, b, a').length };
    });
    assert.deepEqual(found, { hit: undefined, strange: 0 });
    assert.deepEqual(faultsOf(one), []);
  }
  assert.ok((await bo.page.locator('[part="names"]').textContent()).includes('<img src=x'));
});

test('from right to left it is mirrored, and each text has its own direction', async () => {
  const room = freshName('chat');
  const { page } = await visit(wholePage(chatOf(room, 'Ann'), 'lang="he" dir="rtl"'));
  await post(room, 'שלום');
  await shows(page, 'state', 'live');
  await say(page, 'Hello!');
  await untilTexts(page, ['שלום', 'Hello!']);
  const boxes = await page.locator('ol > li').evaluateAll((items) => items.map((item) => {
    const [outer, inner] = [item.parentElement, item].map((one) => one.getBoundingClientRect());
    return { left: Math.round(inner.left - outer.left), right: Math.round(outer.right - inner.right), direction: getComputedStyle(item.querySelector('.text')).direction };
  }));
  assert.equal(boxes[0].right, 0, 'those of others begin at the right');
  assert.equal(boxes[1].left, 0, 'the own are at the left');
  assert.deepEqual(boxes.map(({ direction }) => direction), ['rtl', 'ltr']);
});

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing wrong, ${colorScheme}; roles, names and live regions`, async () => {
    const room = freshName('chat');
    const { page } = await visit(wholePage(chatOf(room, 'Ann', ' label="Lobby"')), { colorScheme, reducedMotion: 'reduce' });
    await post(room, ...numbered(60));
    await shows(page, 'state', 'live');
    await withRoom(page, async (joined) => {
      const { cursor } = await joined.send('One');
      await joined.react(cursor, 'ok');
      await joined.edit(cursor, 'Two');
      await joined.delete((await joined.send({ text: 'x', reply_to: cursor })).cursor);
    });
    await shows(page, 'text', 'This message was deleted.');
    await page.locator('summary').click();
    await page.getByRole('region', { name: 'Lobby' }).waitFor();
    await page.getByRole('textbox', { name: 'Message' }).waitFor();
    const log = page.getByRole('log', { name: 'Messages' });
    await eventually(() => log.getAttribute('aria-live'), (live) => live === 'polite');
    assert.deepEqual(await accessibilityFaults(page), []);
    const ground = await page.locator('[part="frame"]').evaluate((node) => getComputedStyle(node).backgroundColor);
    assert.equal(ground, colorScheme === 'dark' ? 'rgb(19, 24, 26)' : 'rgb(251, 251, 249)');
  });
}

test('its labels and colours can be replaced, and its height is what it was before anything came', async () => {
  const room = freshName('chat');
  await post(room, ...numbered(3));
  const style = '<style>tidings-chat { --tidings-ground: rgb(1, 2, 3); --tidings-height: 20rem }</style>';
  const { page } = await visit(`${style}${MODULE}${chatOf(room, 'Ann')}<p id="below">Below</p>`);
  const below = () => page.locator('#below').evaluate((node) => node.getBoundingClientRect().top);
  await page.locator('textarea').waitFor();
  const before = await below();
  await shows(page, 'text', 'Message 3');
  assert.equal(await below(), before);
  await page.evaluate(() => { document.querySelector('tidings-chat').labels = { locale: 'de', send: 'Senden', people: (count) => `${count} da`, refusals: { kicked: 'Hinaus.' } }; });
  await page.getByRole('button', { name: 'Senden' }).waitFor();
  await shows(page, 'people', '1 da');
  assert.deepEqual(await textsOf(page), numbered(3));
  assert.equal(await page.locator('[part="frame"]').evaluate((node) => getComputedStyle(node).backgroundColor), 'rgb(1, 2, 3)');
  assert.equal(await page.evaluate(() => document.querySelector('tidings-chat').labels.refusals.deleted), 'This room was closed.');
});

test('taken from the page it leaves; moved within it, it stays', async () => {
  const room = freshName('chat');
  const { page, host } = await join(room, 'Ann');
  await shows(page, 'state', 'live');
  const members = async () => (await (await fetch(roomUrl(room), { headers: { Accept: 'application/json' } })).json()).members;
  assert.equal(await members(), 1);
  await page.evaluate(() => {
    const box = document.body.appendChild(document.createElement('div'));
    box.append(document.querySelector('tidings-chat'));
  });
  await say(page, 'still here');
  await untilTexts(page, ['still here']);
  assert.equal(host.requests.filter(({ url }) => url.includes('/v1/rooms/')).length, 1);
  await page.evaluate(() => document.querySelector('tidings-chat').remove());
  await eventually(members, (count) => count === 0 || count === undefined);
});
