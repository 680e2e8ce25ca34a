/** What one does to messages in `<tidings-chat>`: reacting, editing, deleting. */

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
const call = (method, url, body) => fetch(url, { method, headers: { 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) });
const chatOf = (room, name, more = '') => `<tidings-chat src="/v1/rooms/${room}" name="${name}"${more}></tidings-chat>`;
const visit = (html, options) => siteOf(html, server.origin, hosts).visit(browser, options);

/** Somebody in a room, welcomed. `more` are attributes, `options` playwright's. */
async function join(room, name, more, options) {
  const visitor = await visit(wholePage(chatOf(room, name, more)), options);
  await shows(visitor.page, 'state', 'live');
  return visitor;
}

/** Somebody with a token of their own. */
const joinAs = (room, sub, ...rights) => join(room, '', ` token="${tokenFor({ rooms: { [room]: rights } }, { sub, name: sub })}"`);

const shows = (page, part, text) => page.locator(`[part~="${part}"]`, text === undefined ? {} : { hasText: text }).first().waitFor();
const textsOf = (page) => page.locator('[part~="text"]').allTextContents();
const untilTexts = (page, ...wanted) => eventually(() => textsOf(page), (texts) => JSON.stringify(texts) === JSON.stringify(wanted));
const say = async (page, text) => {
  await page.locator('textarea').fill(text);
  await page.locator('textarea').press('Enter');
  // Stored, and with its buttons.
  await messageOf(page, text).locator('.bar').waitFor({ state: 'attached' });
};
const messageOf = (page, text) => page.locator('ol > li', { hasText: text });
const buttonsOf = (page, text) => messageOf(page, text).locator('.bar .stop').allTextContents();
/** Goes to a message with the mouse, and presses a button of it. */
async function press(page, text, name) {
  await messageOf(page, text).hover();
  await messageOf(page, text).getByRole('button', { name }).click();
}
const focused = (page) => page.evaluate(() => {
  const at = document.activeElement.shadowRoot?.activeElement;
  return at && [at.closest('ol > li')?.querySelector('.text').textContent, at.dataset.deed ?? at.getAttribute('part'), at.dataset.emoji].filter(Boolean).join(' ');
});
const untilFocused = (page, wanted) => eventually(() => focused(page), (now) => now === wanted);
/** Does something with the element's room, as a page may. */
const withRoom = (page, work, given) => page.evaluate(`(${work})(document.querySelector('tidings-chat').room, ${JSON.stringify(given)})`);

test('one reacts, edits and deletes, and the other sees it', async () => {
  const room = freshName('chat');
  const ann = await join(room, 'Ann');
  const bo = await join(room, 'Bo');
  await say(ann.page, 'Frist');
  await messageOf(bo.page, 'Frist').locator('.bar').waitFor({ state: 'attached' });
  assert.deepEqual(await buttonsOf(ann.page, 'Frist'), ['👍', '❤️', '😂', 'Edit', 'Delete']);
  assert.deepEqual(await buttonsOf(bo.page, 'Frist'), ['👍', '❤️', '😂']);

  await press(bo.page, 'Frist', 'React with ❤️');
  for (const { page } of [ann, bo]) await shows(page, 'reaction', '❤️ 1');
  assert.equal(await bo.page.getByRole('button', { name: 'React with ❤️' }).getAttribute('aria-pressed'), 'true');
  assert.equal(await ann.page.getByRole('button', { name: 'React with ❤️' }).getAttribute('aria-pressed'), 'false');
  await ann.page.locator('[part="reaction"]').click();
  for (const { page } of [ann, bo]) await shows(page, 'reaction', '❤️ 2');
  await press(bo.page, 'Frist', 'React with ❤️');
  for (const { page } of [ann, bo]) await shows(page, 'reaction', '❤️ 1');

  await ann.page.locator('textarea').fill('a draft');
  await press(ann.page, 'Frist', 'Edit');
  await shows(ann.page, 'editing', 'Editing…');
  assert.equal(await ann.page.locator('textarea').inputValue(), 'Frist');
  await ann.page.locator('textarea').fill('First');
  await ann.page.getByRole('button', { name: 'Save' }).click();
  for (const { page } of [ann, bo]) await untilTexts(page, 'First');
  await shows(bo.page, 'edited');
  assert.equal(await ann.page.locator('textarea').inputValue(), 'a draft', 'it comes back');
  assert.equal(await ann.page.locator('[part="editing"]').isVisible(), false);

  await press(ann.page, 'First', 'Delete');
  await messageOf(ann.page, 'First').getByRole('button', { name: 'Delete?' }).click();
  for (const { page } of [ann, bo]) {
    await untilTexts(page, 'This message was deleted.');
    assert.equal(await page.locator('.bar, .handle, [part="reaction"]').count(), 0);
    assert.deepEqual(page.complaints, []);
  }
});

test('the keyboard is enough: one stop for all messages, arrows between them', async () => {
  const { page } = await join(freshName('chat'), 'Ann');
  for (const text of ['one', 'two', 'three']) await say(page, text);
  const keys = async (...names) => {
    for (const name of names) await page.keyboard.press(name);
  };
  await page.locator('textarea').focus();
  await keys('Shift+Tab');
  assert.equal(await focused(page), 'three react 👍');
  await keys('Shift+Tab');
  assert.equal(await focused(page), 'log');
  await keys('Tab', 'ArrowUp', 'End');
  assert.equal(await focused(page), 'two delete');
  await keys('ArrowDown', 'ArrowLeft');
  assert.equal(await focused(page), 'three edit');
  await keys('ArrowUp', 'ArrowUp', 'ArrowUp');
  assert.equal(await focused(page), 'one edit');
  assert.equal(await messageOf(page, 'one').locator('.deeds').evaluate((node) => getComputedStyle(node).opacity), '1');

  await keys('Enter');
  await untilFocused(page, 'composer');
  await page.getByRole('textbox', { name: 'Editing…' }).waitFor();
  await page.keyboard.type(' changed');
  await keys('Escape');
  await untilFocused(page, 'one edit');
  assert.equal(await page.locator('textarea').inputValue(), '');
  await keys('Enter');
  await untilFocused(page, 'composer');
  await page.keyboard.type('!');
  await keys('Enter');
  await untilTexts(page, 'one!', 'two', 'three');
  assert.equal(await focused(page), 'composer');

  await keys('Shift+Tab', 'ArrowUp', 'Home', 'Enter');
  await shows(page, 'reaction', '👍 1');
  // A reaction is a button too, and comes before the others.
  await keys('Home');
  assert.equal(await focused(page), 'two react 👍');
  await keys('Space');
  await page.locator('[part="reaction"]').waitFor({ state: 'detached' });
  assert.equal(await focused(page), 'two react 👍', 'the one in the group, now that there is no other');

  const armed = page.getByRole('button', { name: 'Delete?' });
  await keys('End', 'Enter');
  await armed.waitFor();
  await page.getByText('Press again to delete the message for everybody.').waitFor({ state: 'attached' });
  await keys('Escape');
  await armed.waitFor({ state: 'detached' });
  await keys('Enter');
  await armed.waitFor();
  await keys('ArrowUp', 'ArrowDown');
  await armed.waitFor({ state: 'detached' });
  assert.equal(await focused(page), 'two delete');
  await keys('Enter');
  await armed.waitFor();
  await keys('Enter');
  await untilTexts(page, 'one!', 'This message was deleted.', 'three');
  await untilFocused(page, 'log');
});

test('whoever is at a button stays there when the message is drawn again', async () => {
  const room = freshName('chat');
  const ann = await join(room, 'Ann');
  const bo = await join(room, 'Bo');
  await say(ann.page, 'one');
  await bo.page.locator('.bar').waitFor({ state: 'attached' });
  await ann.page.locator('[data-deed="edit"]').focus();
  const mark = (page) => page.locator('[data-deed="edit"]').evaluate((button) => {
    button.marked = true;
    button.addEventListener('blur', () => { button.left = true; });
  });
  await mark(ann.page);
  await press(bo.page, 'one', 'React with 👍');
  await shows(ann.page, 'reaction', '👍 1');
  await say(bo.page, 'two');
  await untilTexts(ann.page, 'one', 'two');
  ann.host.cut();
  await eventually(() => ann.host.requests.length, (count) => count > 1);
  await shows(ann.page, 'state', 'live');
  await say(bo.page, 'three');
  await untilTexts(ann.page, 'one', 'two', 'three');
  assert.equal(await focused(ann.page), 'one edit');
  assert.deepEqual(await ann.page.locator('[data-deed="edit"]').evaluate(({ marked, left }) => [marked, left]), [true, undefined]);
});

test('nothing moves when the buttons appear, and they take no clicks while they do not', async () => {
  const { page } = await join(freshName('chat'), 'Ann');
  for (const text of ['one', 'two', 'three']) await say(page, text);
  const places = () => page.locator('ol > li').evaluateAll((items) => items.map((item) => JSON.stringify(item.getBoundingClientRect())));
  const shown = () => page.locator('.deeds').evaluateAll((groups) => groups.map((group) => getComputedStyle(group).opacity).join(' '));
  await page.locator('h1').hover();
  const before = await places();
  assert.equal(await shown(), '0 0 0');
  assert.equal(await page.locator('.bar').first().evaluate((bar) => getComputedStyle(bar).pointerEvents), 'none');
  await messageOf(page, 'two').hover();
  assert.equal(await shown(), '0 1 0');
  assert.deepEqual(await places(), before);
});

test('of a message whose beginning is out of sight they are where it is in sight', async () => {
  const { page } = await join(freshName('chat'), 'Ann');
  const long = Array.from({ length: 40 }, (_, n) => `${n}${' is a line of some length'.repeat(3)}`).join('\n');
  await say(page, long);
  const log = page.locator('[part="log"]');
  await log.hover();
  await eventually(() => page.locator('.deeds').evaluate((node) => getComputedStyle(node).opacity), (opacity) => opacity === '1');
  const [outer, bar] = await Promise.all([log, page.locator('.bar')].map((one) => one.evaluate((node) => node.getBoundingClientRect())));
  assert.ok(bar.top >= outer.top && bar.bottom <= outer.bottom, JSON.stringify([outer, bar]));
  await page.getByRole('button', { name: 'React with 👍' }).click();
  await shows(page, 'reaction', '👍 1');
});

test('a finger opens them with a button of their own', async () => {
  const { page } = await join(freshName('chat'), 'Ann', '', { hasTouch: true, isMobile: true, viewport: { width: 390, height: 700 } });
  await say(page, 'one');
  const bar = page.locator('.deeds');
  assert.equal(await bar.evaluate((node) => getComputedStyle(node).opacity), '0');
  await page.locator('.handle').tap();
  await eventually(() => bar.evaluate((node) => getComputedStyle(node).opacity), (opacity) => opacity === '1');
  const sizes = await page.locator('.bar .stop').evaluateAll((buttons) => buttons.map((button) => button.getBoundingClientRect()).map(({ width, height }) => Math.min(width, height)));
  assert.ok(Math.min(...sizes) >= 44, String(sizes));
  await page.getByRole('button', { name: 'React with 😂' }).tap();
  await shows(page, 'reaction', '😂 1');
});

test('a double click deletes nothing', async () => {
  const { page } = await join(freshName('chat'), 'Ann');
  await say(page, 'one');
  await messageOf(page, 'one').hover();
  await page.locator('[data-deed="delete"]').dblclick();
  await page.getByRole('button', { name: 'Delete?' }).waitFor();
  await say(page, 'two');
  await untilTexts(page, 'one', 'two');
  assert.equal(await page.getByRole('button', { name: 'Delete?' }).count(), 0, 'it was left');
});

test('a new message is there to be read before its buttons are', async () => {
  const room = freshName('chat');
  const { page } = await join(room, 'Ann');
  await eventually(() => page.getByRole('log').getAttribute('aria-live'), (live) => live === 'polite');
  await page.locator('ol').evaluate((list) => {
    globalThis.additions = [];
    new MutationObserver((changes) => {
      for (const node of changes.flatMap(({ addedNodes }) => [...addedNodes])) globalThis.additions.push(node.textContent);
    }).observe(list, { childList: true, subtree: true });
  });
  await call('POST', `${roomUrl(room)}/messages`, { name: 'Bot', text: 'Hello' });
  await page.locator('.bar').waitFor({ state: 'attached' });
  const [first, ...later] = await page.evaluate(() => globalThis.additions);
  assert.match(first, /^Bot.+Hello$/);
  assert.ok(later.every((text) => !text.includes('Hello')), 'and is not read again');
  assert.equal(await page.locator('.bar').getAttribute('aria-live'), 'off');
});

test('the page chooses the emoji, or that there are none, without a new connection', async () => {
  const { host, page } = await join(freshName('chat'), 'Ann', ' reactions="✅ 👀"');
  await say(page, 'one');
  assert.deepEqual(await buttonsOf(page, 'one'), ['✅', '👀', 'Edit', 'Delete']);
  await press(page, 'one', 'React with ✅');
  await page.getByRole('button', { name: '✅ 1', exact: true }).waitFor();
  const setting = (emoji) => page.evaluate((to) => { document.querySelector('tidings-chat').reactions = to; }, emoji);
  await setting('');
  assert.deepEqual(await buttonsOf(page, 'one'), ['Edit', 'Delete']);
  await shows(page, 'reaction', '✅ 1');
  assert.equal(await page.getByRole('button', { name: '✅ 1' }).count(), 0, 'shown, and not a button');
  assert.equal(host.requests.filter(({ url }) => url.includes('/v1/rooms/')).length, 1);
});

test('a reader has none, nor anybody where the room is read only; they go when the room is closed', async () => {
  const room = freshName('read');
  const writer = await joinAs(room, 'zoe', 'read', 'write');
  await say(writer.page, 'one');
  const reader = await join(room, 'Ann');
  await untilTexts(reader.page, 'one');
  assert.equal(await reader.page.locator('.bar, .handle').count(), 0);
  await press(writer.page, 'one', 'React with 👍');
  await shows(reader.page, 'reaction', '👍 1');
  assert.equal(await reader.page.getByRole('button', { name: '👍 1' }).count(), 0);

  const quiet = freshName('chat');
  await call('POST', `${roomUrl(quiet)}/messages`, { name: 'Bot', text: 'Read this' });
  await call('PUT', roomUrl(quiet), { read_only: true });
  const { host, page } = await join(quiet, 'Ann');
  await untilTexts(page, 'Read this');
  assert.equal(await page.locator('.bar').count(), 0);
  await call('PUT', roomUrl(quiet), {});
  host.cut();
  await page.locator('.bar').waitFor({ state: 'attached' });
  await call('DELETE', roomUrl(quiet));
  await shows(page, 'note', 'This room was closed.');
  await page.locator('.bar').waitFor({ state: 'detached' });
});

test('a moderator deletes what others said, and edits only what is theirs', async () => {
  const room = freshName('private');
  const zoe = await joinAs(room, 'zoe', 'read', 'write');
  const max = await joinAs(room, 'max', 'read', 'write', 'moderate');
  await say(zoe.page, 'Buy now!');
  await messageOf(max.page, 'Buy now!').locator('.bar').waitFor({ state: 'attached' });
  assert.deepEqual(await buttonsOf(max.page, 'Buy now!'), ['👍', '❤️', '😂', 'Delete']);
  await press(max.page, 'Buy now!', 'Delete');
  await messageOf(max.page, 'Buy now!').getByRole('button', { name: 'Delete?' }).click();
  for (const { page } of [zoe, max]) await untilTexts(page, 'This message was deleted.');
});

test('a refused edit says why, and its text is not lost', async () => {
  const room = freshName('chat');
  const { page } = await join(room, 'Ann');
  await say(page, 'one');
  await press(page, 'one', 'Edit');
  await page.locator('textarea').fill('x'.repeat(4001));
  await page.locator('textarea').press('Enter');
  await shows(page, 'notice', 'That is too long: 4000 characters at most.');
  await shows(page, 'editing');
  assert.equal((await page.locator('textarea').inputValue()).length, 4001);

  await call('PUT', roomUrl(room), { read_only: true });
  await page.locator('textarea').fill('better');
  await page.locator('textarea').press('Enter');
  await shows(page, 'notice', 'Only moderators can write here now.');
  await shows(page, 'trouble', 'Not saved. Only moderators can write here now.');
  await untilTexts(page, 'better');
  await call('PUT', roomUrl(room), {});
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.locator('[part="trouble"]').waitFor({ state: 'detached' });
  await shows(page, 'edited');
  await untilTexts(page, 'better');
  assert.equal(await page.locator('[part="notice"]').textContent(), '');
});

test('of a message that was deleted meanwhile the new text goes back to the field', async () => {
  const { page } = await join(freshName('chat'), 'Ann');
  await say(page, 'one');
  await press(page, 'one', 'Edit');
  await page.locator('textarea').fill('better');
  await withRoom(page, async (joined) => {
    const { cursor } = await new Promise((resolve) => { document.addEventListener('tidings-message', ({ detail }) => resolve(detail)); joined.send('two'); });
    const epoch = cursor.slice(0, cursor.indexOf('.'));
    await joined.delete(`${epoch}.1`);
  });
  await untilTexts(page, 'This message was deleted.', 'two');
  await page.locator('textarea').press('Enter');
  await shows(page, 'notice', 'That message is not there any more.');
  await untilTexts(page, 'This message was deleted.', 'better', 'two');
  await page.getByRole('button', { name: 'Try again' }).click();
  await untilTexts(page, 'This message was deleted.', 'two');
  assert.equal(await page.locator('textarea').inputValue(), 'better');
  await page.locator('textarea').press('Enter');
  await untilTexts(page, 'This message was deleted.', 'two', 'better');
});

test('an edit ends with its room, and leaves its text in the field', async () => {
  const { page } = await join(freshName('chat'), 'Ann');
  await say(page, 'one');
  await page.locator('textarea').fill('a draft');
  await press(page, 'one', 'Edit');
  await page.locator('textarea').fill('better');
  await page.evaluate((to) => { document.querySelector('tidings-chat').src = to; }, `/v1/rooms/${freshName('chat')}`);
  await page.locator('[part="editing"]').waitFor({ state: 'hidden' });
  assert.equal(await page.locator('textarea').inputValue(), 'better\na draft');
  await untilTexts(page);
});

test('without a wire all of it waits, and arrives once', async () => {
  const room = freshName('chat');
  const ann = await join(room, 'Ann');
  const bo = await join(room, 'Bo');
  for (const text of ['one', 'two']) await say(ann.page, text);
  await untilTexts(bo.page, 'one', 'two');
  await withRoom(bo.page, (joined) => {
    globalThis.frames = [];
    joined.on('frame', ({ type }) => { if (['edited', 'deleted', 'reaction'].includes(type)) globalThis.frames.push(type); });
  });
  ann.host.refuse();
  await shows(ann.page, 'state', 'reconnecting…');
  await press(ann.page, 'one', 'React with 👍');
  await press(ann.page, 'one', 'Edit');
  await ann.page.locator('textarea').fill('first');
  await ann.page.locator('textarea').press('Enter');
  await shows(ann.page, 'pending', 'saving…');
  await press(ann.page, 'two', 'Delete');
  await messageOf(ann.page, 'two').getByRole('button', { name: 'Delete?' }).click();
  await shows(ann.page, 'pending', 'deleting…');
  await untilTexts(ann.page, 'first', 'two');
  await untilTexts(bo.page, 'one', 'two');
  ann.host.accept();
  for (const { page } of [ann, bo]) {
    await untilTexts(page, 'first', 'This message was deleted.');
    await shows(page, 'reaction', '👍 1');
  }
  await ann.page.locator('[part="pending"]').first().waitFor({ state: 'detached' });
  await say(ann.page, 'three');
  await untilTexts(bo.page, 'first', 'This message was deleted.', 'three');
  assert.deepEqual(await bo.page.evaluate(() => globalThis.frames), ['reaction', 'edited', 'deleted']);
  for (const { page } of [ann, bo]) assert.deepEqual(faultsOf(page), []);
});

test('emoji and edited texts of strangers stay text', async () => {
  const room = freshName('chat');
  const payload = '<img src=x onerror=hit=1>';
  const ann = await join(room, 'Ann', ` reactions="<b>x</b> &quot;onclick=&quot;hit=1 constructor"`);
  const bo = await join(room, payload.replaceAll('"', ''));
  await say(ann.page, 'one');
  await press(ann.page, 'one', 'Edit');
  await ann.page.locator('textarea').fill(payload);
  await ann.page.locator('textarea').press('Enter');
  for (const { page } of [ann, bo]) await untilTexts(page, payload);
  for (const emoji of ['<b>x</b>', '"onclick="hit=1', 'constructor']) {
    await messageOf(ann.page, payload).hover();
    await ann.page.getByRole('button', { name: `React with ${emoji}` }).click();
    for (const { page } of [ann, bo]) await shows(page, 'reaction', `${emoji} 1`);
  }
  const cursor = await withRoom(bo.page, (joined) => joined.cursor);
  await withRoom(bo.page, (joined, target) => joined.react(target, '<svg onload=hit=1>'), cursor.replace(/\d+$/, '1'));
  await ann.page.getByRole('button', { name: '<svg onload=hit=1> 1' }).click();
  for (const { page } of [ann, bo]) {
    await shows(page, 'reaction', '<svg onload=hit=1> 2');
    const found = await page.evaluate(() => ({
      hit: globalThis.hit, strange: document.querySelector('tidings-chat').shadowRoot.querySelectorAll('img, script, svg, b, [onclick], [onload]').length,
    }));
    assert.deepEqual(found, { hit: undefined, strange: 0 });
    assert.deepEqual(faultsOf(page), []);
  }
});

test('from right to left the group and its arrows are mirrored, and stay within the chat', async () => {
  const room = freshName('chat');
  const { page } = await visit(wholePage(chatOf(room, 'Ann'), 'lang="he" dir="rtl"'), { viewport: { width: 390, height: 700 } });
  await shows(page, 'state', 'live');
  await say(page, 'שלום');
  await call('POST', `${roomUrl(room)}/messages`, { name: 'Bo', text: 'ok' });
  await messageOf(page, 'ok').locator('.bar').waitFor({ state: 'attached' });
  const boxOf = (locator) => locator.evaluate((node) => node.getBoundingClientRect());
  const frame = await boxOf(page.locator('[part="log"]'));
  for (const bar of await page.locator('.bar').all()) {
    const box = await boxOf(bar);
    assert.ok(box.left >= frame.left && box.right <= frame.right, JSON.stringify([box, frame]));
  }
  const [react, edit] = await Promise.all(['react', 'edit'].map((deed) => boxOf(messageOf(page, 'שלום').locator(`[data-deed="${deed}"]`).first())));
  assert.ok(react.left > edit.left);
  await messageOf(page, 'שלום').locator('.stop').first().focus();
  await page.keyboard.press('ArrowLeft');
  assert.equal(await focused(page), 'שלום react ❤️');
  await page.keyboard.press('ArrowRight');
  assert.equal(await focused(page), 'שלום react 👍');
});

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing wrong with the buttons, ${colorScheme}`, async () => {
    const { page } = await join(freshName('chat'), 'Ann', ' label="Lobby" reactions="ok no"', { colorScheme, reducedMotion: 'reduce' });
    for (const text of ['one', 'two', 'three']) await say(page, text);
    await press(page, 'one', 'React with ok');
    await shows(page, 'reaction', 'ok 1');
    await press(page, 'two', 'Edit');
    await press(page, 'three', 'Delete');
    await messageOf(page, 'one').hover();
    await page.getByRole('button', { name: 'Delete?' }).waitFor();
    await page.getByRole('toolbar', { name: 'You: message actions' }).first().waitFor();
    assert.deepEqual(await page.locator('.deeds').evaluateAll((groups) => groups.map((group) => getComputedStyle(group).opacity)), ['1', '0', '1']);
    assert.deepEqual(await accessibilityFaults(page), []);
  });
}

test('where colours are forced, what is pressed can be told from what is not', async () => {
  const { page } = await join(freshName('chat'), 'Ann', '', { forcedColors: 'active' });
  await say(page, 'one');
  await press(page, 'one', 'React with 👍');
  await shows(page, 'reaction', '👍 1');
  const grounds = await page.locator('.bar .emoji').evaluateAll((buttons) => buttons.map((button) => getComputedStyle(button).backgroundColor));
  assert.notEqual(grounds[0], grounds[1]);
});
