/** The pages of the one-way uses, for their tests: opened, watched, and what each shows. */

import { openPage } from './chromium.mjs';

/** Each with what it shows when it is ready. */
export const USES = ['links', 'feed', 'dashboard', 'notifications', 'ticker'];

/** Text that would do something if it were taken for anything else. */
export const HOSTILE = '<img src=x onerror="globalThis.intruded=1"><b id="x">&amp;</b>';

/** Opens a page; `page.violations()` are what its policy refused, `page.shifts()` what has moved by itself. */
export async function visit(browser, url, options) {
  const page = await openPage(browser, options);
  await watched(page);
  await page.goto(url);
  return page;
}

/** Another tab of the same browser. */
export async function visitBeside(page, url) {
  const beside = await page.context().newPage();
  beside.complaints = [];
  beside.on('pageerror', (error) => beside.complaints.push(String(error)));
  await watched(beside);
  await beside.goto(url);
  return beside;
}

async function watched(page) {
  await page.addInitScript(() => {
    globalThis.violations = [];
    globalThis.shifts = [];
    addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
      globalThis.violations.push(`${effectiveDirective} ${blockedURI}`));
    new PerformanceObserver((list) => {
      for (const { sources, hadRecentInput } of list.getEntries()) {
        if (!hadRecentInput) globalThis.shifts.push(...sources.map(({ node }) => node?.id || String(node?.nodeName)));
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  page.violations = () => page.evaluate(() => globalThis.violations);
  page.shifts = () => page.evaluate(() => globalThis.shifts);
}

/** Waits until the stream of a page is open. */
export const live = (page) => page.locator('#connection[data-state="live"]').waitFor();

export const itemsOf = (page) => page.locator('#items li').evaluateAll((items) => items.map((item) => item.firstChild.textContent));

/** Waits until a page lists so many. */
export const untilItems = (page, count, selector = '#items li') =>
  page.waitForFunction(([where, wanted]) => document.querySelectorAll(where).length === wanted, [selector, count]);

/** Types a line into the form of a page and sends it. */
export async function sendLine(page, text) {
  await page.fill('#text', text);
  await page.press('#text', 'Enter');
  await page.waitForFunction(() => document.getElementById('text').value === '');
}
