/** public/servers.html in a browser. Its programs are run by tests/e2e/servers-page.test.mjs. */

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { startServer } from '../e2e/server.mjs';
import { launchChromium, openPage } from './chromium.mjs';
import { weakTexts } from './contrast.mjs';

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

const PHONE = { width: 390, height: 844 };

test('every language can be opened without script, by keyboard too, one at a time', async () => {
  const page = await openPage(browser, { javaScriptEnabled: false, viewport: PHONE });
  await page.goto(`${server.origin}/servers.html`);
  const shown = () => page.locator('.tabs').first().locator('pre:visible').count();
  const summaries = page.locator('.tabs').first().locator('summary');
  assert.equal(await summaries.count(), 4);
  for (let i = 1; i < 4; i += 1) {
    await summaries.nth(i).press('Enter');
    await page.locator('.tabs').first().locator('pre').nth(i).waitFor();
    assert.equal(await shown(), 1);
  }
  assert.deepEqual(page.complaints, []);
});

test('every text can be read in both themes, whatever is open, and nothing goes over the edge', async () => {
  for (const colorScheme of ['light', 'dark']) {
    const page = await openPage(browser, { colorScheme, viewport: PHONE });
    await page.goto(`${server.origin}/servers.html`);
    for (const index of [0, 1, 2, 3]) {
      for (const tabs of await page.locator('.tabs').all()) {
        const details = tabs.locator('details').nth(index);
        if (!(await details.evaluate((node) => node.open))) await details.locator('summary').click();
      }
      assert.deepEqual(await page.evaluate(weakTexts), [], colorScheme);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'no sideways scrolling');
    }
    assert.deepEqual(page.complaints, []);
  }
});
