/** A real browser for the tests, and what every page opened in it has to keep to. */

import { chromium } from 'playwright-core';

import { launched } from './launch.mjs';

/** Generous: on a busy machine a condition may take long, and only a hang should fail. */
const PATIENCE_MS = 60_000;

/** The browser is for the pages under test only; it has no business elsewhere. */
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

/** `options` are playwright's. */
export function launchChromium(options = {}) {
  const how = { ...options, executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: FLAGS };
  return launched(() => chromium.launch(how));
}

/** A page in a context of its own; `page.complaints` gathers errors of script, network and CSP. */
export async function openPage(browser, options = {}) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) page.complaints.push(message.text());
  });
  return page;
}

/** Waits until the text of `selector` matches; timing decides nothing. */
export function textOf(page, selector, pattern) {
  return page.waitForFunction(
    ([where, source]) => new RegExp(source).test(document.querySelector(where)?.textContent ?? ''),
    [selector, pattern.source],
  );
}

/** Slows what the page sends to `bytesPerSecond`; call the result to let go. */
export async function throttleUpload(page, bytesPerSecond) {
  const session = await page.context().newCDPSession(page);
  const emulate = (uploadThroughput) =>
    session.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput });
  await session.send('Network.enable');
  await emulate(bytesPerSecond);
  return () => emulate(-1);
}
