/** The laboratory in a real browser: what it says of a resume is what the worker's log says. */

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { startServer } from '../e2e/server.mjs';
import { eventually } from '../e2e/streams.mjs';
import { launchChromium, textOf } from './chromium.mjs';
import { weakTexts } from './contrast.mjs';
import { NOTHING, openWatched } from './own-pages.mjs';

const PHONE = { viewport: { width: 390, height: 844 } };
const WIDE = { viewport: { width: 1280, height: 900 } };

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

const open = (options) => openWatched(browser, `${server.origin}/lab.html`, options);

const seen = (page, count) =>
  page.waitForFunction((wanted) => ['stream', 'room'].every((side) => Number(document.getElementById(`${side}-seen`).textContent) >= wanted), count);

async function started(options) {
  const page = await open(options);
  await page.selectOption('#rate', '8');
  await page.click('#run');
  await seen(page, 3);
  return page;
}

async function cutFor(page, seconds) {
  await page.fill('#seconds', String(seconds));
  await page.click('#cut');
  await textOf(page, '#status', /^Both connections are closed/);
}

const back = (page) => textOf(page, '#status', /^Back\./);
const faults = async (page) => [await page.textContent('#stream-faults'), await page.textContent('#room-faults')];

const ask = async (path) => {
  const response = await fetch(server.origin + path, { headers: { accept: 'application/json' } });
  return { status: response.status, ...(await response.json()) };
};

/** The cursors of one side in the page's log, oldest first. */
const logged = async (page, where) =>
  (await page.locator('#log tr').evaluateAll((rows) => rows.map(({ dataset, cells }) => [dataset.what, cells[1].textContent, cells[3].textContent])))
    .filter(([what, side]) => side === where && ['live', 'replay'].includes(what))
    .map(([, , cursor]) => cursor)
    .reverse();

/** What the worker has, to compare what the page has. */
async function stored(name) {
  const { events } = await ask(`/v1/streams/${name}/events?limit=500`);
  const { messages } = await ask(`/v1/rooms/${name}/messages?after=start&limit=500`);
  return { stream: events.map(({ cursor }) => cursor), room: messages.map(({ cursor }) => cursor) };
}

test('start, cut, resume: nothing lost, nothing doubled, by the log of the worker', async () => {
  const page = await started(WIDE);
  const name = await page.textContent('#name');
  await cutFor(page, 3);
  // Not only shown as cut: closed. The sender is alone in the room.
  await eventually(() => ask(`/v1/streams/${name}`), ({ readers }) => readers === 0, 2500);
  await eventually(() => ask(`/v1/rooms/${name}`), ({ connections }) => connections === 1, 2500);
  await back(page);
  const verdict = await page.textContent('#status');
  const sums = [...verdict.matchAll(/(\d+) missed, (\d+) replayed within [\d.]+ m?s; 0 lost, 0 doubled/g)];
  assert.equal(sums.length, 2, verdict);
  for (const [, missed, replayed] of sums) {
    assert.equal(missed, replayed);
    assert.ok(Number(missed) >= 5, verdict);
  }
  for (const [n, side] of ['stream', 'room'].entries()) {
    await page.waitForFunction(([id, count]) => document.querySelectorAll(`#${id}-resume li`).length === count, [side, Number(sums[n][1])]);
  }
  const before = Number(await page.textContent('#stream-seen'));
  await seen(page, before + 3);
  await page.click('#run');
  await textOf(page, '#status', /^Stopped/);
  const sent = Number(await page.textContent('#sent'));
  await page.waitForFunction((count) => document.getElementById('stream-seen').textContent === String(count), sent);
  const { stream, room } = await stored(name);
  await page.waitForFunction((count) => document.getElementById('room-seen').textContent === String(count), room.length);
  assert.deepEqual(await logged(page, 'Stream'), stream);
  assert.deepEqual(await logged(page, 'Room'), room);
  assert.deepEqual(await faults(page), ['0 / 0', '0 / 0']);
  assert.deepEqual(await page.seen(), NOTHING);
  assert.deepEqual(page.complaints, []);
});

test('figures and the line appear', async () => {
  const page = await started(PHONE);
  for (const side of ['stream', 'room']) {
    for (const figure of ['median', 'p95', 'min']) await textOf(page, `#${side}-${figure}`, /^[\d.]+ m?s$/);
    await textOf(page, `#${side}-bytes`, /^[34]\d\d B$/);
    assert.match(await page.locator(`#${side}-line polyline`).getAttribute('points'), /^[\d.]+,[\d.]+ /);
  }
  assert.deepEqual(await page.seen(), NOTHING);
});

test('with the keyboard alone', async () => {
  const page = await open(WIDE);
  const tabTo = async (id) => {
    for (let presses = 0; presses < 20; presses += 1) {
      if (await page.evaluate((wanted) => document.activeElement?.id === wanted, id)) return;
      await page.keyboard.press('Tab');
    }
    assert.fail(`the keyboard does not reach #${id}`);
  };
  await tabTo('run');
  await page.keyboard.press('Enter');
  await seen(page, 2);
  await tabTo('cut');
  assert.equal(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), 'solid');
  await page.keyboard.press('Space');
  await textOf(page, '#status', /^Both connections are closed for 3 s/);
  await back(page);
  assert.deepEqual(await faults(page), ['0 / 0', '0 / 0']);
});

test('a worker that dies is an absence like any other', async () => {
  const page = await started(WIDE);
  await server.kill();
  const before = Number(await page.textContent('#stream-seen'));
  await seen(page, before + 10);
  assert.deepEqual(await faults(page), ['0 / 0', '0 / 0']);
});

/** As the browser would: playwright's pages are never hidden. background-tab.test.mjs has some that are. */
const look = (page, state) => page.evaluate((visibility) => {
  Object.defineProperty(document, 'visibilityState', { configurable: true, value: visibility });
  document.dispatchEvent(new Event('visibilitychange'));
}, state);

test('a hidden tab sends nothing and holds no connection, and goes on where it was', async () => {
  const page = await started(WIDE);
  const name = await page.textContent('#name');
  await look(page, 'hidden');
  await textOf(page, '#status', /^Stopped, because this tab was hidden/);
  await eventually(() => ask(`/v1/streams/${name}`), ({ readers }) => readers === 0);
  await eventually(() => ask(`/v1/rooms/${name}`), ({ connections }) => connections === 0);
  const sent = await page.textContent('#sent');
  await page.waitForTimeout(500);
  assert.equal(await page.textContent('#sent'), sent);
  await look(page, 'visible');
  await page.click('#run');
  await seen(page, Number(sent) + 3);
  assert.deepEqual(await faults(page), ['0 / 0', '0 / 0']);
});

test('who leaves takes the stream and the room along', async () => {
  const page = await started(WIDE);
  const name = await page.textContent('#name');
  // What is under way while the page goes may arrive after the deletion, and begin a new stream.
  await page.click('#run');
  await textOf(page, '#status', /^Stopped/);
  await textOf(page, '#stream-seen', new RegExp(`^${await page.textContent('#sent')}$`));
  await page.goto('about:blank');
  for (const kind of ['streams', 'rooms']) await eventually(() => ask(`/v1/${kind}/${name}`), ({ status }) => status === 404);
});

test('where nobody may send, it says why', async () => {
  const closed = await startServer({ vars: { PUBLIC_ACCESS: '' } });
  try {
    const page = await openWatched(browser, `${closed.origin}/lab.html`, PHONE);
    await page.click('#run');
    await textOf(page, '#status', /^Nothing can be sent here/);
    for (const side of ['stream', 'room']) await textOf(page, `#${side}-trouble`, /.{20}/);
    await textOf(page, '#stream-state', /^not available$/);
    await textOf(page, '#room-state', /^not available$/);
    await textOf(page, '#run', /^Start/);
    assert.deepEqual(await page.seen(), NOTHING);
  } finally {
    await closed.stop();
  }
});

for (const colorScheme of ['light', 'dark']) {
  test(`every text can be read in the ${colorScheme} theme`, async () => {
    const page = await started({ ...PHONE, colorScheme });
    await cutFor(page, 1);
    assert.deepEqual(await page.evaluate(weakTexts), []);
    await back(page);
    assert.deepEqual(await page.evaluate(weakTexts), []);
    assert.deepEqual(await page.seen(), NOTHING);
  });
}
