/** Every page has the same masthead; there is no build step that would see to it. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const site = new URL('../../public/', import.meta.url);

test('every page has the same masthead, but for which page it is', () => {
  const mastheads = new Map();
  for (const page of readdirSync(site).filter((name) => name.endsWith('.html'))) {
    const [masthead] = /<header class="masthead">.*?<\/header>/s.exec(readFileSync(new URL(page, site), 'utf8')) ?? [];
    assert.ok(masthead, page);
    mastheads.set(page, masthead.replace(' aria-current="page"', ''));
  }
  for (const [page, masthead] of mastheads) assert.equal(masthead, mastheads.get('index.html'), page);
});
