/** The pages of the recipes of rooms in a real browser, as they stand there, each with its hard case. */

import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { after, afterEach, before, describe, test } from 'node:test';

import { build } from 'esbuild';

import { readRecipeFile, recipe } from '../e2e/recipe.mjs';
import { startServer } from '../e2e/server.mjs';
import { openSocket } from '../e2e/socket.mjs';
import { freshName } from '../e2e/streams.mjs';
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

/**
 * A recipe with a room of its own; `visit` opens its page for somebody of that name,
 * `modules` are those that the page imports.
 */
function prepare(name, { modules } = {}) {
  const { origin } = server;
  const room = freshName(name);
  const code = recipe(name, { origin, room });
  const visit = async (who) => {
    const host = await hostPage(code.page, origin, modules?.(code));
    hosts.push(host);
    const page = await openPage(browser, { viewport: { width: 800, height: 600 } });
    page.on('dialog', (dialog) => dialog.accept(who));
    await page.goto(host.url);
    return { host, page };
  };
  return { url: `${origin}/v1/rooms/${room}`, code, visit };
}

/** Errors of the page's script; that a wire was cut is told as one of the network. */
const faultsOf = (page) => page.complaints.filter((text) => !/net::ERR|^WebSocket connection to/.test(text));

describe('chat', () => {
  const itemsOf = (page) => page.locator('li').allTextContents();
  const untilItems = (page, count) =>
    page.waitForFunction((wanted) => document.querySelectorAll('li').length >= wanted, count);
  const say = async (page, text) => {
    await page.locator('input').fill(text);
    await page.locator('input').press('Enter');
  };

  test('chat: who was away, and wrote meanwhile, sees what all others see, each message once', async () => {
    const { code, visit } = prepare('chat');
    await code.runShell();
    const ann = await visit('Ann');
    const bo = await visit('Bo & <b>');
    for (const { page } of [ann, bo]) await untilItems(page, 1);
    await say(ann.page, '<img src=x onerror=alert(1)>');
    for (const { page } of [ann, bo]) await untilItems(page, 2);
    ann.host.refuse();
    await say(ann.page, 'is anybody there?');
    await say(ann.page, 'hello?');
    await say(bo.page, 'Ann?');
    await untilItems(bo.page, 3);
    ann.host.accept();
    const expected = ['Build: 17 is live', 'Ann: <img src=x onerror=alert(1)>', 'Bo & <b>: Ann?', 'Ann: is anybody there?', 'Ann: hello?'];
    const late = await visit('Cy');
    for (const { page } of [ann, bo, late]) {
      await untilItems(page, expected.length);
      assert.deepEqual(await itemsOf(page), expected);
      assert.equal(await page.locator('img, b').count(), 0, 'text stays text');
      assert.deepEqual(faultsOf(page), []);
    }
    assert.match(ann.host.requests.at(-1).url, /&after=/);
  });

  test('chat: a message whose answer was cut off is sent again, and there once', async () => {
    const { visit } = prepare('chat');
    const ann = await visit('Ann');
    const bo = await visit('Bo');
    await say(ann.page, 'one');
    for (const { page } of [ann, bo]) await untilItems(page, 1);
    ann.host.hold();
    await say(ann.page, 'two');
    await untilItems(bo.page, 2);
    assert.deepEqual(await itemsOf(ann.page), ['Ann: one']);
    ann.host.cut();
    ann.host.release();
    await untilItems(ann.page, 2);
    // It is sent again before this one.
    await say(ann.page, 'three');
    for (const { page } of [ann, bo]) {
      await untilItems(page, 3);
      assert.deepEqual(await itemsOf(page), ['Ann: one', 'Ann: two', 'Ann: three']);
      assert.deepEqual(faultsOf(page), []);
    }
  });

  test('chat: what is deleted goes, and when the room is closed the page stops', async () => {
    const { url, visit } = prepare('chat');
    const { page, host } = await visit('Ann');
    await say(page, 'oh no');
    await untilItems(page, 1);
    const { messages } = await (await fetch(`${url}/messages`)).json();
    // Ann herself, in another program.
    const other = await openSocket(`${url}?${await page.evaluate(() => localStorage.me)}`);
    other.send(JSON.stringify({ type: 'delete', id: 'd1', target: messages[0].cursor }));
    await page.waitForFunction(() => !document.querySelector('li'));
    const tries = host.requests.length;
    assert.equal((await fetch(url, { method: 'DELETE' })).status, 204);
    await page.waitForFunction(() => !document.querySelector('form'));
    assert.equal(host.requests.length, tries);
  });
});

describe('multiplayer', () => {
  /** Waits until a page shows just these pointers of others: names and places in pixels. */
  const untilPointers = (page, ...expected) =>
    page.waitForFunction((wanted) => {
      const shown = [...document.querySelectorAll('i')].map((pointer) => {
        const { left, top } = pointer.getBoundingClientRect();
        return `${pointer.textContent.slice(2)} ${Math.round(left)},${Math.round(top)}`;
      });
      return shown.sort().join() === wanted;
    }, expected.sort().join());

  test('multiplayer: each sees the others, also those that do not move, until they leave', async () => {
    const { visit } = prepare('multiplayer');
    const ann = await visit('Ann');
    const bo = await visit('Bo');
    await ann.page.mouse.move(100, 50);
    await bo.page.mouse.move(400, 300, { steps: 50 });
    await untilPointers(ann.page, 'Bo 400,300');
    await untilPointers(bo.page, 'Ann 100,50');
    // Nobody moves from here on, but who comes late is told where they are.
    const cy = await visit('Cy');
    await untilPointers(cy.page, 'Ann 100,50', 'Bo 400,300');
    await cy.page.mouse.move(200, 200);
    await untilPointers(ann.page, 'Bo 400,300', 'Cy 200,200');
    // A cut, and a move that nobody saw.
    bo.host.refuse();
    await untilPointers(ann.page, 'Cy 200,200');
    await bo.page.mouse.move(600, 30);
    await ann.page.mouse.move(120, 60);
    bo.host.accept();
    await untilPointers(bo.page, 'Ann 120,60', 'Cy 200,200');
    await untilPointers(ann.page, 'Bo 600,30', 'Cy 200,200');
    await cy.page.close();
    await untilPointers(ann.page, 'Bo 600,30');
    await untilPointers(bo.page, 'Ann 120,60');
    for (const { page } of [ann, bo]) assert.deepEqual(faultsOf(page), []);
  });
});

describe('editing', () => {
  /** Yjs as the recipe says that it is made. */
  let yjs;
  before(async () => {
    const [, contents] = /echo "([^"]+)" \|\s+npx esbuild --bundle --format=esm --outfile=public\/yjs\.js$/m.exec(readRecipeFile('editing.md'));
    const resolveDir = fileURLToPath(new URL('../..', import.meta.url));
    const { outputFiles } = await build({ stdin: { contents, resolveDir }, bundle: true, format: 'esm', write: false });
    yjs = outputFiles[0].text;
  });
  const prepareEditing = () => prepare('editing', { modules: () => ({ '/yjs.js': yjs }) });

  const area = (page) => page.locator('textarea');
  const untilText = (page, expected) =>
    page.waitForFunction((whole) => document.querySelector('textarea').value === whole, expected);
  const untilIncludes = (page, ...parts) =>
    page.waitForFunction((all) => all.every((part) => document.querySelector('textarea').value.includes(part)), parts);
  const caretTo = (page, at) => area(page).evaluate((field, place) => {
    field.focus();
    field.setSelectionRange(place, place);
  }, at);

  test('editing: two write while one is offline, and all have the same text, also who comes late', async () => {
    const { visit } = prepareEditing();
    const ann = await visit('Ann');
    const bo = await visit('Bo');
    await area(ann.page).pressSequentially('Hello world');
    await untilText(bo.page, 'Hello world');
    ann.host.refuse();
    await caretTo(ann.page, 5);
    await area(ann.page).pressSequentially(', dear');
    await caretTo(bo.page, 11);
    await area(bo.page).pressSequentially('\n🦀');
    await caretTo(bo.page, 0);
    await area(bo.page).press('Delete');
    await area(bo.page).pressSequentially('J');
    await untilText(ann.page, 'Hello, dear world');
    await untilText(bo.page, 'Jello world\n🦀');
    ann.host.accept();
    const late = await visit('Cy');
    for (const { page } of [ann, bo, late]) await untilText(page, 'Jello, dear world\n🦀');
    // A letter that shares half of its code with the one that it takes the place of.
    await area(late.page).evaluate((field) => field.setSelectionRange(18, 20));
    await area(late.page).pressSequentially('🦁');
    for (const { page } of [ann, bo, late]) {
      await untilText(page, 'Jello, dear world\n🦁');
      assert.deepEqual(faultsOf(page), []);
    }
  });

  test('editing: both write in one place while one is offline, and what was not acknowledged is kept', async () => {
    const { visit } = prepareEditing();
    const ann = await visit('Ann');
    const bo = await visit('Bo');
    await area(ann.page).pressSequentially('[]');
    await untilText(bo.page, '[]');
    // What Ann writes arrives, but she is not told.
    ann.host.hold();
    await caretTo(ann.page, 1);
    await area(ann.page).pressSequentially('from Ann');
    await untilIncludes(bo.page, 'from Ann');
    ann.host.refuse();
    ann.host.release();
    await area(ann.page).pressSequentially(' too');
    await caretTo(bo.page, 1);
    await area(bo.page).pressSequentially('from Bo ');
    ann.host.accept();
    for (const { page } of [ann, bo]) await untilText(page, '[from Bo from Ann too]');
    for (const { page } of [ann, bo]) assert.deepEqual(faultsOf(page), []);
  });

  test('editing: a cursor stays where it is in the text, and others are told', async () => {
    const { visit } = prepareEditing();
    const ann = await visit('Ann');
    const bo = await visit('Bo');
    await area(ann.page).pressSequentially('one three');
    await untilText(bo.page, 'one three');
    await caretTo(bo.page, 9);
    await textOf(ann.page, 'output', /^Bo is at 9$/);
    await caretTo(ann.page, 4);
    await area(ann.page).pressSequentially('two ');
    await untilText(bo.page, 'one two three');
    await textOf(ann.page, 'output', /^Bo is at 13$/);
    await area(bo.page).pressSequentially('!');
    for (const { page } of [ann, bo]) {
      await untilText(page, 'one two three!');
      assert.deepEqual(faultsOf(page), []);
    }
  });
});

describe('trading', () => {
  const prepareTrading = () => prepare('trading', { modules: (code) => ({ '/market.js': code.module }) });
  const buy = (page) => page.locator('button').click();
  const answersOf = (buyers) => Promise.all(buyers.map(({ page }) => page.locator('button').textContent()));
  const untilAnswer = (page) => textOf(page, 'button', /: /);

  test('trading: two buyers, one lot, exactly one wins', async () => {
    const { visit } = prepareTrading();
    const buyers = [await visit('Ann'), await visit('Bo')];
    await Promise.all(buyers.map(({ page }) => buy(page)));
    for (const { page } of buyers) await untilAnswer(page);
    assert.deepEqual((await answersOf(buyers)).sort(), ['Buy lot 7: ack', 'Buy lot 7: error']);
    for (const { page } of buyers) assert.deepEqual(faultsOf(page), []);
  });

  test('trading: the winner whose answer was cut off is told of having won', async () => {
    const { url, visit } = prepareTrading();
    const [ann, bo] = [await visit('Ann'), await visit('Bo')];
    // Another order of hers is answered: so she is in.
    await ann.page.evaluate(async () => (await import('/market.js')).order('lot-1', 'sold'));
    ann.host.hold();
    const observer = await openSocket(url);
    await buy(ann.page);
    await observer.until(({ events }) => events.some(({ type, key }) => type === 'state' && key === 'lot-7'), 'the lot to be sold');
    observer.close();
    await buy(bo.page);
    await untilAnswer(bo.page);
    assert.deepEqual(await answersOf([ann, bo]), ['Buy lot 7', 'Buy lot 7: error']);
    ann.host.cut();
    ann.host.release();
    await untilAnswer(ann.page);
    assert.deepEqual(await answersOf([ann, bo]), ['Buy lot 7: ack', 'Buy lot 7: error']);
    for (const { page } of [ann, bo]) assert.deepEqual(faultsOf(page), []);
  });
});
