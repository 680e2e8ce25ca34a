/** The site's headers in a real browser: its pages can do what they do, and nobody else. */

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, afterEach, before, test } from 'node:test';
import { startServer } from '../e2e/server.mjs';
import { launchChromium, openPage, textOf } from './chromium.mjs';

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

/** A page that also gathers what its policy has refused. */
async function openWatched(url) {
  const page = await openPage(browser);
  await page.addInitScript(() => {
    globalThis.refused = [];
    addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
      globalThis.refused.push(`${effectiveDirective} ${blockedURI}`));
  });
  const response = await page.goto(url);
  await page.locator('h1').waitFor();
  return { page, response, refused: () => page.evaluate(() => globalThis.refused) };
}

test('no page does anything that its policy refuses', async () => {
  for (const path of ['/', '/upload.html', '/upload.html#a-stream', '/nowhere']) {
    const { page, response, refused } = await openWatched(server.origin + path);
    assert.match(response.headers()['content-security-policy'], /default-src 'none'/, path);
    await page.waitForLoadState('load');
    assert.deepEqual(await refused(), [], path);
    // Of a page that is not there the browser says that, and nothing else.
    assert.deepEqual(page.complaints.filter((text) => !/status of 404/.test(text)), [], path);
    // Without its style sheet the mark would stand in the way of everything.
    assert.equal(await page.locator('.masthead').evaluate((node) => getComputedStyle(node).display), 'flex', path);
  }
});

test('an upload and its bar work under the policy, and so does a WebSocket of the page', async () => {
  const { page, refused } = await openWatched(`${server.origin}/upload.html`);
  await page.setInputFiles('#file', { name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('a\n') });
  await textOf(page, '#status', /^Done/);
  assert.equal(await page.evaluate(() => document.getElementById('bar').style.getPropertyValue('--done')), '1');
  const greeting = await page.evaluate(() => new Promise((resolve, reject) => {
    const room = new WebSocket(`${location.origin.replace('http', 'ws')}/v1/rooms/lobby`);
    room.onmessage = ({ data }) => resolve(data);
    room.onerror = () => reject(new Error('the WebSocket did not open'));
  }));
  assert.match(greeting, /"type":"welcome"/);
  assert.deepEqual(await refused(), []);
});

test('script and style that were put into a page do nothing, and it speaks to nobody else', async () => {
  const { page, refused } = await openWatched(`${server.origin}/`);
  await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'globalThis.intruded = true';
    const style = document.createElement('style');
    style.textContent = 'h1 { color: red }';
    document.body.append(script, style);
    return fetch('http://127.0.0.1:1/').catch(() => {});
  });
  assert.equal(await page.evaluate(() => globalThis.intruded), undefined);
  const directives = (await refused()).map((text) => text.split(' ')[0]);
  assert.deepEqual(directives.sort(), ['connect-src', 'script-src-elem', 'style-src-elem']);
});

test('another site cannot show a page in a frame', async () => {
  const other = http.createServer((_, response) => {
    response.setHeader('Content-Type', 'text/html');
    response.end(`<!doctype html><link rel="icon" href="data:,"><iframe src="${server.origin}/"></iframe>`);
  });
  await new Promise((resolve) => other.listen(0, '127.0.0.1', resolve));
  try {
    const page = await openPage(browser);
    await page.goto(`http://127.0.0.1:${other.address().port}/`);
    await page.waitForLoadState('load');
    assert.equal(page.frames().length, 2);
    assert.equal(await page.frames()[1].locator('h1').filter({ hasText: 'Pages that hear' }).count(), 0);
    assert.match(page.complaints.join('\n'), /frame-ancestors/);
  } finally {
    other.close();
    other.closeAllConnections();
  }
});
