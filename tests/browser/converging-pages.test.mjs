/** The shared text and the order book, through cuts and crashes: all pages end with the same. */

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { startProxy } from '../e2e/cuttable-proxy.mjs';
import { roomAt } from '../e2e/rooms.mjs';
import { startServer } from '../e2e/server.mjs';
import { eventually } from '../e2e/streams.mjs';
import { launchChromium, textOf } from './chromium.mjs';
import { enter, faultsOf, freshRoom, live, visit } from './use-page.mjs';

/** Reconnects have their pauses, and a crash its restart. */
const PATIENCE_MS = 60_000;

let server;
let browser;
const proxies = [];

before(async () => {
  server = await startServer();
  browser = await launchChromium();
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  for (const proxy of proxies.splice(0)) await proxy.stop();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Pages in one room, each with a wire of its own. */
async function gather(use, count) {
  const room = freshRoom(use);
  const pages = [];
  for (let i = 0; i < count; i += 1) {
    const wire = await startProxy(server.origin);
    proxies.push(wire);
    const page = await enter(browser, wire.origin, use, { room, name: `Writer ${i}` });
    pages.push(Object.assign(page, { wire }));
  }
  return { room, pages, join: () => visit(browser, server.origin, use, { room }) };
}

describe('text', () => {
  const textOn = (page) => page.locator('#area').inputValue();
  const ready = (page) => page.waitForFunction(() => !document.getElementById('area').readOnly);
  const stored = (page) => textOf(page, '#saved', /^Everything is stored\.$/);
  const type = (page, text) => page.locator('#area').pressSequentially(text);
  const place = (page, start, end = start) => page.locator('#area').evaluate((area, [from, to]) => {
    area.focus();
    area.setSelectionRange(from, to);
  }, [start, end]);
  async function agree(pages, isSo = () => true) {
    const texts = await eventually(
      () => Promise.all(pages.map(textOn)), (found) => new Set(found).size === 1 && isSo(found[0]), PATIENCE_MS);
    return texts[0];
  }

  test('two type at once, and a third comes late: one text, with every letter of both', async () => {
    const { pages, join } = await gather('text', 2);
    const [ann, bo] = pages;
    await Promise.all(pages.map(ready));
    await type(ann, 'Dear all,\n\nYours');
    await agree(pages, (text) => text.endsWith('Yours'));
    await place(ann, 10);
    await place(bo, 16);
    await Promise.all([type(ann, 'the quick brown fox'), type(bo, ', as ever 👍')]);
    const text = await agree(pages, (found) => found.length > 45);
    assert.equal(text, 'Dear all,\nthe quick brown fox\nYours, as ever 👍');
    const late = await join();
    await agree([...pages, late]);
    await ready(late);
    for (const page of [...pages, late]) assert.deepEqual(page.complaints, []);
  });

  test('the caret and what is selected stay with their letters', async () => {
    const { pages } = await gather('text', 2);
    const [ann, bo] = pages;
    await Promise.all(pages.map(ready));
    await type(ann, 'one two three');
    await agree(pages, (text) => text.length === 13);
    await place(ann, 4, 7);
    await place(bo, 0);
    await type(bo, '👍 zero ');
    await agree(pages, (text) => text.length === 21);
    const selected = () => ann.evaluate(() => {
      const { value, selectionStart, selectionEnd } = document.getElementById('area');
      return value.slice(selectionStart, selectionEnd);
    });
    assert.equal(await selected(), 'two');
    await type(ann, '2');
    await agree(pages, (text) => text === '👍 zero one 2 three');
    // Where others remove what is around the caret, it stays where that was.
    await place(ann, 11);
    await place(bo, 8, 14);
    await bo.keyboard.press('Delete');
    await agree(pages, (text) => text === '👍 zero three');
    await type(ann, '|');
    await agree(pages, (text) => text === '👍 zero |three');
  });

  test('what an input method is composing is not disturbed by what others write', async () => {
    const { pages } = await gather('text', 2);
    const [ann, bo] = pages;
    await Promise.all(pages.map(ready));
    await type(ann, 'ab');
    await agree(pages, (text) => text === 'ab');
    await place(ann, 2);
    const input = await ann.context().newCDPSession(ann);
    await input.send('Input.imeSetComposition', { text: 'か', selectionStart: 1, selectionEnd: 1 });
    await place(bo, 0);
    await type(bo, '>');
    await stored(bo);
    assert.equal(await textOn(ann), 'abか', 'it waits');
    await input.send('Input.imeSetComposition', { text: 'かん', selectionStart: 2, selectionEnd: 2 });
    await input.send('Input.insertText', { text: '漢' });
    await agree(pages, (text) => text === '>ab漢');
    await type(ann, '!');
    await agree(pages, (text) => text === '>ab漢!');
  });

  test('both write on while their wires are cut and the server crashes', async () => {
    const { pages, join } = await gather('text', 2);
    const [ann, bo] = pages;
    await Promise.all(pages.map(ready));
    await type(ann, '[]');
    await agree(pages, (text) => text === '[]');
    for (const { wire } of pages) {
      wire.refuse();
      wire.cut();
    }
    await place(ann, 1);
    await place(bo, 1);
    await Promise.all([type(ann, 'written by Ann'), type(bo, 'written by Bo')]);
    await server.kill();
    for (const { wire } of pages) wire.accept();
    const text = await agree(pages, (found) => found.length === 29);
    assert.match(text, /^\[(written by Annwritten by Bo|written by Bowritten by Ann)\]$/);
    await Promise.all(pages.map(stored));

    // An answer that is lost: what was written is sent again, and there once.
    ann.wire.deafen();
    await type(ann, '!');
    await agree([bo], (found) => found.includes('!'));
    ann.wire.cut();
    await stored(ann);
    assert.equal((await agree(pages)).length, 30);
    const late = await join();
    await agree([...pages, late]);
    for (const page of pages) assert.deepEqual(faultsOf(page), []);
  });

  test('what others send is text, and what is no text changes nothing', async () => {
    const { room, pages: [page] } = await gather('text', 1);
    await ready(page);
    const eve = await roomAt(server.origin, room).join({ name: 'Eve', key: 'a-key-of-eves-own' });
    const nonsense = [7, 'x', { ops: 7 }, { ops: [null, 7, { insert: 'x' }, { remove: [7, null, [1, 'x.y', 1e9]] }] }];
    for (const [n, data] of nonsense.entries()) await eve.ask({ type: 'message', id: `n${n}`, data });
    const attack = '</textarea><img src=x onerror=alert(1)>\r\n';
    await eve.ask({ type: 'message', id: 'attack', data: { ops: [{ insert: attack, n: 1, session: 's', after: null }] } });
    await agree([page], (text) => text.includes('onerror'));
    await place(page, 0);
    await type(page, 'a');
    await stored(page);
    assert.equal(await textOn(page), `a${attack.replaceAll('\r', '\n')}`);
    assert.equal(await page.locator('main img').count(), 0);
    assert.deepEqual(faultsOf(page), []);
    eve.close();
  });

  test('a text whose beginning is no longer kept is not written on', async () => {
    const room = roomAt(server.origin, freshRoom('text'));
    await room.configure({ retain_events: 2 });
    for (const id of ['1', '2', '3', '4']) await room.post({ id, text: id });
    const page = await visit(browser, server.origin, 'text', { room: room.name });
    await textOf(page, '#trouble', /beginning of this room is no longer kept/);
    assert.equal(await page.locator('#area').evaluate((area) => area.readOnly), true);
  });
});

describe('orders', () => {
  const place = async (page, side, amount, price) => {
    await page.check(`[value=${side}]`);
    await page.fill('#amount', String(amount));
    await page.fill('#price', price);
    await page.press('#price', 'Enter');
  };
  const read = (page) => page.evaluate(() => {
    const text = (id) => document.getElementById(id).textContent;
    const rows = (id) => [...document.querySelectorAll(`#${id} tr`)].map(({ cells }) => [...cells].map((cell) => cell.textContent.trim()));
    return {
      placed: Number(text('count')), traded: Number(text('traded')), fingerprint: text('fingerprint'), last: text('last'),
      bids: rows('bids').filter(([first]) => first), offers: rows('offers').filter(([first]) => first), trades: rows('trades'), unsent: text('unsent'),
    };
  });
  async function agree(pages, placed) {
    const books = await eventually(
      () => Promise.all(pages.map(read)),
      (found) => found.every((book) => book.placed === placed && !book.unsent) && new Set(found.map(({ fingerprint }) => fingerprint)).size === 1,
      PATIENCE_MS);
    for (const book of books) assert.deepEqual(book, books[0]);
    return books[0];
  }

  test('orders of several pages meet; every page, and one that comes late, has the same book', async () => {
    const { pages, join } = await gather('orders', 3);
    const [ann, bo, cy] = pages;
    await place(ann, 'sell', 5, '101.00');
    await agree(pages, 1);
    await place(bo, 'sell', 5, '100.50');
    await agree(pages, 2);
    await place(cy, 'buy', 7, '101');
    const book = await agree(pages, 3);
    assert.deepEqual(book.trades, [['2', '2', '101.00'], ['1', '5', '100.50']]);
    assert.deepEqual([book.offers, book.bids, book.last], [[['101.00', '3']], [], '101.00']);
    const late = await join();
    assert.deepEqual(await agree([...pages, late], 3), book);

    assert.equal(await bo.locator('#mine button').count(), 0);
    await ann.getByRole('button', { name: 'Cancel: sell 3 at 101.00' }).click();
    await eventually(() => Promise.all(pages.map(read)), (books) => books.every(({ offers }) => offers.length === 0));
    for (const page of pages) assert.deepEqual(page.complaints, []);
  });

  test('all place at once, while wires are cut and the server crashes twice: nothing lost, nothing twice', async () => {
    const { room, pages, join } = await gather('orders', 3);
    const EACH = 14;
    const work = async (page, index) => {
      for (let i = 0; i < EACH; i += 1) {
        await place(page, (i + index) % 2 ? 'buy' : 'sell', 1 + ((i * 7 + index * 3) % 9), `${99 + ((i * 5 + index) % 4)}.00`);
        if (i % 5 === index) page.wire.cut();
      }
    };
    const crash = async () => {
      await server.kill();
      await server.kill();
    };
    await Promise.all([...pages.map(work), crash()]);
    const book = await agree(pages, EACH * pages.length);
    const late = await join();
    assert.deepEqual(await agree([...pages, late], EACH * pages.length), book);

    // What the log has is what was placed: as many pieces as the pages sent.
    const { messages } = await roomAt(server.origin, room).messages('?after=start&limit=500');
    assert.equal(messages.length, EACH * pages.length);
    const sum = (list) => list.reduce((total, value) => total + Number(value), 0);
    const pieces = sum(messages.map(({ data }) => data.order.amount));
    assert.equal(sum(book.trades.map(([, amount]) => amount)), book.traded);
    const open = [...book.bids.map(([amount]) => amount), ...book.offers.map(([, amount]) => amount)];
    assert.equal(sum(open) + 2 * book.traded, pieces);
    for (const page of pages) assert.deepEqual(faultsOf(page), []);
  });

  test('an order whose answer was lost is placed once', async () => {
    const { pages } = await gather('orders', 2);
    const [ann, bo] = pages;
    ann.wire.deafen();
    await place(ann, 'buy', 3, '99.00');
    await agree([bo], 1);
    await textOf(ann, '#unsent', /1/);
    ann.wire.cut();
    await live(ann);
    const book = await agree(pages, 1);
    assert.deepEqual(book.bids, [['3', '99.00']]);
  });

  test('a server places orders too; what is no order, or what was typed wrong, places none', async () => {
    const { room, pages: [page] } = await gather('orders', 1);
    const { post } = roomAt(server.origin, room);
    await post({ text: '<img src=x>' });
    await post({ data: { order: { side: 'buy', price: 0.5, amount: '<img>' } } });
    await post({ data: { order: { side: 'sell', price: 1050, amount: 2 } } });
    const book = await agree([page], 1);
    assert.deepEqual(book.offers, [['10.50', '2']]);
    await place(page, 'buy', '1.5', '10');
    await textOf(page, '#trouble', /^An amount is/);
    assert.equal(await page.evaluate(() => document.activeElement.id), 'amount');
    assert.equal(await page.locator('#amount').getAttribute('aria-invalid'), 'true');
    await place(page, 'buy', 1, 'ten');
    await textOf(page, '#trouble', /^A price is/);
    assert.equal((await read(page)).placed, 1);
    assert.deepEqual(page.complaints, []);
  });
});
