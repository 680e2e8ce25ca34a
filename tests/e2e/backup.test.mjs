// Backups over real sockets: a stream, a room, the two scripts, and erasing.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { freshKey, roomAt } from "./rooms.mjs";
import { startServer } from "./server.mjs";
import { freshName, streamAt } from "./streams.mjs";

let server;
before(async () => {
  server = await startServer({ vars: { LIMIT_FRAMES_PER_SECOND: "0" } });
});
after(() => server?.stop());

const NDJSON = { "Content-Type": "application/x-ndjson" };

async function exported(url) {
  const pages = [];
  let next = `${url}/export`;
  while (next) {
    const response = await fetch(next);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("Content-Type"), "application/x-ndjson");
    pages.push(await response.text());
    const link = /^<(.+)>; rel="next"$/.exec(response.headers.get("Link") ?? "");
    next = link && server.origin + link[1];
  }
  return pages;
}

async function imported(url, body, headers = NDJSON) {
  const response = await fetch(`${url}/import`, { method: "POST", headers, body });
  return { status: response.status, ...(await response.json()) };
}

const epochOf = (backup) => JSON.parse(backup.split("\n", 1)[0]).epoch;
const inEpoch = (backup, from, to) => backup.replaceAll(`"${from}.`, `"${to}.`).replaceAll(`"${from}"`, `"${to}"`);

async function fill(stream, count) {
  for (let n = 0; n < count; n += 500) {
    const events = Array.from({ length: Math.min(500, count - n) }, (_, i) => ({
      type: "row", data: { n: n + i }, key: `k${n + i}`,
    }));
    await stream.publish(...events);
  }
}

test("backup: a stream of several pages comes back, and a power cut in the middle costs nothing", async () => {
  const stream = streamAt(server.origin);
  assert.equal((await fetch(`${stream.url}/export`)).status, 404);
  await fetch(stream.url, { method: "PUT", body: JSON.stringify({ title: "T", retain_events: 5000 }) });
  await fill(stream, 1_700);
  await stream.publish({ type: "succeeded", final: true });
  const pages = await exported(stream.url);
  assert.equal(pages.length, 4);

  const copy = streamAt(server.origin);
  // Who came too early waits, and sees it come back.
  const early = new AbortController();
  const live = await fetch(copy.url, { headers: { Accept: "text/event-stream" }, signal: early.signal });
  assert.equal((await imported(copy.url, pages[1])).status, 409);
  assert.equal((await imported(copy.url, pages[0])).accepted, 500);
  const reader = live.body.pipeThrough(new TextDecoderStream()).getReader();
  let seen = "";
  while (!seen.includes('data: {"n":499}')) seen += (await reader.read()).value;
  early.abort();
  assert.equal((await imported(copy.url, pages[1])).accepted, 500);
  await server.kill();
  // Whatever was answered is there; it is sent again from the beginning.
  const again = await imported(copy.url, pages[0]);
  assert.deepEqual([again.accepted, again.duplicates], [0, 500]);
  assert.equal((await imported(copy.url, pages[3])).status, 409);
  for (const page of pages.slice(1)) assert.equal((await imported(copy.url, page)).status, 200);

  const [one, two] = [pages.join(""), (await exported(copy.url)).join("")];
  assert.notEqual(epochOf(one), epochOf(two));
  assert.equal(inEpoch(two, epochOf(two), epochOf(one)).replace(copy.name, stream.name), one);
  const snapshot = await copy.snapshot();
  assert.deepEqual([snapshot.title, snapshot.ended], ["T", true]);
  assert.equal((await copy.publish({ key: "k1699" })).duplicates, 1);
  // A reader of the former life is told, and gets everything.
  const page = await (await fetch(`${copy.url}/events?after=${epochOf(one)}.1700&limit=1`)).json();
  assert.equal(page.gap.oldest, page.events[0].cursor);
});

test("backup: an import is refused with the line that is wrong", async () => {
  const { url } = streamAt(server.origin);
  const first = '{"tidings":"stream","version":1,"oldest":"a.1","config":{}}\n';
  const bad = await imported(url, `${first}{"cursor":"a.2","type":"x","at":1,"data":1}`);
  assert.equal(bad.status, 400);
  assert.match(bad.detail, /^In line 2: /);
  assert.equal((await imported(url, first, { "Content-Type": "text/plain" })).status, 415);
  assert.equal((await imported(url, "\n".repeat(2_001))).status, 413);
  assert.equal((await imported(url, Buffer.from([0xff]))).status, 400);
  assert.equal((await fetch(`${url}/export`)).status, 404);
  await streamAt(server.origin, url.split("/").at(-1)).publish({});
  assert.equal((await imported(url, first)).status, 409);
  assert.equal((await fetch(`${url}/export?after=nonsense`)).status, 409);
});

/** A room in which everything has happened that can. */
async function lively() {
  const room = roomAt(server.origin);
  await room.configure({ title: "Lobby" });
  const [annKey, boKey] = [freshKey(), freshKey()];
  const ann = await room.join({ name: "Ann-the-erased", key: annKey });
  const bo = await room.join({ name: "Bo", key: boKey });
  const one = await ann.ask({ type: "message", id: "a1", text: "words of ann" });
  const two = await bo.ask({ type: "message", id: "b1", text: "words of bo", reply_to: one.cursor });
  await ann.ask({ type: "edit", id: "a2", target: one.cursor, text: "words of ann, again" });
  await ann.ask({ type: "react", id: "a3", target: two.cursor, emoji: "🦀" });
  await ann.ask({ type: "message", id: "a4", data: { secret: "words of ann" } });
  await bo.ask({ type: "set", id: "b2", key: "topic", value: "rain" });
  await room.kick("nobody", "?ban_seconds=60");
  return { room, ann, bo, annKey, boKey };
}

test("backup: a room with edits, reactions, replies, state and bans", async () => {
  const { room } = await lively();
  const backup = (await exported(room.url)).join("");
  const copy = roomAt(server.origin);
  const waiting = await copy.join();
  const receipt = await imported(copy.url, backup);
  assert.deepEqual([receipt.status, receipt.accepted], [200, 5]);
  await waiting.until("reaction");
  assert.equal((await imported(copy.url, backup)).duplicates, 5);
  await server.kill();
  const again = (await exported(copy.url)).join("");
  assert.equal(inEpoch(again, epochOf(again), epochOf(backup)).replace(copy.name, room.name), backup);
  assert.match(backup, /"ban":\{"id":"nobody"/);
  const late = await copy.join();
  const welcome = late.last("welcome");
  assert.deepEqual([welcome.title, welcome.state.topic], ["Lobby", { value: "rain", version: 1 }]);
  await late.until("message", ({ data }) => data !== undefined);
  const [first, reply] = late.of("message");
  assert.equal(first.text, "words of ann, again");
  assert.equal(reply.reply_to, first.cursor);
  assert.equal(Object.keys(reply.reactions)[0], "🦀");
});

test("backup: what a member said is erased, for those who are there, come late, or look into the store", async () => {
  const { room, ann, bo } = await lively();
  const erase = async (id) => {
    const response = await fetch(`${room.url}/members/${id}/messages`, { method: "DELETE" });
    return { status: response.status, ...(await response.json()) };
  };
  assert.deepEqual(await erase(ann.id), { status: 200, erased: 2 });
  await bo.until("deleted", () => bo.of("deleted").length === 2);
  const targets = bo.of("deleted").map(({ target, from }) => [target, from.id]);
  assert.deepEqual(targets, ann.of("ack").filter(({ id }) => ["a1", "a4"].includes(id)).map(({ cursor }) => [cursor, "server"]));
  await server.kill();
  const late = await room.join({ after: "start" });
  await late.until("deleted", () => late.of("deleted").length === 2);
  const everything = [
    late.socket.texts.join("\n"),
    (await exported(room.url)).join(""),
    JSON.stringify(await room.messages()),
  ];
  for (const text of everything) {
    assert.doesNotMatch(text, /words of ann|the-erased|🦀/);
    assert.match(text, /words of bo/);
  }
  assert.deepEqual(await erase(ann.id), { status: 200, erased: 0 });
  assert.equal((await fetch(`${server.origin}/v1/rooms/${freshName()}/members/x/messages`, { method: "DELETE" })).status, 404);
});

function script(name, args, input = "") {
  const file = fileURLToPath(new URL(`../../scripts/${name}.mjs`, import.meta.url));
  const child = spawn(process.execPath, [file, ...args]);
  const out = { stdout: "", stderr: "", code: undefined };
  for (const pipe of ["stdout", "stderr"]) child[pipe].setEncoding("utf8").on("data", (text) => (out[pipe] += text));
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  return new Promise((resolve) => child.on("close", (code) => resolve({ ...out, code })));
}

test("backup: the scripts, as a person runs them", async () => {
  const stream = streamAt(server.origin);
  await fetch(stream.url, { method: "PUT", body: JSON.stringify({ retain_events: 5000 }) });
  await fill(stream, 1_200);
  const backup = await script("backup", [stream.url]);
  assert.equal(backup.code, 0, backup.stderr);
  assert.match(backup.stderr, /1200 events/);
  assert.equal(backup.stdout, (await exported(stream.url)).join(""));
  const copy = streamAt(server.origin);
  // npm's own lines, which a file has where nobody said --silent.
  const file = `\n> tidings@0.1.0 backup\n> node scripts/backup.mjs\n\n${backup.stdout}`;
  const restore = await script("restore", [copy.url], file);
  assert.equal(restore.code, 0, restore.stderr);
  assert.match(restore.stdout, /restored 1200 events/);
  const again = await script("restore", [copy.url], file);
  assert.match(again.stdout, /restored 0 events .* 1200 were there already/);
  assert.equal((await exported(copy.url)).length, 3);

  await copy.publish({ type: "own" });
  const more = backup.stdout + backup.stdout.trim().split("\n").at(-1).replace(/\.1200"/, '.1201"');
  for (const [name, args, input, words] of [
    ["backup", [], "", /the URL of a stream or a room is missing/],
    ["backup", [`${server.origin}/v1/jobs/x`], "", /is not the URL of a stream or a room/],
    ["backup", [`${server.origin}/v1/streams/${freshName()}`], "", /answered 404, There is no such stream\. Check the URL\./],
    ["restore", [copy.url], "", /nothing on standard input/],
    ["restore", [copy.url], more, /answered 409, This page does not continue/],
    ["restore", [copy.url], "nonsense", /answered 400, In line 1/],
  ]) {
    const failed = await script(name, args, input);
    assert.equal(failed.code, 1);
    assert.match(failed.stderr, words);
    assert.doesNotMatch(failed.stderr, /\n +at /);
  }
});
