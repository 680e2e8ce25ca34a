/** The elements where they are served from: under the site's own policy, and from another site. */

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, afterEach, before, test } from 'node:test';

import { startServer } from '../e2e/server.mjs';
import { freshName, streamAt } from '../e2e/streams.mjs';
import { launchChromium, openPage } from './chromium.mjs';

let server;
let browser;

before(async () => {
  server = await startServer({ vars: { ALLOWED_ORIGINS: '*' } });
  browser = await launchChromium();
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A stream at half, and both elements for it and a room, at absolute addresses. */
async function prepare() {
  const stream = streamAt(server.origin, freshName('bar'));
  await stream.publish({ type: 'progress', data: { done: 2, total: 4 } });
  const room = `${server.origin}/v1/rooms/${freshName('chat')}`;
  return `<tidings-progress src="${stream.url}"></tidings-progress><tidings-chat src="${room}" name="Ann"></tidings-chat>`;
}

async function bothWork(page) {
  await page.locator('[part="percent"]', { hasText: '50%' }).waitFor();
  await page.locator('textarea').fill('Hello');
  await page.locator('textarea').press('Enter');
  await page.locator('[part="time"]').waitFor();
  // Styled, without any inline style that a policy refuses.
  assert.equal(await page.locator('tidings-chat [part="frame"]').evaluate((node) => getComputedStyle(node).display), 'grid');
}

test('the policy of the site refuses nothing that they do', async () => {
  const page = await openPage(browser);
  await page.addInitScript(() => {
    globalThis.refused = [];
    addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => globalThis.refused.push(`${effectiveDirective} ${blockedURI}`));
  });
  // A page without a script of its own, which would miss what is taken away from it.
  const response = await page.goto(`${server.origin}/404.html`);
  assert.match(response.headers()['content-security-policy'], /default-src 'none'/);
  await page.evaluate((html) => {
    document.body.innerHTML = html;
    const script = document.createElement('script');
    script.type = 'module';
    script.src = '/sdk/elements.js';
    document.head.append(script);
  }, await prepare());
  await bothWork(page);
  assert.deepEqual(await page.evaluate(() => globalThis.refused), []);
  assert.deepEqual(page.complaints, []);
});

for (const file of ['elements.js', 'elements.min.js']) test(`another site uses ${file} with one line`, async () => {
  const html = `<!doctype html><link rel="icon" href="data:,"><script type="module" src="${server.origin}/sdk/${file}"></script>${await prepare()}`;
  const site = http.createServer((_, response) => {
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(html);
  });
  await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));
  try {
    const page = await openPage(browser);
    await page.goto(`http://127.0.0.1:${site.address().port}/`);
    await bothWork(page);
    assert.deepEqual(page.complaints, []);
  } finally {
    site.close();
    site.closeAllConnections();
  }
});
