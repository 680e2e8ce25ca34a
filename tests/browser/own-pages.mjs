/** Opening a page of the site, with all that it must never do written down. */

import { openPage } from './chromium.mjs';

/** `page.seen()`: what the policy refused, what moved by itself, whether it scrolls sideways. */
export async function openWatched(browser, url, options) {
  const page = await openPage(browser, options);
  await page.addInitScript(() => {
    globalThis.refused = [];
    globalThis.shifts = [];
    addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
      globalThis.refused.push(`${effectiveDirective} ${blockedURI}`));
    new PerformanceObserver((list) => {
      for (const { sources } of list.getEntries()) {
        globalThis.shifts.push(...sources.map(({ node }) => node?.id || node?.className || String(node?.nodeName)));
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await page.goto(url);
  page.seen = () => page.evaluate(() => ({ refused: globalThis.refused, shifts: globalThis.shifts, wide: document.documentElement.scrollWidth > innerWidth }));
  return page;
}

export const NOTHING = { refused: [], shifts: [], wide: false };
