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

const [folder] = process.argv.slice(2);
const pages = readdirSync(fileURLToPath(new URL('../../public', import.meta.url))).filter((file) => file.endsWith('.html'));
const server = await startServer();
const browser = await launchChromium();
for (const file of pages) {
  for (const colorScheme of THEMES) {
    for (const width of WIDTHS) {
      const page = await openPage(browser, { colorScheme, viewport: { width, height: 900 } });
      await page.goto(`${server.origin}/${file}`, { waitUntil: 'load' });
      await page.waitForTimeout(SETTLE_MS);
      const name = `${file.replace('.html', '')}-${colorScheme}-${width}.png`;
      await page.screenshot({ path: join(folder, name), fullPage: true });
      await page.context().close();
    }
  }
}
await browser.close();
await server.stop();
