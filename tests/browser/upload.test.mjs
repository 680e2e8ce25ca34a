/** The upload page in a real browser, against a real server. */

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, afterEach, before, test } from 'node:test';
import { startServer } from '../e2e/server.mjs';
import { launchChromium, openPage, textOf, throttleUpload } from './chromium.mjs';
import { weakTexts } from './contrast.mjs';

const MEGABYTE = 1_000_000;
const THEMES = ['light', 'dark'];

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

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const fileOf = (buffer, name = 'sample.bin') => ({ name, mimeType: 'application/octet-stream', buffer });
const freshName = (label) => `${label}-${randomBytes(6).toString('hex')}`;
const uploadPage = () => `${server.origin}/upload.html`;

async function openUpload(options) {
  const page = await openPage(browser, options);
  await page.goto(uploadPage());
  await page.locator('#file').waitFor({ state: 'attached' });
  await page.locator('#intake').waitFor();
  return page;
}

async function watch(name, options) {
  const page = await openPage(browser, options);
  await page.goto(`${uploadPage()}#${name}`);
  return page;
}

const digestOf = (page) => page.locator('#digest').textContent();
const done = (page) => textOf(page, '#status', /^Done/);

/** An upload from Node that sends what it is told, when it is told. */
function heldUpload(name, length) {
  const { readable, writable } = new TransformStream();
  const writer = writable.getWriter();
  const answer = fetch(`${server.origin}/v1/jobs/digest/${name}`, {
    method: 'PUT',
    body: readable,
    duplex: 'half',
    headers: length ? { 'content-length': String(length) } : {},
  });
  answer.catch(() => {}); // judged where it is awaited
  return { write: (bytes) => writer.write(bytes), end: () => writer.close(), answer };
}

test('a file goes up, the bar goes to 100 %, the digest is right', async () => {
  const bytes = randomBytes(6 * MEGABYTE);
  const page = await openUpload();
  await page.evaluate(() => {
    const bar = document.getElementById('bar');
    globalThis.seen = [];
    new MutationObserver(() => globalThis.seen.push(Number(bar.getAttribute('aria-valuenow'))))
      .observe(bar, { attributeFilter: ['aria-valuenow'] });
  });
  await page.setInputFiles('#file', fileOf(bytes));
  await done(page);
  assert.equal(await digestOf(page), sha256(bytes));
  assert.equal(await page.locator('#bar').getAttribute('aria-valuenow'), '100');
  const seen = await page.evaluate(() => globalThis.seen);
  assert.deepEqual(seen, [...seen].sort((a, b) => a - b), 'never backwards');
  assert.equal(await page.locator('#subject').textContent(), 'sample.bin');
  assert.equal(await page.locator('#connection').textContent(), 'done');
  assert.deepEqual(page.complaints, []);
});

test('lines are counted', async () => {
  const page = await openUpload();
  await page.setInputFiles('#file', fileOf(Buffer.from('a\n'.repeat(1234)), 'lines.txt'));
  await done(page);
  assert.equal(await page.locator('#figure-lines').textContent(), '1,234');
});

test('an empty file has a digest too', async () => {
  const page = await openUpload();
  await page.setInputFiles('#file', fileOf(Buffer.alloc(0), 'empty'));
  await done(page);
  assert.equal(await digestOf(page), sha256(''));
  assert.equal(await page.locator('#bar').getAttribute('aria-valuenow'), '100');
});

test('the shared link: one who joins in the middle, one who comes after the end', async () => {
  const bytes = randomBytes(3 * MEGABYTE);
  const uploader = await openUpload();
  const release = await throttleUpload(uploader, MEGABYTE / 4);
  await uploader.setInputFiles('#file', fileOf(bytes));
  const link = await uploader.locator('#share').inputValue();

  const middle = await openPage(browser);
  await middle.goto(link);
  for (const page of [uploader, middle]) {
    await page.waitForFunction(() => {
      const now = Number(document.getElementById('bar').getAttribute('aria-valuenow'));
      return now > 0 && now < 100;
    });
    await textOf(page, '#connection', /^live$/);
    await textOf(page, '#figure-rate', /\/s$/);
  }
  assert.equal(await middle.locator('#cancel').isVisible(), false, 'read-only');
  await release();
  await Promise.all([done(uploader), done(middle)]);

  const late = await openPage(browser);
  await late.goto(link);
  await done(late);
  for (const page of [uploader, middle, late]) {
    assert.equal(await digestOf(page), sha256(bytes));
    assert.deepEqual(page.complaints, []);
  }
});

test('?stream=NAME is followed like #NAME, and one may come before the start', async () => {
  const name = freshName('early');
  const page = await openPage(browser);
  await page.goto(`${uploadPage()}?stream=${name}`);
  await textOf(page, '#status', /^Waiting/);
  const upload = heldUpload(name);
  await upload.write(Buffer.from('hello'));
  await upload.end();
  await upload.answer;
  await done(page);
  assert.equal(await digestOf(page), sha256('hello'));
});

test('an unknown total: the bar moves and claims nothing', async () => {
  const name = freshName('chunked');
  const page = await watch(name);
  const upload = heldUpload(name);
  await upload.write(Buffer.alloc(1000));
  await page.locator('.bar-indeterminate').waitFor();
  assert.equal(await page.locator('#bar').getAttribute('aria-valuenow'), null);
  await upload.end();
  await done(page);
  assert.equal(await page.locator('#bar').getAttribute('aria-valuenow'), '100');
});

test('nothing on the page moves while a stream is followed', async () => {
  const name = freshName('still');
  const page = await openPage(browser, { viewport: { width: 390, height: 844 } });
  await page.addInitScript(() => {
    globalThis.shifts = [];
    new PerformanceObserver((list) => {
      for (const { sources } of list.getEntries()) {
        globalThis.shifts.push(...sources.map(({ node }) => node?.id || String(node?.nodeName)));
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await page.goto(`${uploadPage()}#${name}`);
  const upload = heldUpload(name);
  await upload.write(Buffer.alloc(1000));
  await page.locator('.bar-indeterminate').waitFor();
  await upload.end();
  await done(page);
  assert.deepEqual(await page.evaluate(() => globalThis.shifts), []);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'no sideways scrolling');
});

/** Answers the requests for one stream from a list; the last answer repeats. */
async function scripted(page, name, answers) {
  await page.route(`**/v1/streams/${name}*`, (route) =>
    route.fulfill(answers.length > 1 ? answers.shift() : answers[0]));
}

const sse = (body) => ({ status: 200, contentType: 'text/event-stream', body: `retry: 20\n\n${body}` });
const progressAt = (seq, done) => `id: e.${seq}\nevent: progress\ndata: {"done":${done},"total":4,"unit":"bytes"}\n\n`;
const problem = (status, title) => ({
  status, contentType: 'application/problem+json', body: JSON.stringify({ title, status }),
});

test('connections come and go: an error is not the end, and 503 is not for ever', async () => {
  const page = await openPage(browser);
  await scripted(page, 'shaky', [
    sse(progressAt(1, 1)),
    sse(progressAt(2, 2)),
    problem(503, 'Restarting'), // EventSource gives up here,
    problem(503, 'Restarting'), // is asked why,
    sse(progressAt(3, 3)), // and a new one goes on.
    sse('id: e.4\nevent: succeeded\ndata: {"sha256":"abc","bytes":4,"lines":1}\n\n'),
    { status: 204 },
  ]);
  await page.goto(`${uploadPage()}#shaky`);
  await done(page);
  assert.equal(await digestOf(page), 'abc');
});

test('a stream that may not be read says so; one that ended in its own way is over', async () => {
  const page = await openPage(browser);
  await scripted(page, 'private', [problem(403, 'You may not read this stream')]);
  await page.goto(`${uploadPage()}#private`);
  await textOf(page, '#status', /^You may not read this stream\.$/);
  await textOf(page, '#connection', /^not connected$/);

  const other = await openPage(browser);
  await scripted(other, 'odd', [sse(progressAt(1, 1)), { status: 204 }]);
  await other.goto(`${uploadPage()}#odd`);
  await textOf(other, '#status', /^This stream has ended\.$/);
  await textOf(other, '#connection', /^done$/);
});

test('a used name is refused in words, and the other digest is never shown', async () => {
  const name = freshName('taken');
  const first = heldUpload(name);
  await first.write(Buffer.from('first'));
  await first.end();
  assert.equal((await first.answer).status, 200);

  const page = await openUpload();
  await page.evaluate(() => {
    globalThis.digests = [];
    new MutationObserver(() => globalThis.digests.push(document.getElementById('digest').textContent))
      .observe(document.getElementById('digest'), { childList: true, characterData: true, subtree: true });
  });
  await page.fill('#name', name);
  await page.setInputFiles('#file', fileOf(randomBytes(2 * MEGABYTE)));
  await textOf(page, '#status', /^Not accepted\. .{10,}/);
  assert.ok(!(await page.evaluate(() => globalThis.digests)).includes(sha256('first')));
  assert.equal(await page.locator('#again').isVisible(), true);
});

test('a name that cannot be one is refused before anything is sent', async () => {
  const page = await openUpload();
  await page.fill('#name', 'not a name');
  await textOf(page, '#refusal', /letters, digits/);
  await page.setInputFiles('#file', fileOf(Buffer.from('x')));
  assert.equal(await page.locator('#intake').isVisible(), true);
  const lost = await watch('%3Cb%3Ebold');
  await textOf(lost, '#status', /names no stream/);
  assert.equal(await lost.locator('#subject b').count(), 0, 'text stays text');
});

test('cancelling stops the upload, and those who watch hear of it', async () => {
  const page = await openUpload();
  await throttleUpload(page, MEGABYTE / 4);
  await page.setInputFiles('#file', fileOf(randomBytes(8 * MEGABYTE)));
  const watcher = await openPage(browser);
  await watcher.goto(await page.locator('#share').inputValue());
  for (const one of [page, watcher]) {
    await one.waitForFunction(() => Number(document.getElementById('bar').getAttribute('aria-valuenow')) > 0);
  }
  await page.focus('#cancel');
  await page.keyboard.press('Enter');
  await textOf(page, '#status', /^Cancelled/);
  await textOf(watcher, '#status', /^Cancelled/);
  await page.waitForFunction(() => document.activeElement.id === 'again');
});

test('the keyboard alone: choose, follow, copy', async () => {
  const bytes = Buffer.from('typed\n');
  const page = await openPage(browser, { permissions: ['clipboard-read', 'clipboard-write'] });
  // Before the page is opened: the first listener makes Playwright switch the
  // browser to handing choosers over, and does not wait until it has. Asked
  // for just before the key, it lost that race in 18 of 40 runs.
  const chooser = page.waitForEvent('filechooser');
  chooser.catch(() => {}); // judged where it is awaited
  await page.goto(uploadPage());
  await page.locator('#intake').waitFor();
  const tabTo = async (id) => {
    for (let presses = 0; presses < 30; presses += 1) {
      if (await page.evaluate((wanted) => document.activeElement?.id === wanted, id)) return;
      await page.keyboard.press('Tab');
    }
    assert.fail(`the keyboard does not reach #${id}`);
  };
  await tabTo('file');
  await page.keyboard.press('Enter');
  await (await chooser).setFiles(fileOf(bytes, 'typed.txt'));
  await done(page);
  await tabTo('copy-digest');
  await page.keyboard.press('Enter');
  await textOf(page, '#copy-digest', /^Copied$/);
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), sha256(bytes));
  await tabTo('again');
  await page.keyboard.press('Enter');
  await page.locator('#intake').waitFor();
});

test('a file can be dropped; two files, or none, are declined', async () => {
  const page = await openUpload();
  const drop = async (names) => {
    const dataTransfer = await page.evaluateHandle((list) => {
      const transfer = new DataTransfer();
      for (const name of list) transfer.items.add(new File(['dropped\n'], name));
      return transfer;
    }, names);
    await page.dispatchEvent('#drop', 'dragover', { dataTransfer });
    await page.dispatchEvent('#drop', 'drop', { dataTransfer });
  };
  await drop(['a.txt', 'b.txt']);
  await textOf(page, '#refusal', /One file/);
  await drop([]);
  await textOf(page, '#refusal', /not a file/);
  await drop(['a.txt']);
  await done(page);
  assert.equal(await digestOf(page), sha256('dropped\n'));
});

test('the commands name this server and this stream', async () => {
  const page = await openUpload();
  await page.fill('#name', 'mine');
  assert.equal(await page.locator('#curl-upload').textContent(), `curl -T FILE ${server.origin}/v1/jobs/digest/mine`);
  assert.equal(await page.locator('#curl-follow').textContent(), `curl -N ${server.origin}/v1/streams/mine`);
});

for (const colorScheme of THEMES) {
  test(`every text can be read in the ${colorScheme} theme`, async () => {
    for (const path of ['/', '/upload.html', '/nowhere']) {
      const page = await openPage(browser, { colorScheme });
      await page.goto(server.origin + path);
      await page.locator('h1').waitFor();
      assert.deepEqual(await page.evaluate(weakTexts), [], path);
    }
    const page = await openUpload({ colorScheme });
    await page.setInputFiles('#file', fileOf(Buffer.from('x')));
    await done(page);
    assert.deepEqual(await page.evaluate(weakTexts), []);
    const [r, g, b] = await page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number));
    assert.equal(r + g + b > 380 ? 'light' : 'dark', colorScheme);
  });
}

test('pages load without a complaint, and a wrong address gets the 404 page', async () => {
  for (const path of ['/', '/upload.html']) {
    const page = await openPage(browser);
    await page.goto(server.origin + path);
    await page.locator('h1').waitFor();
    assert.deepEqual(page.complaints, [], path);
  }
  const page = await openPage(browser);
  const response = await page.goto(`${server.origin}/nowhere/at/all`);
  assert.equal(response.status(), 404);
  assert.equal(await page.locator('h1').textContent(), 'No page here');
});
