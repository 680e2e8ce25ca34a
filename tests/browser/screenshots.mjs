/** Takes a picture of every page, in both themes and at two widths, into the folder named. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { startServer } from '../e2e/server.mjs';
import { launchChromium, openPage } from './chromium.mjs';

const THEMES = ['light', 'dark'];
const WIDTHS = [390, 1280];
/** How long a page has for its first events: pictures decide nothing. */
const SETTLE_MS = 1_500;

/** What somebody does on a page before its picture is taken; without it a page is shown as it comes. */
const AT_WORK = {
  'index.html': (page) => page.getByText('just now').waitFor({ timeout: 20_000 }),
  'lab.html': async (page) => {
    await page.click('#run');
    await page.waitForTimeout(3_000);
    await page.click('#cut');
    await page.getByText(/^Back\./).waitFor({ timeout: 20_000 });
  },
  'chat.html': async (page) => {
    for (const text of ['Has anybody seen the train?', 'It is late again: ten minutes, they say.']) {
      await page.fill('#text', text);
      await page.press('#text', 'Enter');
    }
    await page.getByRole('button', { name: 'React with 👍' }).first().click();
  },
  'cursors.html': (page) => page.mouse.move(150, 400, { steps: 10 }),
  'dashboard.html': (page) => publish(page, 'dashboard', { data: 'something' }),
  'feed.html': (page) => publish(page, 'demo-feed', { data: { text: 'The bridge is open again' } }),
  'orders.html': async (page) => {
    for (const side of ['Buy', 'Sell', 'Buy']) {
      await page.getByLabel(side, { exact: true }).check();
      await page.getByRole('button', { name: 'Place order' }).click();
    }
  },
  'text.html': (page) => page.locator('textarea').pressSequentially('Everybody with the link writes here.'),
  'ticker.html': (page) => page.getByRole('button', { name: /^Publish/ }).click(),
};

const [folder] = process.argv.slice(2);
const pages = readdirSync(fileURLToPath(new URL('../../public', import.meta.url))).filter((file) => file.endsWith('.html'));
const publish = (page, stream, event) => page.evaluate(
  ([url, body]) => fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body }),
  [`/v1/streams/${stream}/events`, JSON.stringify(event)],
);
const server = await startServer();
const browser = await launchChromium();
for (const file of pages) {
  for (const colorScheme of THEMES) {
    for (const width of WIDTHS) {
      const page = await openPage(browser, { colorScheme, viewport: { width, height: 900 } });
      await page.goto(`${server.origin}/${file}`, { waitUntil: 'load' });
      await page.waitForTimeout(SETTLE_MS);
      await AT_WORK[file]?.(page);
      await page.waitForTimeout(SETTLE_MS);
      const name = `${file.replace('.html', '')}-${colorScheme}-${width}.png`;
      await page.screenshot({ path: join(folder, name), fullPage: true });
      await page.context().close();
    }
  }
}
await browser.close();
await server.stop();
