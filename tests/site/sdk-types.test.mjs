/** The types of the SDK, against pages that use them; and its names, against its types. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import * as sdk from '../../public/sdk/tidings.js';

const pathOf = (name) => fileURLToPath(new URL(name, import.meta.url));
const TYPES = pathOf('../../public/sdk/tidings.d.ts');

test('the examples are right, and what is wrong in them is objected to', () => {
  const folder = pathOf('sdk-types/');
  const files = readdirSync(folder).map((name) => folder + name);
  const program = ts.createProgram([TYPES, ...files], {
    strict: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
    types: [],
  });
  const complaints = ts.getPreEmitDiagnostics(program);
  assert.equal(ts.formatDiagnostics(complaints, { getCurrentDirectory: () => folder, getCanonicalFileName: (name) => name, getNewLine: () => '\n' }), '');
});

test('every function that the types promise is there, and has what they promise', () => {
  const source = ts.createSourceFile('tidings.d.ts', readFileSync(TYPES, 'utf8'), ts.ScriptTarget.ES2022);
  const functions = source.statements.filter(ts.isFunctionDeclaration).map(({ name }) => name.text);
  assert.deepEqual(Object.keys(sdk).sort(), functions.sort());
  const made = { Stream: sdk.openStream('http://localhost:1/v1/streams/a'), Room: sdk.joinRoom('http://localhost:1/v1/rooms/a') };
  for (const [name, thing] of Object.entries(made)) {
    const { members } = source.statements.find((statement) => ts.isInterfaceDeclaration(statement) && statement.name.text === name);
    for (const member of members) assert.ok(member.name.text in thing, `${name}.${member.name.text}`);
    thing.close();
  }
});
