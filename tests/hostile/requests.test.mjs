// Requests that are none, or two: refused, never half understood, and of no consequence
// for anybody else.
//
// Most of them never get as far as the worker: workerd's own HTTP refuses them. They are
// here because it is the promise that counts, whoever keeps it.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { freshName, streamAt } from "../e2e/streams.mjs";
import { others, server } from "./scene.mjs";
import { head, send } from "./wire.mjs";

const BODY = '{"data":1}';
const CHUNKED = `a\r\n${BODY}\r\n0\r\n\r\n`;

/** The data of a stream's events; nothing where there is no such stream. */
async function stored({ url }) {
  const page = await (await fetch(`${url}/events`)).json();
  return page.events.map(({ data }) => data);
}

/** That it was refused, by the worker in its own words or by the runtime in others. */
function assertRefused(wire, statuses) {
  for (const status of statuses) assert.ok(status >= 400, wire.text);
  // What the worker says of bad input is never that it is the worker's fault.
  assert.doesNotMatch(wire.text, /"status":5/);
}

describe("a request that might be two", () => {
  const cases = {
    "a length and chunks": [["Content-Length: 4", "Transfer-Encoding: chunked"], CHUNKED],
    "chunks and a length": [["Transfer-Encoding: chunked", "Content-Length: 10"], CHUNKED],
    "two lengths": [["Content-Length: 10", "Content-Length: 400"], BODY],
    "two lengths in one header": [["Content-Length: 10, 400"], BODY],
    "a negative length": [["Content-Length: -1"], BODY],
    "a length with a sign": [["Content-Length: +10"], BODY],
    "a length in hexadecimal": [["Content-Length: 0xa"], BODY],
    "a length of more than 64 bits": [["Content-Length: 99999999999999999999999"], BODY],
    "a length of 2^64 - 1": [["Content-Length: 18446744073709551615"], BODY],
    "white space before a colon": [["Content-Length : 10"], BODY],
    "white space before the colon of an encoding": [["Transfer-Encoding : chunked", "Content-Length: 10"], BODY],
    "a folded header": [["X-Folded: a\r\n b", "Content-Length: 10"], BODY],
    "an unknown encoding": [["Transfer-Encoding: xchunked"], CHUNKED],
    "chunks that are not the last encoding": [["Transfer-Encoding: chunked, identity"], CHUNKED],
    "two encodings": [["Transfer-Encoding: chunked", "Transfer-Encoding: identity"], CHUNKED],
    "a chunk size of more than 64 bits": [["Transfer-Encoding: chunked"], `1000000000000000a\r\n${BODY}\r\n0\r\n\r\n`],
    "a negative chunk size": [["Transfer-Encoding: chunked"], `-a\r\n${BODY}\r\n0\r\n\r\n`],
    "a chunk size with 0x": [["Transfer-Encoding: chunked"], `0xa\r\n${BODY}\r\n0\r\n\r\n`],
    "a chunk longer than it says": [["Transfer-Encoding: chunked"], `4\r\n${BODY}\r\n0\r\n\r\n`],
    "a chunk without a size": [["Transfer-Encoding: chunked"], `\r\n${BODY}\r\n0\r\n\r\n`],
    "chunks with bare line feeds": [["Transfer-Encoding: chunked"], `a\n${BODY}\n0\n\n`],
  };
  for (const [what, [lines, body]] of Object.entries(cases)) {
    test(what, async () => {
      const [stream, victim] = [streamAt(server.origin), streamAt(server.origin)];
      const line = `POST /v1/streams/${stream.name}/events HTTP/1.1`;
      const first = head(line, "Host: x", "Content-Type: application/json", ...lines) + body;
      const second = head(`POST /v1/streams/${victim.name}/events HTTP/1.1`, "Host: x", "Content-Type: text/plain", "Content-Length: 1");
      const wire = await send(server.port, `${first}${second}x`);
      // Whoever cannot say where a body ends does not go on reading behind it.
      const statuses = await wire.untilEnded();
      assert.ok(statuses.length <= 1, wire.text);
      assert.deepEqual(await stored(victim), [], "what came behind it was not done");
      if (statuses[0] === 200) {
        // RFC 9112, 6.3: chunks win over a length, and the connection ends.
        assert.match(lines.join(), /Transfer-Encoding: chunked/);
        assert.deepEqual(await stored(stream), [1]);
      } else {
        assertRefused(wire, statuses);
        assert.deepEqual(await stored(stream), []);
      }
    });
  }

  test("what is only unusual is done once", async () => {
    for (const [lines, body] of [
      [["Content-Length: 10", "Content-Length: 10"], BODY],
      [["Transfer-Encoding: CHUNKED"], CHUNKED],
      [["Transfer-Encoding: chunked"], `a;name=value\r\n${BODY}\r\n0\r\nX-Trailer: y\r\n\r\n`],
      [["Transfer-Encoding: chunked"], `${[...BODY].map((byte) => `1\r\n${byte}\r\n`).join("")}0\r\n\r\n`],
    ]) {
      const stream = streamAt(server.origin);
      const line = `POST /v1/streams/${stream.name}/events HTTP/1.1`;
      const wire = await send(server.port, head(line, "Host: x", "Content-Type: application/json", ...lines) + body);
      assert.deepEqual(await wire.answers(), [200], wire.text);
      assert.deepEqual(await stored(stream), [1]);
    }
  });

  test("and nobody else has noticed", () => others.unharmed());
});

describe("a head that is none", () => {
  const get = (path, ...lines) => head(`GET ${path} HTTP/1.1`, "Host: x", ...lines);
  const cases = {
    "carriage returns alone": "GET /v1/health HTTP/1.1\rHost: x\r\r\n\r\n",
    "HTTP/0.9": "GET /v1/health\r\n\r\n",
    "HTTP/1.2": head("GET /v1/health HTTP/1.2", "Host: x"),
    "HTTP/2 with prior knowledge": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a TLS handshake": `\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03${"A".repeat(200)}\r\n\r\n`,
    "no host": head("GET /v1/health HTTP/1.1"),
    "an HTTP/1.0 request without a host": head("GET /v1/health HTTP/1.0"),
    "two hosts": head("GET /v1/health HTTP/1.1", "Host: a", "Host: b"),
    "an impossible host": head("GET /v1/health HTTP/1.1", "Host: a b/c?"),
    "no path": head("GET  HTTP/1.1", "Host: x"),
    "a path with a NUL": get("/v1/health\0"),
    "an address without a host": get("http:///v1/health"),
    "a method that there is not": head("BREW /v1/health HTTP/1.1", "Host: x"),
    "a method in small letters": head("get /v1/health HTTP/1.1", "Host: x"),
    "a method of 5,000 letters": head(`${"A".repeat(5_000)} /v1/health HTTP/1.1`, "Host: x"),
    "a tunnel to somewhere else": head("CONNECT evil.example:443 HTTP/1.1", "Host: x"),
    "OPTIONS for the whole server": head("OPTIONS * HTTP/1.1", "Host: x"),
    "TRACE": head("TRACE /v1/health HTTP/1.1", "Host: x"),
    "a header without a name": get("/v1/health", ": x"),
    "a header without a colon": get("/v1/health", "abc"),
    "a header with a NUL": get("/v1/health", "X-Nul: a\0b"),
    "a Last-Event-ID with a NUL": get("/v1/streams/head", "Last-Event-ID: a\0b"),
    "a Last-Event-ID with a carriage return": get("/v1/streams/head", "Last-Event-ID: a\rSet-Cookie: b"),
    "a URL of 2 MB": get(`/v1/health?${"x".repeat(2_000_000)}`),
    "a header of 2 MB": get("/v1/health", `X-Long: ${"x".repeat(2_000_000)}`),
    "20,000 headers": get("/v1/health", ...Array(20_000).fill("X-Many: y")),
  };
  for (const [what, request] of Object.entries(cases)) {
    test(what, async () => {
      const wire = await send(server.port, request);
      assertRefused(wire, await wire.answers());
    });
  }

  test("headers without an end are cut off", async () => {
    const wire = await send(server.port, "GET /v1/health HTTP/1.1\r\nHost: x\r\n");
    let sent = 0;
    for (; sent < 64 * 1024 * 1024 && wire.write(`X-More: ${"y".repeat(64_000)}\r\n`); sent += 64_000) await wire.drained();
    assertRefused(wire, await wire.untilEnded());
    assert.ok(sent < 64 * 1024 * 1024, "long before 64 MB");
  });

  test("what is only old or odd is answered", async () => {
    for (const request of [
      head("GET /v1/health HTTP/1.0", "Host: x"),
      head("GET http://x/v1/health HTTP/1.1", "Host: x"),
      "GET /v1/health HTTP/1.1\nHost: x\n\n",
      get(`/v1/health?${"x".repeat(15_000)}`),
      get("/v1/health", `X-Long: ${"x".repeat(15_000)}`),
    ]) {
      const wire = await send(server.port, request);
      assert.deepEqual(await wire.answers(), [200], wire.text);
    }
  });

  test("and nobody else has noticed", () => others.unharmed());
});

describe("what a client says of itself stays in its place", () => {
  const names = ["..", "%2e%2e", "%2e%2e%2fhealth", "...", "a%0d%0aX:%20y", "a%0a", "a%00", "a%2fb", "a%5cb", "%252e%252e", "a;b", "%20a"];
  names.push("%c0%ae%c0%ae", "%c0%af", "%e0%80%af", "%f0%80%80%af", "%ed%a0%80", "a%ff", "%uff41", "%", "a%", "a%4", "\xc3\xa4", "a".repeat(8_000));
  for (const name of names) {
    test(`a stream and a room ${JSON.stringify(name.slice(0, 30))} are refused`, async () => {
      for (const path of [`/v1/streams/${name}/events`, `/v1/rooms/${name}/messages`]) {
        const request = head(`POST ${path} HTTP/1.1`, "Host: x", "Content-Type: text/plain", "Content-Length: 1");
        const wire = await send(server.port, `${request}x`);
        const [status] = await wire.answers();
        assert.ok([400, 404, 405].includes(status), wire.text);
        assert.doesNotMatch(wire.text, /^X: y/m);
      }
    });
  }

  const cursors = {
    "line ends": "a%0d%0aSet-Cookie:%20x%0d%0a%0d%0adata:%20evil%0a%0a",
    "an overlong line end": "%c0%8a%e0%80%8adata:%20evil",
    "a NUL": "a%00b",
    "what is no UTF-8": "%ff%fe%80",
    "a surrogate": "%ed%a0%80",
    "U+2028": "%e2%80%a8data:%20evil",
    "half an escape": "%e2%80",
    "a number too great": `abc.${"9".repeat(40)}`,
    "much of it": "x".repeat(10_000),
  };
  for (const [what, cursor] of Object.entries(cursors)) {
    for (const parameter of ["after", "last_event_id"]) {
      test(`${what} in ${parameter} is a gap and nothing else`, async () => {
        const stream = streamAt(server.origin);
        await stream.publish({ data: "there" });
        const wire = await send(server.port, head(`GET /v1/streams/${stream.name}?${parameter}=${cursor} HTTP/1.1`, "Host: x"));
        await wire.until(({ text }) => text.includes('data: "there"'));
        wire.cut();
        assert.deepEqual(wire.statuses, [200]);
        assert.doesNotMatch(wire.text, /^(data: evil|Set-Cookie)/im);
        const [, gap] = /event: gap\ndata: ([^\n]*)\n/.exec(Buffer.from(wire.text, "latin1").toString());
        assert.ok(JSON.parse(gap).requested.length <= 64);
      });
    }
  }

  test("and in Last-Event-ID, as far as it can be said there", async () => {
    const stream = streamAt(server.origin);
    await stream.publish({ data: "there" });
    for (const id of ["\xff\xfe\x80", "a\tb", "%0d%0adata: evil", "\xe2\x80\xa8", "x".repeat(10_000), '"}\\n\\ndata: evil']) {
      const wire = await send(server.port, head(`GET /v1/streams/${stream.name} HTTP/1.1`, "Host: x", `Last-Event-ID: ${id}`));
      await wire.until(({ text }) => text.includes('data: "there"'));
      wire.cut();
      assert.doesNotMatch(wire.text, /^data: evil/m);
      assert.match(wire.text, /^event: gap$/m);
    }
  });

  test("and in a display name it is refused, or a name", async () => {
    const upgrade = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="];
    for (const name of ["%0d%0aX:%20y", "%00", "%1b[31m", "%c2%85", "%ff", "%e2%80%ae", "%22%7d"]) {
      const wire = await send(server.port, head(`GET /v1/rooms/${freshName("room")}?name=${name} HTTP/1.1`, "Host: x", ...upgrade));
      await wire.until(({ text, ended }) => text.includes('"limits"') || text.includes('"status"') || ended);
      wire.cut();
      assert.ok([101, 400].includes(wire.statuses[0]), wire.text);
      assert.doesNotMatch(wire.text, /^X: y/m);
    }
  });

  test("and nobody else has noticed", () => others.unharmed());
});
