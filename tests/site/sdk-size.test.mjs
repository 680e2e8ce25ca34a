/** What a page pays for the SDK. A change that breaks the budget is a choice. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

/** All of its modules as they are served, comments and all, gzipped together. The goal is 6 KB. */
const BUDGET_BYTES = 7_450;

test('the SDK stays small', () => {
  const folder = new URL('../../public/sdk/', import.meta.url);
  const reached = new Set();
  const read = (name) => {
    if (reached.has(name)) return '';
    reached.add(name);
    const code = readFileSync(new URL(name, folder), 'utf8');
    return code + [...code.matchAll(/from '\.\/([\w-]+\.js)'/g)].map(([, other]) => read(other)).join('');
  };
  const size = gzipSync(read('tidings.js'), { level: 9 }).length;
  assert.ok(size <= BUDGET_BYTES, `${size} bytes gzipped, the budget is ${BUDGET_BYTES}`);
  assert.ok(reached.size > 1, 'its modules are counted too');
});
