/** Firefox for the tests, over WebDriver BiDi, with the same demands as on Chromium. */

import puppeteer from 'puppeteer-core';

/** Why there is none, for a test to be skipped with; `false` where there is one. */
export const noFirefox = process.env.FIREFOX ? false : 'there is no Firefox: name one in FIREFOX';

export function launchFirefox() {
  return puppeteer.launch({ browser: 'firefox', executablePath: process.env.FIREFOX, headless: true });
}

/** A page; `page.complaints` gathers errors of script and CSP. */
export async function openFirefoxPage(browser) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  page.on('console', (message) => {
    if (['error', 'warn'].includes(message.type())) page.complaints.push(message.text());
  });
  return page;
}
