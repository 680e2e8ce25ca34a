/** Every page of the site, in Chromium and in Firefox: it loads, and nothing complains. */

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { startServer } from '../e2e/server.mjs';
import { launchChromium, openPage } from './chromium.mjs';
import { launchFirefox, noFirefox, openFirefoxPage } from './firefox.mjs';

const PAGES = readdirSync(fileURLToPath(new URL('../../public', import.meta.url))).filter((file) => file.endsWith('.html'));

/** What a page has to have, wherever it is shown. */
function anatomy() {
  const headings = [...document.querySelectorAll('h1, h2, h3, h4')].map((heading) => Number(heading.tagName[1]));
  return {
    lang: document.documentElement.lang,
    titled: document.title.length > 0,
    main: document.querySelectorAll('main').length,
    h1: headings.filter((level) => level === 1).length,
    skips: headings.some((level, n) => n > 0 && level > headings[n - 1] + 1),
    nameless: [...document.querySelectorAll('input, textarea, select')]
      .filter((field) => !field.hidden && field.type !== 'hidden' && field.checkVisibility())
      .filter((field) => !(field.labels?.length || field.ariaLabel || field.getAttribute('aria-labelledby')))
      .map((field) => field.outerHTML),
    buttons: [...document.querySelectorAll('button')].filter((button) => button.checkVisibility() && !button.textContent.trim() && !button.ariaLabel).length,
  };
}
const ANATOMY = { lang: 'en', titled: true, main: 1, h1: 1, skips: false, nameless: [], buttons: 0 };

let server;
before(async () => {
  server = await startServer();
});
after(() => server?.stop());

const addressOf = (file) => `${server.origin}/${file === 'index.html' ? '' : file}`;

describe('in Chromium', () => {
  let browser;
  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser?.close());

  for (const file of PAGES) {
    test(file, async () => {
      const page = await openPage(browser, { viewport: { width: 390, height: 800 } });
      await page.goto(addressOf(file), { waitUntil: 'load' });
      assert.deepEqual(await page.evaluate(anatomy), ANATOMY);
      // A phone shows a page as wide as it is.
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(wide <= 0, `${wide} pixels stick out to the side`);
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    });
  }
});

describe('in Firefox', { skip: noFirefox }, () => {
  let browser;
  before(async () => {
    browser = await launchFirefox();
  });
  after(() => browser?.close());

  for (const file of PAGES) {
    test(file, async () => {
      const page = await openFirefoxPage(browser);
      await page.goto(addressOf(file), { waitUntil: 'load' });
      assert.deepEqual(await page.evaluate(anatomy), ANATOMY);
      assert.deepEqual(page.complaints, []);
      await page.close();
    });
  }
});
