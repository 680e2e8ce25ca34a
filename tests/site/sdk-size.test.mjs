/** What a page pays for the SDK. A change that breaks a budget is a choice. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { minified } from '../../scripts/minify.mjs';

const folder = new URL('../../public/sdk/', import.meta.url);
const read = (name) => readFileSync(new URL(name, folder), 'utf8');
const sizeOf = (text) => gzipSync(text, { level: 9 }).length;

/** Of `tidings.min.js`, gzipped. */
const BUDGET_BYTES = 6_000;
/** Of the modules that it is made of as they are served, comments and all, gzipped together. */
const MODULES_BUDGET_BYTES = 8_300;
/** Of `elements.min.js`, gzipped, without the SDK. */
const ELEMENTS_BUDGET_BYTES = 17_000;

test('what is minified is what the modules are now', async () => {
  for (const [name, code] of await minified()) assert.equal(read(name), code, `${name} is old: npm run minify`);
});

test('the SDK stays small, minified or as it is written', () => {
  const reached = new Set();
  const reach = (name) => {
    if (reached.has(name)) return '';
    reached.add(name);
    const code = read(name);
    return code + [...code.matchAll(/from '\.\/([\w-]+\.js)'/g)].map(([, other]) => reach(other)).join('');
  };
  const modules = sizeOf(reach('tidings.js'));
  assert.ok(modules <= MODULES_BUDGET_BYTES, `${modules} bytes gzipped, the budget is ${MODULES_BUDGET_BYTES}`);
  assert.ok(reached.size > 1, 'its modules are counted too');
  const one = sizeOf(read('tidings.min.js'));
  assert.ok(one <= BUDGET_BYTES, `${one} bytes gzipped, the budget is ${BUDGET_BYTES}`);
});

test('the elements stay small, and bring no SDK of their own', () => {
  const code = read('elements.min.js');
  assert.ok(sizeOf(code) <= ELEMENTS_BUDGET_BYTES, `${sizeOf(code)} bytes gzipped, the budget is ${ELEMENTS_BUDGET_BYTES}`);
  assert.match(code, /from"\.\/tidings\.min\.js"/);
  assert.doesNotMatch(code, /new EventSource|new WebSocket/);
});
