// The recipes' rules, their producers, and what they say of the wire. Their pages
// are in tests/browser/recipes.test.mjs.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";

import { openStream } from "./event-source.mjs";
import { blocksOf, readRecipeFile, recipe, recipeNames } from "./recipe.mjs";
import { startServer } from "./server.mjs";
import { freshName, streamAt } from "./streams.mjs";

/** Lines of code that a recipe may have, in all its blocks. */
const MOST_LINES = 20;

let server;
before(async () => {
  server = await startServer();
});
after(() => server?.stop());

/** A recipe with a stream of its own. */
function prepare(name) {
  const stream = streamAt(server.origin, freshName(name));
  return { stream, code: recipe(name, { origin: server.origin, stream: stream.name }) };
}

const textOf = (events, type) => events.filter((event) => event.type === type).map(({ data }) => JSON.parse(data)).join("");

describe("the documents", () => {
  for (const name of recipeNames()) {
    test(`${name} has at most ${MOST_LINES} lines of code, and says what it does when the wire is cut`, () => {
      const lines = blocksOf(name).flatMap(({ code }) => code.split("\n")).filter((line) => line.trim());
      assert.ok(lines.length > 0 && lines.length <= MOST_LINES, `it has ${lines.length}`);
      const text = readRecipeFile(`${name}.md`);
      assert.match(text, /^\*\*When the wire is cut\*\*/m);
      assert.match(text, /^\*\*Worth knowing\.\*\*/m);
    });
  }

  test("the index has all of them", () => {
    const linked = [...readRecipeFile("README.md").matchAll(/\]\((\w+)\.md\)/g)].map(([, name]) => name);
    assert.deepEqual(linked.sort(), recipeNames().sort());
  });
});

test("feed: the publisher's line run again is still one story", async () => {
  const { stream, code } = prepare("feed");
  const [first] = await code.runShell();
  const [again] = await code.runShell();
  assert.deepEqual([first.accepted, again.accepted, again.duplicates], [1, 0, 1]);
  assert.equal(again.cursor, first.cursor);
  const reader = openStream(`${stream.url}?after=start`);
  await reader.untilEvents(1);
  assert.deepEqual(reader.data, [{ title: "Rain at last" }]);
  reader.cut();
});

test("notifications: what is configured is kept for 30 days", async () => {
  const { stream, code } = prepare("notifications");
  await code.runShell();
  assert.equal((await stream.snapshot()).retain_seconds, 30 * 24 * 60 * 60);
});

describe("progress", () => {
  test("who comes late gets where it stands and the end, who comes back a 204", async () => {
    const { stream, code } = prepare("progress");
    await code.runModule();
    const late = openStream(stream.url);
    await late.untilEnd();
    assert.deepEqual(late.events.map(({ type }) => type), ["progress", "succeeded"]);
    assert.equal(late.data[0].percent, 100);
    const back = openStream(stream.url, { lastEventId: late.lastEventId });
    await back.untilEnd();
    assert.equal(back.status, 204);
  });

  test("a job that is asked to stop stops, and says so", async () => {
    const { stream, code } = prepare("progress");
    await fetch(stream.url, { method: "PUT" });
    assert.ok((await stream.cancel()).ok);
    await code.runModule();
    const late = openStream(`${stream.url}?after=start`);
    await late.untilEnd();
    assert.deepEqual(late.events.map(({ type }) => type), ["cancel", "progress", "cancelled"]);
  });
});

test("ticker: pages have every tick, a reader that comes back the newest of each symbol", async () => {
  const { stream, code } = prepare("ticker");
  const { cursor } = (await code.runShell()).at(-1);
  const ticks = Array.from({ length: 100 }, (_, n) => ({ type: "tick", data: { symbol: n % 2 ? "ACME" : "EMCA", price: n } }));
  await stream.publish(...ticks);
  const back = openStream(stream.url, { lastEventId: cursor });
  await back.untilEvents(2);
  assert.deepEqual(back.data, [{ symbol: "EMCA", price: 98 }, { symbol: "ACME", price: 99 }]);
  const page = await (await fetch(`${stream.url}/events?after=${cursor}&limit=500`)).json();
  assert.deepEqual(page.events.map(({ data }) => data), ticks.map(({ data }) => data));
  back.cut();
});

test("tokens: the server is killed in mid-answer, and every token is there once", async () => {
  const { stream, code } = prepare("tokens");
  const { publish } = await code.runModule();
  const tokens = Array.from({ length: 1_200 }, (_, n) => (n % 7 ? ` word${n}` : "\n\ud83e\udd80\r\n"));
  const reader = openStream(`${stream.url}?after=start`);
  await reader.untilHeaders();
  for (const data of tokens.slice(0, 600)) publish({ type: "token", data });
  await reader.untilEvents(1);
  // Of the request that is on its way everything may be lost, or only the answer.
  const back = server.kill();
  for (const data of tokens.slice(600)) publish({ type: "token", data });
  await back;
  await publish({ type: "done", final: true });
  await reader.untilEnd();
  const rest = openStream(stream.url, { lastEventId: reader.lastEventId });
  await rest.untilEnd();
  assert.equal(textOf([...reader.events, ...rest.events], "token"), tokens.join(""));
  const whole = openStream(`${stream.url}?after=start`);
  await whole.untilEnd();
  assert.equal(whole.events.length, tokens.length + 1);
  assert.equal(textOf(whole.events, "token"), tokens.join(""));
});

describe("binary", () => {
  const KIB = 1024;
  const publishText = (stream, body) =>
    fetch(`${stream.url}/events`, { method: "POST", headers: { "Content-Type": "text/plain" }, body });
  const publishJson = (stream, data) =>
    fetch(`${stream.url}/events`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ data }),
    });

  test("48 KiB of bytes are one event, to the byte", async () => {
    const stream = streamAt(server.origin);
    const bytes = randomBytes(48 * KIB);
    const reader = openStream(stream.url);
    await reader.untilHeaders();
    assert.equal((await publishText(stream, bytes.toString("base64"))).status, 200);
    await reader.untilEvents(1);
    assert.ok(Buffer.from(reader.events[0].data, "base64").equals(bytes));
    const quoted = randomBytes(49_149);
    assert.equal((await publishJson(stream, quoted.toString("base64"))).status, 200);
    await reader.untilEvents(2);
    assert.ok(Buffer.from(JSON.parse(reader.events[1].data), "base64").equals(quoted));
    reader.cut();
  });

  test("one byte of text more is a 413 that names the limit", async () => {
    const stream = streamAt(server.origin);
    for (const answer of [
      await publishText(stream, "A".repeat(64 * KIB + 1)),
      await publishJson(stream, randomBytes(49_150).toString("base64")),
    ]) {
      const { status, limit } = await answer.json();
      assert.deepEqual([answer.status, status, limit], [413, 413, 64 * KIB]);
    }
  });

  test("what is larger goes in parts, 760 KiB in one request", async () => {
    const { stream, code } = prepare("binary");
    const { publish } = await code.runModule();
    const bytes = randomBytes(760 * KIB);
    assert.equal((await publish(bytes, "application/octet-stream")).status, 200);
    const reader = openStream(`${stream.url}?after=start`);
    await reader.untilEvent("file");
    const parts = reader.events.filter(({ type }) => type === "part").map(({ data }) => Buffer.from(JSON.parse(data), "base64"));
    assert.ok(Buffer.concat(parts).equals(bytes));
    assert.deepEqual(reader.data.at(-1), { type: "application/octet-stream", bytes: bytes.length });
    reader.cut();
  });
});
