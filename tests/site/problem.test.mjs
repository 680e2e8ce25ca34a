import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemSentence, readProblem } from '../../public/upload/problem.js';

test('title and detail make one sentence', () => {
  assert.equal(problemSentence(409, { title: 'Conflict', detail: 'the name is taken' }), 'Conflict: the name is taken.');
  assert.equal(problemSentence(409, { title: 'Conflict.', detail: 'The name is taken.' }), 'Conflict: The name is taken.');
  assert.equal(problemSentence(413, { title: 'Too large' }), 'Too large.');
  assert.equal(problemSentence(413, { detail: 'At most 5 GB!' }), 'At most 5 GB!');
  assert.equal(problemSentence(413, { title: 'Too large', detail: 'Too large: at most 5 GB' }), 'Too large: at most 5 GB.');
});

test('without words of the server, the status speaks', () => {
  assert.equal(problemSentence(503, null), 'The server is not available right now.');
  assert.equal(problemSentence(418, { title: 7, detail: {} }), 'The server answered with status 418.');
});

test('only problem documents are read; a page of a proxy is not', async () => {
  const problem = new Response('{"title":"Gone"}', { status: 410, headers: { 'content-type': 'application/problem+json; charset=utf-8' } });
  assert.equal(await readProblem(problem), 'Gone.');
  const page = new Response('<h1>Bad gateway</h1>', { status: 502, headers: { 'content-type': 'text/html' } });
  assert.equal(await readProblem(page), 'The server answered with status 502.');
  const broken = new Response('{', { status: 409, headers: { 'content-type': 'application/problem+json' } });
  assert.equal(await readProblem(broken), 'This name is already in use.');
});
