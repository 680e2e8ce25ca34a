/** Chromium's own WebSocket, taken through what every client of rooms is taken through. */

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Conversation, FINAL } from '../clients/conversation.mjs';
import { Member } from '../clients/member.mjs';
import { enter, kickedJourney, pacedJourney, roomAt, roomJourney, silentJourney } from '../clients/room-journey.mjs';
import { startServer } from '../e2e/server.mjs';
import { launchChromium, openPage } from './chromium.mjs';

let server;
let browser;

before(async () => {
  server = await startServer();
  browser = await launchChromium();
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Runs in the page; the tests hand it over as it is written here. */
function join(url, onFrame, onEnd, { pulse = 30_000 } = {}) {
  let socket;
  let timer;
  let ended = false;
  const conversation = new Conversation((text) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(text);
  }, onFrame);
  const watch = setInterval(() => {
    if (socket.readyState !== WebSocket.OPEN || conversation.isAlive()) return;
    // Browsers wait long for the answer to a close: not with them.
    socket.onmessage = socket.onclose = null;
    socket.close();
    connect();
  }, pulse);
  const end = () => {
    ended = true;
    clearInterval(watch);
    clearTimeout(timer);
  };
  function connect() {
    socket = new WebSocket(`${url}&after=${conversation.after}`, 'tidings.v1');
    socket.onmessage = ({ data }) => {
      if (typeof data === 'string') conversation.hear(data);
    };
    socket.onclose = ({ code }) => {
      if (ended) return;
      if (FINAL.includes(code)) {
        end();
        onEnd(code);
      } else {
        // Not all at once, after a restart say.
        timer = setTimeout(connect, 1000 + 1000 * Math.random());
      }
    };
  }
  connect();
  return {
    say: (frame) => conversation.say(frame),
    leave() {
      end();
      socket.close(1000);
    },
  };
}

async function start(url, options) {
  const member = new Member();
  const page = await openPage(browser);
  await page.exposeFunction('onFrame', (frame) => member.add(frame));
  await page.exposeFunction('onEnd', (code) => member.stop(code));
  // A page of the same origin, so that access from other sites has no part in this.
  await page.goto(new URL('/404.html', url.replace('ws', 'http')).href);
  await page.evaluate(
    ([code, where, how]) => {
      globalThis.member = (0, eval)(code)(where, globalThis.onFrame, globalThis.onEnd, how);
    },
    [`(() => { const FINAL = ${JSON.stringify(FINAL)}; ${Conversation}; return ${join}; })()`, url, options],
  );
  // Judged by what the member sees; a page may be gone at the end.
  member.say = (frame) => page.evaluate((said) => globalThis.member.say(said), frame).catch((error) => member.stop(String(error)));
  member.leave = () => page.evaluate(() => globalThis.member.leave()).catch(() => {});
  return member;
}

test('WebSocket: cut, unanswered, refused, restarted and crashed, it has every message once', async () => {
  await roomJourney(server, start);
});

test('WebSocket: told to wait, it says everything in order', async () => {
  await pacedJourney(server, start);
});

test('WebSocket: without a word of the other side, it comes back', async () => {
  await silentJourney(server, (url) => start(url, { pulse: 1000 }));
});

test('WebSocket: removed from the room, it stays away', async () => {
  await kickedJourney(server, start);
});

test('WebSocket: a refusal looks like a cut', async () => {
  const page = await openPage(browser);
  await page.goto(`${server.origin}/404.html`);
  const code = await page.evaluate(
    (url) => new Promise((resolve) => { new WebSocket(url).onclose = (event) => resolve(event.code); }),
    `${roomAt(server.origin).url.replace('http', 'ws')}?key=short`,
  );
  assert.equal(code, 1006);
});

test('WebSocket: it leaves for good, and is gone at once', async () => {
  const room = roomAt(server.origin);
  const { proxy, member } = await enter(room, start);
  try {
    await member.untilWelcomes(1);
    await member.leave();
    await room.untilEmpty();
    assert.equal(member.stopped, undefined, 'that is no news to it');
  } finally {
    await proxy.stop();
  }
});
