/** The SDK in a real Chromium: tabs that share, networks that go, pages that come back. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import { startServer } from '../e2e/server.mjs';
import { freshName } from '../e2e/streams.mjs';
import { launchChromium } from './chromium.mjs';
import { hostPage } from './page-host.mjs';

const folder = new URL('../../public/sdk/', import.meta.url);
const MODULES = Object.fromEntries(
  readdirSync(folder).filter((name) => name.endsWith('.js')).map((name) => [`/sdk/${name}`, readFileSync(new URL(name, folder), 'utf8')]),
);
/** A page that keeps all that it is told, and remembers how often it was loaded. */
const PAGE = `<!doctype html><meta charset="utf-8"><title>SDK</title><script type="module">
  import * as sdk from '/sdk/tidings.js';
  window.loads = 1;
  window.heard = []; window.states = [];
  window.follow = (url, options) => {
    window.stream = sdk.openStream(url, options);
    stream.on('event', ({ data }) => heard.push(data));
    stream.on('status', ({ state }) => states.push(state));
  };
  window.join = (url, options) => {
    window.room = sdk.joinRoom(url, { after: 'start', ...options });
    room.on('message', ({ text }) => heard.push(text));
    room.on('status', ({ state }) => states.push(state));
  };
  window.ready = true;
</script>`;

let server;
let browser;
let host;

before(async () => {
  server = await startServer();
  // Playwright turns the back-forward cache off, and one of the tests is about it.
  browser = await launchChromium({ ignoreDefaultArgs: ['--disable-back-forward-cache'] });
  host = await hostPage(PAGE, server.origin, MODULES);
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  host.accept();
});
after(async () => {
  await browser?.close();
  host?.stop();
  await server?.stop();
});

/** A context with so many tabs that know what to do. */
async function openTabs(count) {
  const context = await browser.newContext();
  context.setDefaultTimeout(60_000);
  const tabs = [];
  for (let n = 0; n < count; n += 1) tabs.push(await openTab(context));
  return tabs;
}
async function openTab(context) {
  const tab = await context.newPage();
  await tab.goto(host.url);
  await tab.waitForFunction('window.ready');
  return tab;
}
const publish = (name, ...data) =>
  fetch(`${server.origin}/v1/streams/${name}/events`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(data.map((n) => ({ data: n }))),
  });
const say = (name, text) =>
  fetch(`${server.origin}/v1/rooms/${name}/messages`, { method: 'POST', headers: { 'Content-Type': 'text/plain' }, body: text });
const follow = (tab, name, options) => tab.evaluate(([url, how]) => window.follow(url, how), [`/v1/streams/${name}`, options]);
const join = (tab, name, options) => tab.evaluate(([url, how]) => window.join(url, how), [`/v1/rooms/${name}`, options]);
const heard = (tab) => tab.evaluate('heard');
const untilHeard = (tab, count) => tab.waitForFunction((least) => window.heard.length >= least, count);
const untilState = (tab, what, state) => tab.waitForFunction(([which, wanted]) => window[which].status.state === wanted, [what, state]);
const upTo = (count) => Array.from({ length: count }, (_, n) => n);

/** How many connections the service itself sees. */
async function readersOf(name) {
  const response = await fetch(`${server.origin}/v1/streams/${name}`, { headers: { Accept: 'application/json' } });
  return (await response.json()).readers;
}
async function untilReaders(name, count) {
  for (let turn = 0; turn < 300; turn += 1) {
    if ((await readersOf(name)) === count) return;
    // What a reader that has gone leaves is noticed when something is written to it.
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.equal(await readersOf(name), count);
}
const connectsTo = (name) => host.requests.filter(({ url }) => url.includes(name)).length;

test('SDK: tabs share one connection; its tab closes, and the others go on', async () => {
  const name = freshName('shared');
  const [first, second, third] = await openTabs(3);
  await publish(name, 0);
  await follow(first, name, { after: 'start' });
  await untilHeard(first, 1);
  for (const tab of [second, third]) {
    await follow(tab, name, { after: 'start' });
    await untilHeard(tab, 1);
    await untilState(tab, 'stream', 'open');
  }
  const opened = connectsTo(name);
  for (let n = 1; n < 20; n += 1) await publish(name, n);
  for (const tab of [first, second, third]) await untilHeard(tab, 20);
  await untilReaders(name, 1);
  assert.equal(connectsTo(name), opened, 'what follows goes over the one connection');

  // The tab that has it is closed while events flow.
  const flow = (async () => {
    for (let n = 20; n < 80; n += 1) await publish(name, n);
  })();
  await untilHeard(second, 30);
  await first.close();
  await flow;
  for (const tab of [second, third]) {
    await untilHeard(tab, 80);
    assert.deepEqual(await heard(tab), upTo(80), 'all of it, once and in order');
  }
  await untilReaders(name, 1);
  assert.ok(connectsTo(name) <= opened + 2, 'one of them took over');

  // Closed by its page, and not by its tab, it is handed on as well.
  await second.evaluate('stream.close()');
  await publish(name, 80);
  await untilHeard(third, 81);
  assert.deepEqual(await heard(second), upTo(80));
  assert.deepEqual(await heard(third), upTo(81));
});

test('SDK: while tabs come, go, are put away and lose their wire, each has everything', async () => {
  const name = freshName('restless');
  const tabs = await openTabs(3);
  const context = tabs[0].context();
  const enter = (tab) => follow(tab, name, { after: 'start' });
  for (const tab of tabs) await enter(tab);
  let published = 0;
  let over = false;
  const flow = (async () => {
    for (; !over; published += 1) {
      await publish(name, published);
      // Only so that there are some hundred events and not ten thousand.
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  const turn = (tab, type) => tab.evaluate((what) => dispatchEvent(new PageTransitionEvent(what, { persisted: true })), type);
  const pass = async (count = 20) => untilHeard(tabs.at(-1), (await heard(tabs.at(-1))).length + count);
  for (let round = 0; round < 3; round += 1) {
    // The oldest has the connection, more often than not.
    await tabs.shift().close();
    tabs.push(await openTab(context));
    await enter(tabs.at(-1));
    await pass();
    host.cut();
    await pass();
    await turn(tabs[0], 'pagehide');
    await pass();
    await turn(tabs[0], 'pageshow');
    tabs.push(tabs.shift());
    await pass();
  }
  over = true;
  await flow;
  for (const tab of tabs) {
    await untilHeard(tab, published);
    assert.deepEqual(await heard(tab), upTo(published));
  }
  for (let n = 0; n < 3; n += 1) await publish(name, published); // who has gone is noticed
  await untilReaders(name, 1);
});

test('SDK: where the tab with the lock is dumb, the others have connections of their own', async () => {
  const name = freshName('dumb');
  const [dumb, tab] = await openTabs(2);
  await publish(name, 0);
  await dumb.evaluate((lock) => {
    navigator.locks.request(lock, () => new Promise(() => {}));
  }, `tidings ${host.url}v1/streams/${name}`);
  await follow(tab, name, { after: 'start' });
  await untilHeard(tab, 1);
  await dumb.close();
  await publish(name, 1);
  await untilHeard(tab, 2);
  assert.deepEqual(await heard(tab), [0, 1]);
});

test('SDK: a type that only one tab listens to reaches it by the connection of another', async () => {
  const name = freshName('types');
  const [first, second] = await openTabs(2);
  const note = (n) =>
    fetch(`${server.origin}/v1/streams/${name}/events`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify([{ type: 'note', data: n }, { type: 'message', data: n }]),
    });
  await follow(first, name, { after: 'start' });
  await untilState(first, 'stream', 'open');
  await note(0);
  await second.evaluate((url) => {
    window.follow(url, { after: 'start' });
    window.notes = [];
    stream.on('note', ({ data }) => window.notes.push(data));
  }, `/v1/streams/${name}`);
  for (let n = 1; n < 20; n += 1) await note(n);
  await untilHeard(second, 40);
  await untilHeard(first, 20);
  assert.deepEqual(await second.evaluate('notes'), upTo(20));
  const messages = (await heard(first)).filter((n, at, all) => all.indexOf(n) === at);
  assert.deepEqual(messages, upTo(20));
  await untilReaders(name, 1);
});

test('SDK: a tab that takes over before anything came misses nothing', async () => {
  for (const options of [{}, { tail: 0 }]) {
    const name = freshName('early');
    await fetch(`${server.origin}/v1/streams/${name}`, { method: 'PUT' });
    if (options.tail === 0) await publish(name, 'before');
    const [first, second] = await openTabs(2);
    for (const tab of [first, second]) {
      await follow(tab, name, options);
      await untilState(tab, 'stream', 'open');
    }
    await untilReaders(name, 1);
    await second.context().setOffline(true);
    await untilState(second, 'stream', 'offline');
    await first.close();
    await publish(name, 0, 1, 2);
    await second.context().setOffline(false);
    await untilHeard(second, 3);
    assert.deepEqual(await heard(second), upTo(3), JSON.stringify(options));
    await second.context().close();
  }
});

test('SDK: the end of a stream reaches every tab, and none comes back', async () => {
  const name = freshName('ended');
  const tabs = await openTabs(2);
  await publish(name, 0);
  for (const tab of tabs) {
    await follow(tab, name);
    await untilHeard(tab, 1);
  }
  await fetch(`${server.origin}/v1/streams/${name}/events`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ type: 'succeeded', data: 'end', final: true }),
  });
  for (const tab of tabs) {
    await untilState(tab, 'stream', 'closed');
    assert.equal(await tab.evaluate('stream.status.reason'), 'done');
    assert.deepEqual(await heard(tab), [0, 'end']);
  }
});

test('SDK: without a network it waits, and goes on when there is one', async () => {
  const name = freshName('offline');
  const [tab] = await openTabs(1);
  await publish(name, 0);
  await follow(tab, name, { after: 'start' });
  await join(tab, name);
  await untilHeard(tab, 1);
  await untilState(tab, 'room', 'open');
  await tab.context().setOffline(true);
  await untilState(tab, 'stream', 'offline');
  await untilState(tab, 'room', 'offline');
  await tab.evaluate(() => { window.sent = room.send('said offline'); });
  await publish(name, 1);
  await say(name, 'meanwhile');
  await tab.context().setOffline(false);
  await tab.evaluate('sent');
  await untilHeard(tab, 4);
  assert.deepEqual(new Set(await heard(tab)), new Set([0, 1, 'meanwhile', 'said offline']));
});

test('SDK: the worker is killed under an open page, and nothing is lost', async () => {
  const name = freshName('killed');
  const [tab] = await openTabs(1);
  await follow(tab, name, { after: 'start' });
  await join(tab, name);
  await untilState(tab, 'room', 'open');
  await publish(name, 0);
  await untilHeard(tab, 1);
  await server.kill();
  await tab.evaluate(() => { window.sent = room.send('after the crash'); });
  await publish(name, 1);
  await tab.evaluate('sent');
  await untilHeard(tab, 3);
  assert.deepEqual(new Set(await heard(tab)), new Set([0, 1, 'after the crash']));
});

test('SDK: a page that was put away comes back with what it missed', async () => {
  const name = freshName('away');
  const [tab] = await openTabs(1);
  await publish(name, 0);
  await follow(tab, name, { after: 'start' });
  await join(tab, name);
  await untilHeard(tab, 1);
  await untilState(tab, 'room', 'open');
  // Leaving fires `pagehide`, coming back `pageshow`: whether the browser kept the page
  // is its own choice, so both are told to the page by hand.
  await tab.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })));
  assert.deepEqual(await tab.evaluate(async () => (await navigator.locks.query()).held), [], 'no lock keeps it out of the cache');
  await publish(name, 1);
  await say(name, 'meanwhile');
  assert.deepEqual(await heard(tab), [0]);
  await tab.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
  await untilHeard(tab, 3);
  assert.deepEqual(new Set(await heard(tab)), new Set([0, 1, 'meanwhile']));
});

test('SDK: the back-forward cache takes a page, and the page goes on', async () => {
  const name = freshName('bfcache');
  const [tab] = await openTabs(1);
  await follow(tab, name, { after: 'start' });
  await join(tab, name);
  await untilState(tab, 'room', 'open');
  await publish(name, 0);
  await untilHeard(tab, 1);
  await tab.evaluate('loads = 2'); // a page that is loaded again has 1
  await tab.goto(`${host.url}v1/health`);
  await publish(name, 1);
  await say(name, 'meanwhile');
  // A page out of the cache is not loaded, so there is no `load` to wait for.
  await tab.goBack({ waitUntil: 'commit' });
  await tab.waitForFunction('window.ready');
  const why = await tab.evaluate(() => JSON.stringify(performance.getEntriesByType('navigation')[0].notRestoredReasons));
  assert.equal(await tab.evaluate('loads'), 2, `Chromium did not keep it: ${why}`);
  await untilHeard(tab, 3);
  assert.deepEqual(new Set(await heard(tab)), new Set([0, 1, 'meanwhile']));
});
