/**
 * Pages driven by puppeteer: in Firefox, which playwright cannot drive as it is, and in a
 * Chromium that hides a tab behind another, which playwright keeps it from.
 *
 * A page's policy forbids what waits inside of it, so it is asked again and again.
 */

import { eventually } from '../e2e/streams.mjs';

/** Generous: on a busy machine a condition may take long, and only a hang should fail. */
const PATIENCE_MS = 60_000;

/** A page in a context of its own; `page.complaints` gathers errors of script and CSP. */
export async function openPage(browser) {
  return watched(await (await browser.createBrowserContext()).newPage());
}

/** Another tab of the same browser, in front of the first. */
export async function openBeside(page) {
  return watched(await page.browserContext().newPage());
}

function watched(page) {
  page.setDefaultTimeout(PATIENCE_MS);
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  page.on('console', (message) => {
    if (['error', 'warn'].includes(message.type())) page.complaints.push(message.text());
  });
  return page;
}

/** Errors of the page's script; that a wire was cut is told as one of the network. */
export const faultsOf = (page) =>
  page.complaints.filter((text) => !/net::ERR|WebSocket connection to|establish a connection|interrupted while|status of 503/.test(text));

/** What stands in each of these, without what stands beside it, such as the time of an item. */
export const textsOf = (page, selector) =>
  page.evaluate((where) => [...document.querySelectorAll(where)].map((node) => node.firstChild?.textContent ?? ''), selector);

/** Waits until these stand there, in this order, and nothing else. */
export const untilTexts = (page, selector, wanted) =>
  eventually(() => textsOf(page, selector), (texts) => JSON.stringify(texts) === JSON.stringify(wanted), PATIENCE_MS);

/** Waits until the text of `selector` matches. */
export const untilText = (page, selector, pattern) =>
  eventually(() => page.evaluate((where) => document.querySelector(where)?.textContent ?? '', selector), (text) => pattern.test(text), PATIENCE_MS);

/** Types a line into the field of a page and sends it, as a person does. */
export async function write(page, text) {
  await page.bringToFront();
  await (await page.$('#text')).type(text);
  await page.keyboard.press('Enter');
}
