/** The start page in a real browser: its facts are measured, or it says why not. */

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { startServer } from '../e2e/server.mjs';
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

async function measured(options) {
  const page = await openWatched(browser, `${server.origin}/`, options);
  await textOf(page, '#measured', /^Measured/);
  return page;
}

const factOf = async (page, fact, side) => {
  const [figure, sentence] = await page.locator(`#${fact} .${side} dd > span`).allTextContents();
  return { figure, sentence };
};

test('every fact is measured with this worker', async () => {
  const page = await measured(WIDE);
  const facts = {};
  for (const fact of ['direction', 'protocol', 'bytes', 'reconnection', 'infrastructure', 'binary']) {
    facts[fact] = { stream: await factOf(page, fact, 'stream'), room: await factOf(page, fact, 'room') };
  }
  for (const side of ['stream', 'room']) assert.match(facts.direction[side].figure, / m?s$/);
  assert.equal(facts.protocol.stream.figure, 'http/1.1');
  assert.equal(facts.protocol.room.figure, 'tidings.v1');
  // 30 of JSON, `data: `, `id: `, a cursor of 12, three line feeds.
  assert.equal(facts.bytes.stream.figure, '55 B');
  assert.match(facts.bytes.room.figure, /^1\d\d B$/);
  assert.match(facts.reconnection.stream.sentence, /with Last-Event-ID \w+\.3, and got 2 of 2/);
  assert.match(facts.reconnection.room.sentence, /went on where it was, with the 1 missed message/);
  assert.equal(facts.infrastructure.stream.figure, 'GET 200');
  assert.match(facts.infrastructure.room.sentence, /200, with the same cursor/);
  assert.match(facts.binary.stream.sentence, /They came whole/);
  assert.match(facts.binary.room.sentence, /They came whole/);
  assert.equal(facts.binary.room.figure, '260 B');
  assert.deepEqual(await page.seen(), NOTHING);
  assert.deepEqual(page.complaints, []);
});

test('it leaves nothing behind, and can be asked again', async () => {
  const names = new Set();
  const page = await openWatched(browser, 'about:blank');
  page.on('request', (request) => {
    const [, name] = /\/v1\/(?:streams|rooms)\/(demo-start-\w+)/.exec(request.url()) ?? [];
    if (name) names.add(name);
  });
  await page.goto(`${server.origin}/`);
  await textOf(page, '#measured', /^Measured/);
  await page.locator('#again').click();
  await textOf(page, '#measured', /^Measuring/);
  await textOf(page, '#measured', /^Measured/);
  assert.equal(names.size, 2, 'a name for each time');
  for (const name of names) {
    for (const kind of ['streams', 'rooms']) {
      const { status } = await fetch(`${server.origin}/v1/${kind}/${name}`, { headers: { accept: 'application/json' } });
      assert.equal(status, 404, `${kind}/${name}`);
    }
  }
});

test('on a phone nothing moves and nothing scrolls sideways', async () => {
  const page = await measured(PHONE);
  assert.deepEqual(await page.seen(), NOTHING);
});

test('headings are in order, and every link and button has a name', async () => {
  const page = await measured(WIDE);
  const levels = await page.evaluate(() => [...document.querySelectorAll('h1, h2, h3')].map(({ tagName }) => Number(tagName[1])));
  assert.equal(levels[0], 1);
  levels.reduce((last, level) => {
    assert.ok(level <= last + 1 && level > 1, levels.join(' '));
    return level;
  });
  for (const role of ['link', 'button']) {
    for (const each of await page.getByRole(role).all()) assert.notEqual((await each.textContent()).trim(), '');
  }
});

for (const colorScheme of ['light', 'dark']) {
  test(`every text can be read in the ${colorScheme} theme`, async () => {
    const page = await measured({ ...WIDE, colorScheme });
    assert.deepEqual(await page.evaluate(weakTexts), []);
  });
}

test('where nobody may publish, it says so and tells the rest as it is', async () => {
  const closed = await startServer({ vars: { PUBLIC_ACCESS: '' } });
  try {
    const page = await openWatched(browser, `${closed.origin}/`, PHONE);
    await textOf(page, '#measured', /why stands below/);
    await textOf(page, '#trouble', /^Nothing could be measured here\. .{20}/);
    assert.deepEqual(await page.seen(), NOTHING);
    const { figure, sentence } = await factOf(page, 'reconnection', 'stream');
    assert.equal(figure, '–');
    assert.match(sentence, /comes back by itself/);
  } finally {
    await closed.stop();
  }
});

test('where a stream may be published to but not managed, only that is not measured', async () => {
  const half = await startServer({ vars: { PUBLIC_ACCESS: '{"streams":{"demo-*":["read","publish"]},"rooms":{"demo-*":["read","write"]}}' } });
  try {
    const page = await openWatched(browser, `${half.origin}/`);
    await textOf(page, '#measured', /^Measured/);
    assert.match((await factOf(page, 'reconnection', 'stream')).sentence, /^Not measured: the stream may not be deleted/);
    assert.match((await factOf(page, 'reconnection', 'room')).sentence, /went on where it was/);
  } finally {
    await half.stop();
  }
});
