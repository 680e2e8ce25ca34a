/** Pages with elements on them, each on a wire of its own. */

import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { openPage } from './chromium.mjs';
import { hostPage } from './page-host.mjs';

const SDK = new URL('../../public/sdk/', import.meta.url);

const MODULES = Object.fromEntries(readdirSync(SDK, { recursive: true })
  .map((path) => String(path).replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.js'))
  .map((path) => [`/sdk/${path}`, readFileSync(new URL(path, SDK), 'utf8')]));

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** All that a page needs. */
export const MODULE = '<script type="module" src="/sdk/elements.js"></script>';

/**
 * The elements on a whole page, as it should be for everybody. The ground is the browser's
 * own, said aloud: axe takes one that is not for white, also in the dark.
 */
export const wholePage = (elements, html = 'lang="en"') =>
  `<!doctype html><html ${html}><head><title>Elements</title><meta name="color-scheme" content="light dark"><style>body { background: Canvas }</style>${MODULE}</head><body><main><h1>Elements</h1>${elements}</main></body></html>`;

/** A site with that page, on a wire of its own. */
export const hostElements = (html, origin) => hostPage(html, origin, MODULES);

/**
 * A site with that page, and its hosts to be stopped.
 *
 * @param {string} html
 */
export function siteOf(html, origin, hosts) {
  return {
    async visit(browser, options) {
      const host = await hostElements(html, origin);
      hosts.push(host);
      const page = await openPage(browser, { viewport: { width: 640, height: 700 }, ...options });
      await page.goto(host.url);
      return { host, page };
    },
  };
}

/** What axe finds wrong on a page, in a line for each. */
export async function accessibilityFaults(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')} ${failureSummary}`));
}

/** Errors of the page's script; that a wire was cut is told as one of the network. */
export const faultsOf = (page) => page.complaints.filter((text) => !/net::ERR|^WebSocket connection to/.test(text));
