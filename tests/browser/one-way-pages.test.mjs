/** What holds for every page of a one-way use: policy, themes, widths, refusals in words, size. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { after, afterEach, before, describe, test } from 'node:test';

import { startServer } from '../e2e/server.mjs';
import { SECRET } from '../e2e/tokens.mjs';
import { freshName, streamAt } from '../e2e/streams.mjs';
import { launchChromium, openPage, textOf } from './chromium.mjs';
import { weakTexts } from './contrast.mjs';
import { live, USES, visit } from './one-way.mjs';

/** What a page may weigh that is to be read as a recipe. */
const MAX_OWN_BYTES = 6_000;
const SITE = new URL('../../public/', import.meta.url);

let server;
let browser;
before(async () => {
  server = await startServer({ vars: { STATS_REPORT_SECONDS: '0.2' } });
  browser = await launchChromium();
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A stream with something on it for each use, and the page that shows it. */
async function prepared(use, { origin } = server) {
  const stream = streamAt(origin, freshName(use));
  const events = {
    links: [
      { type: 'progress', data: { done: 2, total: 3, unit: 'urls' } },
      { type: 'result', data: { url: 'https://example.com/a/rather/long/path/to/see/how/it/breaks', ok: true, status: 200 } },
      { type: 'result', data: { url: `https://example.com/${'x'.repeat(300)}`, ok: false, error: 'No answer within 8 seconds.' } },
      { type: 'succeeded', data: { checked: 2, ok: 1, broken: 1 }, final: true },
    ],
    feed: [{ type: 'item', data: { text: 'Rain at last', at: 1_795_376_102_896 } }, { data: 'x'.repeat(300) }],
    notifications: [{ type: 'notification', data: { text: 'x'.repeat(300) } }],
    ticker: [
      { type: 'tick', data: { symbol: 'ACME', price: 10 } },
      { type: 'tick', data: { symbol: 'EMCA', price: 10 } },
      { type: 'tick', data: { symbol: 'ACME', price: 123_456_789.25 } },
      { type: 'tick', data: { symbol: 'EMCA', price: 9 } },
    ],
    dashboard: [{ data: 1 }],
  }[use];
  if (use === 'ticker') await fetch(stream.url, { method: 'PUT', body: '{"conflate":"symbol"}' });
  await stream.publish(...events.slice(0, 2));
  const page = (options) => visit(browser, `${origin}/${use}.html#${stream.name}`, options);
  return { page, more: () => events.length > 2 && stream.publish(...events.slice(2)) };
}

const SHOWN = {
  links: '#results tbody tr:nth-child(2)',
  feed: '#items li:nth-child(2)',
  notifications: '#items li',
  ticker: '#prices tbody tr:nth-child(2) [data-direction="down"]',
  dashboard: '#events-line polyline',
};

for (const use of USES) {
  describe(use, () => {
    for (const [colorScheme, width] of [['light', 390], ['dark', 390], ['light', 1280], ['dark', 1280]]) {
      test(`nothing to complain of, to strain at or to scroll for: ${colorScheme}, ${width} px`, async () => {
        const { page: open, more } = await prepared(use);
        const page = await open({ colorScheme, viewport: { width, height: 844 } });
        if (use === 'ticker') await page.locator('#prices tbody tr:nth-child(2)').waitFor();
        await more();
        await page.locator(SHOWN[use]).waitFor({ state: 'attached' }); // a flat line has no height to be seen by
        assert.deepEqual(await page.evaluate(weakTexts), []);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'no sideways scrolling');
        assert.deepEqual(page.complaints, []);
        assert.deepEqual(await page.violations(), []);
        // A feed that grows at its top moves what is below it: that is what it is for.
        if (use !== 'feed') assert.deepEqual(await page.shifts(), []);
      });
    }

    test('without a name of a stream it works too, and says that it is live', async () => {
      const page = await visit(browser, `${server.origin}/${use}.html`);
      if (use === 'links') await page.locator('#urls').waitFor();
      else await live(page);
      assert.deepEqual(page.complaints, []);
      assert.match(await page.locator('.recipe').textContent(), /When the wire is cut/);
      assert.equal(await page.locator('.masthead .wordmark').count(), 1);
    });

    test('its source is linked, is readable as it is, and is small', async () => {
      const page = await visit(browser, `${server.origin}/${use}.html`);
      const links = await page.locator('.recipe a[href$=".js"]').evaluateAll((all) => all.map(({ href }) => href));
      assert.ok(links.includes(`${server.origin}/${use}/${use}.js`));
      for (const link of links) {
        const response = await fetch(link);
        assert.match(response.headers.get('content-type'), /javascript/, link);
        assert.match(await response.text(), /^\/\*\*/, 'it begins by saying what it is');
      }
      const modules = readdirSync(new URL(`${use}/`, SITE)).filter((file) => file.endsWith('.js'));
      const bytes = modules.reduce((sum, file) => sum + statSync(new URL(`${use}/${file}`, SITE)).size, 0);
      assert.ok(bytes < MAX_OWN_BYTES, `${bytes} bytes`);
      for (const file of modules) {
        assert.doesNotMatch(readFileSync(new URL(`${use}/${file}`, SITE), 'utf8'), /innerHTML|insertAdjacentHTML|outerHTML/);
      }
    });

    test('every control has a name, and the keyboard reaches it', async () => {
      const page = await visit(browser, `${server.origin}/${use}.html`);
      await page.locator('.recipe a').first().waitFor();
      const nameless = await page.evaluate(() =>
        [...document.querySelectorAll('button, input, textarea, a')]
          .filter((control) => control.checkVisibility() && !(control.labels?.length || control.ariaLabel || control.textContent.trim()))
          .map((control) => control.outerHTML));
      assert.deepEqual(nameless, []);
      const wanted = await page.evaluate(() =>
        [...document.querySelectorAll('button, input, textarea, a')].filter((control) => control.checkVisibility()).length);
      const reached = new Set();
      for (let presses = 0; presses < wanted; presses += 1) {
        await page.keyboard.press('Tab');
        reached.add(await page.evaluate(() => document.activeElement.outerHTML.slice(0, 90)));
      }
      assert.equal(reached.size, wanted);
    });
  });
}

describe('a deployment that is closed says so in words', () => {
  const CLOSED = {
    503: [{ PUBLIC_ACCESS: '{}' }, /TIDINGS_SECRET|PUBLIC_ACCESS/],
    401: [{ PUBLIC_ACCESS: '{}', TIDINGS_SECRET: SECRET }, /[Tt]oken/],
  };
  for (const [status, [vars, words]] of Object.entries(CLOSED)) {
    test(`${status}, to readers and to publishers`, async () => {
      const closed = await startServer({ vars });
      try {
        for (const use of USES.filter((name) => name !== 'links')) {
          const page = await visit(browser, `${closed.origin}/${use}.html`);
          await textOf(page, '#refusal', words);
          assert.equal(await page.locator('#connection[data-state="live"]').count(), 0, use);
        }
        const reader = await visit(browser, `${closed.origin}/links.html#some-check`);
        await textOf(reader, '#trouble', words);
        const links = await visit(browser, `${closed.origin}/links.html`);
        await links.fill('#urls', 'https://example.com/');
        await links.click('#form button');
        await textOf(links, '#refusal', words);
        assert.equal(await links.inputValue('#urls'), 'https://example.com/', 'nothing has to be typed again');
      } finally {
        for (const context of browser.contexts()) await context.close();
        await closed.stop();
      }
    });
  }

  test('open to readers only: they read, and what is published is refused', async () => {
    const half = await startServer({ vars: { PUBLIC_ACCESS: '{"streams":{"*":["read"]}}', TIDINGS_SECRET: SECRET } });
    try {
      for (const use of ['feed', 'notifications', 'ticker']) {
        const page = await visit(browser, `${half.origin}/${use}.html`);
        await live(page);
        if (use === 'ticker') await page.click('#burst');
        else {
          await page.fill('#text', 'kept');
          await page.press('#text', 'Enter');
        }
        await textOf(page, '#refusal', /[Tt]oken/);
        await page.locator('#send, #burst').and(page.locator(':not([aria-disabled])')).waitFor();
        if (use !== 'ticker') assert.equal(await page.inputValue('#text'), 'kept');
        assert.equal(await page.locator('#connection').textContent(), 'live', 'it reads on');
      }
    } finally {
      for (const context of browser.contexts()) await context.close();
      await half.stop();
    }
  });

  test('403 in the words of the service', async () => {
    const page = await openPage(browser);
    const body = JSON.stringify({ title: 'Forbidden', status: 403, detail: 'The token does not grant that.' });
    await page.route('**/v1/streams/**', (route) => route.fulfill({ status: 403, contentType: 'application/problem+json', body }));
    await page.goto(`${server.origin}/feed.html`);
    await textOf(page, '#refusal', /does not grant that\./);
    await textOf(page, '#connection', /^not connected$/);
  });
});
