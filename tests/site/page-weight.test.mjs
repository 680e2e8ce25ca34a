/** What a page of the site makes a phone fetch: its own modules, as they are sent. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';

const site = new URL('../../public/', import.meta.url);
/** In bytes, with Brotli at its best: a phone gets a little more from a server in a hurry. */
const LIMIT = 10 * 1024;

/** The modules that `entry` needs, itself included. */
function modulesOf(entry, found = new Set()) {
  if (found.has(entry.href)) return found;
  found.add(entry.href);
  for (const [, path] of readFileSync(entry, 'utf8').matchAll(/^import .* from '(.+)';$/gm)) modulesOf(new URL(path, entry), found);
  return found;
}

for (const page of ['index.html', 'lab.html']) {
  test(`the scripts of ${page} are less than 10 KiB, and each is asked for at once`, () => {
    const html = readFileSync(new URL(page, site), 'utf8');
    const [, entry] = /<script type="module" src="\/(.+?)">/.exec(html);
    const modules = [...modulesOf(new URL(entry, site))].map((href) => new URL(href));
    const size = modules.reduce((sum, module) => sum + brotliCompressSync(readFileSync(module)).length, 0);
    assert.ok(size < LIMIT, `${size} bytes`);
    // Found one in the other, they would take a way to the server each.
    const announced = [...html.matchAll(/rel="modulepreload" href="\/(.+?)"/g)].map(([, path]) => path);
    const needed = modules.map(({ href }) => href.slice(site.href.length)).filter((path) => path !== entry);
    assert.deepEqual(announced.sort(), needed.sort());
  });
}
