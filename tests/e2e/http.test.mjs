// The rules that hold for every address: names, methods, errors, origins.

import assert from "node:assert/strict";
import http from "node:http";
import { after, before, describe, test } from "node:test";

import { startServer } from "./server.mjs";
import { freshName, streamAt } from "./streams.mjs";

let server;
before(async () => {
  server = await startServer({ vars: { ALLOWED_ORIGINS: "https://a.example, https://b.example" } });
});
after(() => server?.stop());

/** Sends a request with a path exactly as given: `fetch` would tidy it up. */
function send(method, path, { headers = {}, body, to = server } = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: "127.0.0.1", port: to.port, method, path, headers, agent: false });
    request.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part) => {
        text += part;
        // A live stream does not end.
        if (response.headers["content-type"] === "text/event-stream") finish();
      });
      const finish = () => {
        resolve({ status: response.statusCode, headers: response.headers, text });
        request.destroy();
      };
      response.on("end", finish);
    });
    request.on("error", reject);
    request.end(body);
  });
}

function assertProblem(answer, status) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.headers["content-type"], "application/problem+json");
  const problem = JSON.parse(answer.text);
  assert.equal(problem.status, status);
  for (const member of ["type", "title", "detail"]) assert.equal(typeof problem[member], "string");
  return problem;
}

describe("names", () => {
  const cases = {
    empty: "",
    "too long": "x".repeat(129),
    "begins with a dash": "-a",
    "a space": "a%20b",
    "a slash": "a%2Fb",
    "a NUL": "a%00",
    "broken encoding": "a%zz",
    "not UTF-8": "a%ff",
    "not ASCII": "%C3%A4",
    "markup": "%3Cscript%3E",
  };
  for (const [what, name] of Object.entries(cases)) {
    for (const [method, path] of [
      ["GET", `/v1/streams/${name}`],
      ["PUT", `/v1/jobs/digest/${name}`],
      ["POST", `/v1/jobs/link-check/${name}`],
    ]) {
      test(`${what}: ${method} is a 400`, async () => {
        assertProblem(await send(method, path), 400);
      });
    }
  }

  test("the longest name, and every character that is allowed", async () => {
    for (const name of ["x".repeat(128), "0A.b_c~d-e", "a%7Eb"]) {
      const answer = await send("GET", `/v1/streams/${name}`);
      assert.equal(answer.status, 200, name);
    }
  });
});

describe("addresses and methods", () => {
  test("what is not there is a 404", async () => {
    for (const path of ["/v1", "/v1/", "/v1/streams", "/v1/streams/a/b", "/v1/streams/a/", "/v1/jobs/digest/a/b"]) {
      const answer = await send("GET", path);
      assert.equal(answer.status, 404, path);
    }
    assertProblem(await send("GET", "/v1/nothing"), 404);
  });

  test("a wrong method is a 405 that names the right ones", async () => {
    for (const [method, path, allow] of [
      ["POST", "/v1/streams/a", "GET, HEAD, PUT, DELETE, OPTIONS"],
      ["PATCH", "/v1/streams/a", "GET, HEAD, PUT, DELETE, OPTIONS"],
      ["DELETE", "/v1/streams/a/events", "GET, HEAD, POST, OPTIONS"],
      ["POST", "/v1/jobs/digest/a", "PUT, OPTIONS"],
      ["PUT", "/v1/jobs/link-check/a", "POST, OPTIONS"],
    ]) {
      const answer = await send(method, path);
      assertProblem(answer, 405);
      assert.equal(answer.headers.allow, allow);
    }
  });

  test("OPTIONS says the methods", async () => {
    const answer = await send("OPTIONS", "/v1/streams/a");
    assert.equal(answer.status, 204);
    assert.equal(answer.headers.allow, "GET, HEAD, PUT, DELETE, OPTIONS");
    assert.equal(answer.headers["access-control-allow-origin"], undefined);
  });

  test("HEAD has the headers of GET and no body", async () => {
    const answer = await send("HEAD", "/v1/streams/a");
    assert.equal(answer.status, 200);
    assert.equal(answer.headers["content-type"], "text/event-stream");
    assert.equal(answer.text, "");
  });

  test("a form that there is not is a 406", async () => {
    assertProblem(await send("GET", "/v1/streams/a", { headers: { Accept: "text/html" } }), 406);
  });

  test("curl and a browser's address bar get the live stream", async () => {
    for (const accept of ["*/*", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"]) {
      const answer = await send("GET", "/v1/streams/a", { headers: { Accept: accept } });
      assert.equal(answer.headers["content-type"], "text/event-stream");
    }
  });
});

describe("pages of other sites", () => {
  const preflight = { "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type" };

  test("an allowed origin gets its own name back, with credentials", async () => {
    const headers = { Origin: "https://b.example" };
    for (const [method, extra] of [["GET", {}], ["OPTIONS", preflight]]) {
      const answer = await send(method, "/v1/streams/cors", { headers: { ...headers, ...extra } });
      assert.equal(answer.headers["access-control-allow-origin"], "https://b.example");
      assert.equal(answer.headers["access-control-allow-credentials"], "true");
      assert.match(answer.headers.vary, /Origin/);
    }
    const answer = await send("OPTIONS", "/v1/streams/cors/events", { headers: { ...headers, ...preflight } });
    assert.equal(answer.headers["access-control-allow-methods"], "GET, HEAD, POST, OPTIONS");
    assert.match(answer.headers["access-control-allow-headers"], /Content-Type/);
  });

  test("an error can be read by an allowed origin too", async () => {
    const answer = await send("GET", "/v1/streams/-", { headers: { Origin: "https://a.example" } });
    assertProblem(answer, 400);
    assert.equal(answer.headers["access-control-allow-origin"], "https://a.example");
  });

  test("any other origin gets nothing that it could use", async () => {
    for (const origin of ["https://evil.example", "https://a.example.evil.example", "http://a.example", "null"]) {
      const answer = await send("OPTIONS", "/v1/streams/cors", { headers: { Origin: origin, ...preflight } });
      const granted = Object.keys(answer.headers).filter((name) => name.startsWith("access-control-"));
      assert.deepEqual(granted, [], origin);
    }
  });

  test("a WebSocket of a foreign origin is refused", async () => {
    const upgrade = {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    };
    const headers = { ...upgrade, Origin: "https://evil.example" };
    assertProblem(await send("GET", "/v1/streams/cors", { headers }), 403);
  });

  test("a star allows every origin, without credentials", async () => {
    const open = await startServer({ vars: { ALLOWED_ORIGINS: "*" } });
    try {
      const answer = await send("GET", "/v1/streams/a", { headers: { Origin: "https://x.example" }, to: open });
      assert.equal(answer.headers["access-control-allow-origin"], "*");
      assert.equal(answer.headers["access-control-allow-credentials"], undefined);
    } finally {
      await open.stop();
    }
  });
});

describe("a deployment that nobody has opened", () => {
  let closed;
  before(async () => {
    closed = await startServer({ vars: { PUBLIC_ACCESS: '{"streams":{"news-*":["read"]}}' } });
  });
  after(() => closed?.stop());

  test("grants what was written, and says how to open the rest", async () => {
    assert.equal((await send("GET", "/v1/streams/news-1", { to: closed })).status, 200);
    for (const [method, path] of [
      ["GET", "/v1/streams/other"],
      ["POST", "/v1/streams/news-1/events"],
      ["POST", "/v1/streams/news-1/cancel"],
      ["PUT", "/v1/streams/news-1"],
      ["DELETE", "/v1/streams/news-1"],
      ["PUT", "/v1/jobs/digest/news-1"],
      ["POST", "/v1/jobs/link-check/news-1"],
    ]) {
      const problem = assertProblem(await send(method, path, { to: closed }), 503);
      assert.match(problem.detail, /PUBLIC_ACCESS/);
    }
  });
});

describe("publishing", () => {
  const post = (name, type, body) =>
    send("POST", `/v1/streams/${name}/events`, { headers: { "Content-Type": type }, body });

  test("an event, a batch, lines and text", async () => {
    const name = freshName();
    for (const [type, body, accepted] of [
      ["application/json", '{"type":"a","data":1}', 1],
      ["application/json; charset=utf-8", '[{"data":2},{"data":3}]', 2],
      ["application/x-ndjson", '{"data":4}\n\n{"data":5}\n', 2],
      ["text/plain", "six", 1],
    ]) {
      const answer = await post(name, type, body);
      assert.equal(answer.status, 200, answer.text);
      assert.equal(JSON.parse(answer.text).accepted, accepted);
    }
    const { head, events } = await streamAt(server.origin, name).snapshot();
    assert.match(head, /^[0-9a-z]{1,16}\.6$/);
    assert.deepEqual(events.map((event) => [event.type, event.data]), [["a", 1], ["message", "six"]]);
  });

  test("what is wrong is refused whole, with a reason", async () => {
    const stream = streamAt(server.origin);
    await stream.publish({ data: 0 });
    for (const [type, body, status] of [
      ["application/json", "{", 400],
      ["application/json", '[{"data":1},{"type":"gap"}]', 400],
      ["application/json", Buffer.from([0x22, 0xff, 0x22]), 400],
      ["application/json", `{"data":${"[".repeat(100000)}${"]".repeat(100000)}}`, 400],
      ["application/json", '{"type":"a\\r\\nid: 9","data":1}', 400],
      ["application/json", '{"type":"progress","data":{"done":-1}}', 400],
      ["text/html", "x", 415],
      ["text/plain", "x".repeat(65537), 413],
      ["text/plain", "x".repeat(1024 * 1024 + 1), 413],
      ["application/json", `[${Array(501).fill("{}").join(",")}]`, 413],
    ]) {
      assertProblem(await post(stream.name, type, body), status);
    }
    assert.match((await stream.snapshot()).head, /\.1$/);
  });

  test("a key makes sending again harmless, also after the end", async () => {
    const stream = streamAt(server.origin);
    const first = await stream.publish({ key: "k", data: 1 });
    assert.deepEqual(await stream.publish({ key: "k", data: 1 }), { ...first, accepted: 0, duplicates: 1 });
    const end = await stream.publish({ key: "end", final: true });
    assert.equal((await stream.publish({ key: "end", final: true })).cursor, end.cursor);
    await assert.rejects(stream.publish({ data: 2 }), /^Error: 409/);
  });

  test("configuring answers 201 and then 200", async () => {
    const { url } = streamAt(server.origin);
    const put = (body) => fetch(url, { method: "PUT", body });
    assert.equal((await put('{"title":"T","retain_events":2}')).status, 201);
    assert.equal((await put("")).status, 200);
    // To JSON these are whole numbers.
    const floats = await (await put('{"retain_events":5.0,"retain_seconds":6e1}')).json();
    assert.deepEqual([floats.retain_events, floats.retain_seconds], [5, 60]);
    const refused = await put('{"retain_events":0}');
    assert.equal(refused.status, 400);
    assert.match((await refused.json()).detail, /retain_events/);
  });

  test("a stream that is not there has no snapshot, and nothing to cancel or delete", async () => {
    const stream = streamAt(server.origin);
    assert.equal((await stream.snapshot()).status, 404);
    assert.equal((await stream.cancel()).status, 404);
    assert.equal((await stream.remove()).status, 404);
  });
});
