/** Chromium's own EventSource, taken through what every client is taken through. */

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Follower } from '../clients/follower.mjs';
import { lossyJourney, RESTLESS, rotatedJourney, SHORT_LIVED, TYPES } from '../clients/journey.mjs';
import { startServer } from '../e2e/server.mjs';
import { launchChromium, openPage } from './chromium.mjs';

let restless;
let shortLived;
let browser;

before(async () => {
  restless = await startServer({ vars: RESTLESS });
  shortLived = await startServer({ vars: SHORT_LIVED });
  browser = await launchChromium();
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
});
after(async () => {
  await browser?.close();
  await restless?.stop();
  await shortLived?.stop();
});

/** Runs in the page; the tests hand it over as it is written here. */
function follow(url, types, onEvent, onEnd) {
  const source = new EventSource(url);
  for (const type of types) source.addEventListener(type, onEvent);
  source.addEventListener('error', () => {
    // Otherwise it is about to come back by itself.
    if (source.readyState === EventSource.CLOSED) onEnd();
  });
  return source;
}

async function start(url) {
  const follower = new Follower();
  const page = await openPage(browser);
  await page.exposeFunction('onEvent', (event) => follower.add(event));
  await page.exposeFunction('onEnd', () => follower.stop('closed'));
  // A page of the same origin, so that CORS has no part in this.
  await page.goto(new URL('/404.html', url).href);
  await page.evaluate(
    ([code, where, types]) => {
      const tell = ({ type, data, lastEventId }) => globalThis.onEvent({ type, data, id: lastEventId });
      globalThis.source = (0, eval)(`(${code})`)(where, types, tell, () => globalThis.onEnd());
    },
    [follow.toString(), url, TYPES],
  );
  return follower;
}

test('EventSource: cut and refused, it has every event once', async () => {
  const follower = await lossyJourney(restless, start);
  assert.equal(follower.stopped, 'closed');
});

test('EventSource: ended by the server between events, it has every event once', async () => {
  const follower = await rotatedJourney(shortLived, start);
  assert.equal(follower.stopped, 'closed');
});
