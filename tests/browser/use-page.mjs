/** The pages of the two-way uses (chat, cursors, text, orders) in a browser, in a few verbs. */

import { randomBytes } from 'node:crypto';
import { openPage, textOf } from './chromium.mjs';

export const USES = ['chat', 'cursors', 'text', 'orders'];

export const freshRoom = (use) => `${use}-${randomBytes(6).toString('hex')}`;

/** Opens a page of a use in a room, with what it does wrong in `page.complaints` and `page.refused()`. */
export async function visit(browser, origin, use, { room = freshRoom(use), name, ...options } = {}) {
  const page = await openPage(browser, { viewport: { width: 390, height: 844 }, ...options });
  await page.addInitScript((called) => {
    globalThis.violations = [];
    globalThis.shifts = [];
    addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
      globalThis.violations.push(`${effectiveDirective} ${blockedURI}`));
    new PerformanceObserver((list) => {
      for (const { sources, hadRecentInput } of list.getEntries()) {
        if (!hadRecentInput) globalThis.shifts.push(...sources.map(({ node }) => node?.id || node?.className || String(node?.nodeName)));
      }
    }).observe({ type: 'layout-shift', buffered: true });
    if (called) localStorage['tidings name'] = called;
  }, name);
  await page.goto(`${origin}/${use}.html#${room}`);
  page.refused = () => page.evaluate(() => globalThis.violations);
  page.shifts = () => page.evaluate(() => globalThis.shifts);
  return page;
}

/** The same, once it is connected. */
export async function enter(browser, origin, use, options) {
  const page = await visit(browser, origin, use, options);
  await live(page);
  return page;
}

export const live = (page) => textOf(page, '#connection', /^live$/);

/** Errors of the page's script; that a wire was cut is told as one of the network. */
export const faultsOf = (page) => page.complaints.filter((text) => !/net::ERR|WebSocket connection to/.test(text));
