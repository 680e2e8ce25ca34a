// The link-check job: real servers, good and bad, and a runtime that is killed.

import assert from "node:assert/strict";
import http from "node:http";
import { after, before, describe, test } from "node:test";

import { openStream } from "./event-source.mjs";
import { startServer } from "./server.mjs";
import { eventually, streamAt } from "./streams.mjs";

let server;
let target;
before(async () => {
  server = await startServer();
  target = await startTarget();
});
after(async () => {
  await server?.stop();
  target?.stop();
});

/**
 * A web server of every kind of link: what a path begins with says what it does.
 * Requests below `/held/` wait until `release` is called.
 */
async function startTarget() {
  const requests = [];
  let held = [];
  let holding = true;
  const site = http.createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const answer = (status, headers = {}) => {
      response.writeHead(status, headers);
      response.end("x".repeat(100));
    };
    const kind = request.url.split("/")[1];
    if (kind === "ok") answer(200);
    else if (kind === "slow") setTimeout(() => answer(200), 300);
    else if (kind === "redirect") answer(302, { Location: "/ok/there" });
    else if (kind === "loop") answer(302, { Location: "/loop" });
    else if (kind === "get-only") answer(request.method === "GET" ? 200 : 405);
    else if (kind === "get-500") answer(request.method === "GET" ? 500 : 501);
    else if (kind === "endless") endless(request, response);
    else if (kind === "closes") request.socket.destroy();
    else if (kind === "hangs") return;
    else if (kind === "held" && holding) held.push(() => answer(200));
    else if (kind === "held") answer(200);
    else answer(Number(kind));
  });
  const endless = (request, response) => {
    if (request.method === "HEAD") return response.writeHead(405).end();
    response.writeHead(200);
    const timer = setInterval(() => response.write("x".repeat(1000)), 20);
    response.on("close", () => clearInterval(timer));
  };
  await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${site.address().port}`;
  return {
    origin,
    requests,
    hold() {
      holding = true;
    },
    release() {
      holding = false;
      for (const answer of held) answer();
      held = [];
    },
    stop() {
      site.closeAllConnections();
      site.close();
    },
  };
}

const jobAt = (name) => `${server.origin}/v1/jobs/link-check/${name}`;

async function begin(name, body, init = {}) {
  const response = await fetch(jobAt(name), { method: "POST", body, ...init });
  return { status: response.status, body: await response.json() };
}

const of = (reader, type) => reader.events.filter((event) => event.type === type).map((event) => JSON.parse(event.data));

/** Everything that the stream has, once it has ended. */
async function whole(url, patience) {
  const reader = openStream(`${url}?after=start`);
  await reader.untilEnd(patience);
  return reader;
}

/** What must be true of every finished job, whatever has happened to it. */
function assertSound(reader, urls) {
  const results = of(reader, "result");
  assert.deepEqual(results.map(({ url }) => url), urls, "each URL once, in order");
  const ok = results.filter((result) => result.ok).length;
  assert.deepEqual(of(reader, "succeeded"), [{ checked: urls.length, ok, broken: urls.length - ok }]);
  assert.equal(reader.events.at(-1).type, "succeeded");
  const done = of(reader, "progress").map((data) => data.done);
  assert.deepEqual(done, [...new Set(done)].sort((a, b) => a - b));
  assert.equal(done[0], 0);
  assert.equal(done.at(-1), urls.length);
  // The events are those of one log, without a hole.
  const seqs = reader.events.map(({ id }) => Number(id.split(".")[1]));
  assert.deepEqual(seqs, seqs.map((_, n) => n + 1));
}

describe("a list of links", () => {
  test("every kind of answer, each reported as it is", async () => {
    const { name, url } = streamAt(server.origin);
    const gone = await startTarget();
    gone.stop();
    const expected = [
      ["/ok/1", { ok: true, status: 200 }],
      ["/404", { ok: false, status: 404 }],
      ["/500", { ok: false, status: 500 }],
      ["/204", { ok: true, status: 204 }],
      ["/redirect", { ok: true, status: 200 }],
      ["/get-only", { ok: true, status: 200 }],
      ["/get-500", { ok: false, status: 500 }],
      ["/endless", { ok: true, status: 200 }],
      ["/slow", { ok: true, status: 200 }],
      ["/closes", "broken"],
      ["/loop", "broken"],
      ["/hangs", "timeout"],
      ["/ok/ä?q=\u{1f600}", { ok: true, status: 200 }],
    ].map(([path, result]) => [`${target.origin}${path}`, result]);
    expected.push([`${gone.origin}/`, "broken"], ["http://no-such-host.invalid/", "broken"], ["http://[broken/", "broken"]);
    const urls = expected.map(([address]) => address);
    const answer = await begin(name, `${urls.join("\r\n")}\r\n\r\n`);
    assert.deepEqual(answer, { status: 202, body: { stream: `/v1/streams/${name}`, urls: urls.length } });
    const reader = await whole(url, 40_000);
    assertSound(reader, urls);
    for (const [n, result] of of(reader, "result").entries()) {
      const [address, wanted] = expected[n];
      const { url: _, error, ...rest } = result;
      if (typeof wanted === "object") {
        assert.deepEqual(rest, wanted, address);
        assert.equal(error, undefined, address);
      } else {
        assert.deepEqual(rest, { ok: false }, address);
        assert.match(error, wanted === "timeout" ? /No answer within 8 seconds/ : /./, address);
        assert.doesNotMatch(error, /internal error/, address);
      }
    }
    assert.ok(target.requests.includes("HEAD /ok/1") && !target.requests.includes("GET /ok/1"));
    assert.ok(target.requests.includes("GET /get-only"));
  });

  test("the longest list, its results all there for who comes late", async () => {
    const { name, url } = streamAt(server.origin);
    const urls = Array.from({ length: 1000 }, (_, n) => `${target.origin}/ok/${n}`);
    assert.equal((await begin(name, urls.join("\n"))).status, 202);
    await openStream(url).untilEnd(60_000);
    assertSound(await whole(url), urls);
  });

  test("is answered before the first link is", async () => {
    const { name, url } = streamAt(server.origin);
    target.hold();
    const early = openStream(url);
    assert.equal((await begin(name, `${target.origin}/held/first`)).status, 202);
    await eventually(() => target.requests, (requests) => requests.includes("HEAD /held/first"));
    await early.untilEvent("progress");
    assert.deepEqual(of(early, "result"), []);
    target.release();
    await early.untilEnd();
    assertSound(early, [`${target.origin}/held/first`]);
  });
});

describe("what can go wrong", () => {
  test("bad lists are refused, with the line, and leave no stream", async () => {
    const { name, url } = streamAt(server.origin);
    const good = "http://a.example/";
    for (const [body, status, detail] of [
      ["", 400, /no URL/],
      [" \r\n\n", 400, /no URL/],
      [`${good}\n\nftp://a.example/`, 400, /line 3/],
      [`${good}\njavascript:alert(1)`, 400, /line 2/],
      ["http:///path", 400, /line 1/],
      ["http://a.example/a b", 400, /line 1/],
      [`${good}${"x".repeat(2048)}`, 400, /line 1.*2048/],
      [Buffer.from([0x68, 0xff]), 400, /UTF-8/],
      [`${good}\n`.repeat(1001), 413, /1000/],
      ["x".repeat(1024 * 1024 + 1), 413, /1048576/],
    ]) {
      const answer = await begin(name, body);
      assert.equal(answer.status, status, JSON.stringify(answer.body));
      assert.match(answer.body.detail, detail);
    }
    const { status } = await fetch(url, { headers: { Accept: "application/json" } });
    assert.equal(status, 404);
  });

  test("a name is for one job", async () => {
    const stream = streamAt(server.origin);
    target.hold();
    const body = `${target.origin}/held/taken`;
    assert.equal((await begin(stream.name, body)).status, 202);
    const second = await begin(stream.name, body);
    assert.equal(second.status, 409);
    assert.match(second.body.detail, /link-check/);
    target.release();
    await openStream(stream.url).untilEnd();
    assert.equal((await begin(stream.name, body)).status, 409);
    await stream.remove();
    assert.equal((await begin(stream.name, body)).status, 202);
    assertSound(await whole(stream.url), [body]);
  });

  test("a cancelled job stops where it is", async () => {
    const stream = streamAt(server.origin);
    target.hold();
    const urls = Array.from({ length: 40 }, (_, n) => `${target.origin}/held/cancelled-${n}`);
    await begin(stream.name, urls.join("\n"));
    await eventually(() => target.requests, (requests) => requests.includes("HEAD /held/cancelled-0"));
    assert.equal((await stream.cancel()).status, 200);
    target.release();
    const reader = await whole(stream.url);
    assert.equal(reader.events.at(-1).type, "cancelled");
    const results = of(reader, "result");
    assert.ok(results.length < urls.length, `${results.length} results`);
    assert.deepEqual(of(reader, "cancelled"), [{ checked: results.length, ok: results.length, broken: 0 }]);
    assert.equal(of(reader, "cancel").length, 1);
  });

  test("a deleted stream stays deleted, and its job does not disturb the next one", async () => {
    const stream = streamAt(server.origin);
    target.hold();
    const [former, next] = ["former", "next"].map((word) => Array.from({ length: 12 }, (_, n) => `${target.origin}/held/${word}-${n}`));
    await begin(stream.name, former.join("\n"));
    await eventually(() => target.requests, (requests) => requests.includes("HEAD /held/former-0"));
    assert.equal((await stream.remove()).status, 204);
    assert.equal((await begin(stream.name, next.join("\n"))).status, 202);
    target.release();
    assertSound(await whole(stream.url), next);
    assert.ok(!target.requests.includes("HEAD /held/former-6"), "the former job has stopped");
  });

  test("killed in the middle it goes on where it was, and reports each link once", async () => {
    const { name, url } = streamAt(server.origin);
    target.hold();
    // The first slices pass, then one waits: that is where the lights go out.
    const urls = Array.from({ length: 40 }, (_, n) => `${target.origin}/${n === 20 ? "held" : "ok"}/killed-${n}`);
    assert.equal((await begin(name, urls.join("\n"))).status, 202);
    await eventually(() => target.requests, (requests) => requests.includes("HEAD /held/killed-20"));
    await server.kill();
    // The second life finds the same wall, and is killed before it again.
    const again = () => target.requests.filter((request) => request === "HEAD /held/killed-20").length >= 2;
    await eventually(again, Boolean);
    await server.kill();
    target.release();
    assertSound(await whole(url, 60_000), urls);
    const asked = target.requests.filter((request) => request === "HEAD /ok/killed-0").length;
    assert.equal(asked, 1, "what was stored is not done again");
  });

  test("killed at any moment, many times", async () => {
    const { name, url } = streamAt(server.origin);
    const urls = Array.from({ length: 120 }, (_, n) => `${target.origin}/slow/${n}`);
    assert.equal((await begin(name, urls.join("\n"))).status, 202);
    for (const seen of [6, 30, 60]) {
      await eventually(
        async () => (await streamAt(server.origin, name).snapshot()).events,
        (events) => events.some(({ type, data }) => type === "progress" && data.done >= seen),
      );
      await server.kill();
    }
    assertSound(await whole(url, 60_000), urls);
  });
});
