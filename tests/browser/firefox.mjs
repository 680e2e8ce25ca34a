/** Firefox for the tests, over WebDriver BiDi, with the same demands as on Chromium. */

import puppeteer from 'puppeteer-core';

export { openPage as openFirefoxPage } from './puppeteer-page.mjs';

/** Why there is none, for a test to be skipped with; `false` where there is one. */
export const noFirefox = process.env.FIREFOX ? false : 'there is no Firefox: name one in FIREFOX';

export function launchFirefox() {
  return puppeteer.launch({ browser: 'firefox', executablePath: process.env.FIREFOX, headless: true });
}
