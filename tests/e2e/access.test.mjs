// Who may do what: every route, with every kind of token in every carrier. What is
// refused must not have touched an object: each that is looked into leaves a file.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { startServer } from "./server.mjs";
import { openSocket } from "./socket.mjs";
import { inSeconds, tokenFor, tokenOf, worthless, SECRET } from "./tokens.mjs";

/** Every route: what it needs, and a request that is right otherwise. */
const ROUTES = [
  { realm: "streams", needs: "read", path: "/v1/streams/NAME", headers: { Accept: "application/json" } },
  { realm: "streams", needs: "read", path: "/v1/streams/NAME", headers: { Accept: "text/event-stream" } },
  { realm: "streams", needs: "read", path: "/v1/streams/NAME", socket: true },
  { realm: "streams", needs: "read", path: "/v1/streams/NAME/events" },
  { realm: "streams", needs: "publish", method: "POST", path: "/v1/streams/NAME/events", body: '{"data":1}' },
  { realm: "streams", needs: "publish", method: "POST", path: "/v1/streams/NAME/cancel" },
  { realm: "streams", needs: "manage", method: "PUT", path: "/v1/streams/NAME", body: "{}" },
  { realm: "streams", needs: "manage", method: "DELETE", path: "/v1/streams/NAME" },
  { realm: "streams", needs: "manage", path: "/v1/streams/NAME/export" },
  { realm: "streams", needs: "manage", method: "POST", path: "/v1/streams/NAME/import", body: '{"tidings":"stream"}' },
  { realm: "streams", needs: "manage", path: "/v1/streams/NAME/stats" },
  { realm: "streams", needs: "publish", method: "PUT", path: "/v1/jobs/digest/NAME", body: "x" },
  { realm: "streams", needs: "publish", method: "POST", path: "/v1/jobs/link-check/NAME", body: "http://127.0.0.1:9/" },
  { realm: "rooms", needs: "read", path: "/v1/rooms/NAME", headers: { Accept: "application/json" } },
  { realm: "rooms", needs: "read", path: "/v1/rooms/NAME", headers: { Accept: "text/event-stream" } },
  { realm: "rooms", needs: "read", path: "/v1/rooms/NAME", socket: true },
  { realm: "rooms", needs: "read", path: "/v1/rooms/NAME/messages" },
  { realm: "rooms", needs: "write", method: "POST", path: "/v1/rooms/NAME/messages", body: '{"text":"x"}' },
  { realm: "rooms", needs: "moderate", method: "PUT", path: "/v1/rooms/NAME", body: "{}" },
  { realm: "rooms", needs: "moderate", method: "DELETE", path: "/v1/rooms/NAME" },
  { realm: "rooms", needs: "moderate", method: "DELETE", path: "/v1/rooms/NAME/members/bob?ban_seconds=9" },
  { realm: "rooms", needs: "moderate", method: "DELETE", path: "/v1/rooms/NAME/members/bob/messages" },
  { realm: "rooms", needs: "moderate", path: "/v1/rooms/NAME/export" },
  { realm: "rooms", needs: "moderate", path: "/v1/rooms/NAME/stats" },
  { realm: "rooms", needs: "moderate", method: "POST", path: "/v1/rooms/NAME/import", body: '{"tidings":"room"}' },
];

const PERMISSIONS = { streams: ["read", "publish", "manage"], rooms: ["read", "write", "moderate"] };

let counter = 0;
const freshName = () => `matrix-${(counter += 1)}`;

/** Carriers of a token: how it gets into a request. */
const CARRIERS = {
  header: (request, token) => ({ ...request, headers: { ...request.headers, Authorization: `Bearer ${token}` } }),
  query: (request, token) => {
    const sign = request.path.includes("?") ? "&" : "?";
    return { ...request, path: `${request.path}${sign}token=${encodeURIComponent(token)}` };
  },
};

/** Sends a request; its status and headers. What is opened is closed. */
async function ask(origin, { method = "GET", path, headers = {}, body, socket }) {
  const response = await fetch(origin + path, {
    method,
    headers: { "Content-Type": "application/json", ...headers, ...(socket ? { Upgrade: "websocket" } : {}) },
    body,
    signal: AbortSignal.timeout(20_000),
  });
  const isLive = response.headers.get("content-type") === "text/event-stream";
  if (isLive) await response.body.cancel();
  const text = isLive ? "" : await response.text();
  return { status: response.status, headers: response.headers, text };
}

/** As `ask`, for routes that are sockets too, which `fetch` cannot open. */
async function statusOf(origin, request) {
  if (!request.socket) return (await ask(origin, request)).status;
  const { Authorization } = request.headers ?? {};
  const options = { protocols: request.protocols, headers: Authorization ? { Authorization } : {} };
  try {
    const socket = await openSocket(origin + request.path, options);
    socket.close();
    return 200;
  } catch (error) {
    return Number(/^refused with (\d+)$/.exec(error.message)?.[1] ?? 0);
  }
}

/** 404: nobody has made it yet; 415: nobody imports JSON. Either way somebody was let in. */
const isLetIn = (status) => [200, 201, 202, 204, 404, 415].includes(status);

const at = (route, name) => ({ ...route, path: route.path.replace("NAME", name) });
const describing = ({ method = "GET", path, headers, socket }) =>
  `${method} ${path}${socket ? " (WebSocket)" : ""}${headers ? ` as ${headers.Accept}` : ""}`;

describe("a deployment with a secret", () => {
  let server;
  before(async () => {
    const PUBLIC_ACCESS = '{"streams":{"open-*":["read"]},"rooms":{"open-*":["read","write"]}}';
    server = await startServer({ vars: { TIDINGS_SECRET: SECRET, PUBLIC_ACCESS, STATS_REPORT_SECONDS: "0" } });
  });
  after(() => server?.stop());

  for (const route of ROUTES) {
    test(`${describing(route)}: refused, and no object is touched`, async () => {
      const before = server.objects;
      const name = freshName();
      const request = at(route, name);
      assert.equal(await statusOf(server.origin, request), 401, "no token");

      for (const [what, token] of Object.entries(worthless())) {
        for (const [carrier, carry] of Object.entries(CARRIERS)) {
          assert.equal(await statusOf(server.origin, carry(request, token)), 401, `${what}, in the ${carrier}`);
        }
      }
      const others = PERMISSIONS[route.realm].filter((permission) => permission !== route.needs);
      const other = route.realm === "rooms" ? "streams" : "rooms";
      const insufficient = {
        "wrong permission": { [route.realm]: { [name]: others } },
        "wrong name": { [route.realm]: { [`${name}x`]: PERMISSIONS[route.realm], [`x${name}*`]: [route.needs] } },
        "wrong realm": { [other]: { "*": [...PERMISSIONS[other], route.needs] } },
        "a star in the middle": { [route.realm]: { "m*-1": [route.needs], "*1*": [route.needs] } },
        "nothing": {},
      };
      for (const [what, granted] of Object.entries(insufficient)) {
        for (const [carrier, carry] of Object.entries(CARRIERS)) {
          const status = await statusOf(server.origin, carry(request, tokenFor(granted)));
          assert.equal(status, 403, `${what}, in the ${carrier}`);
        }
      }
      assert.deepEqual(server.objects, before);
    });

    test(`${describing(route)}: the right token opens it in each carrier`, async () => {
      for (const [carrier, carry] of Object.entries(CARRIERS)) {
        for (const pattern of ["NAME", "matrix-*", "*"]) {
          const name = freshName();
          const token = tokenFor({ [route.realm]: { [pattern.replace("NAME", name)]: [route.needs] } });
          const status = await statusOf(server.origin, carry(at(route, name), token));
          assert.ok(isLetIn(status), `${status} with ${pattern}, in the ${carrier}`);
        }
      }
      assert.notDeepEqual(server.objects, []);
    });
  }

  test("a WebSocket may carry it as a subprotocol", async () => {
    const before = server.objects;
    for (const [realm, path] of [["streams", "/v1/streams/"], ["rooms", "/v1/rooms/"]]) {
      const name = freshName();
      const request = { path: path + name, socket: true };
      const offer = (token) => ({ ...request, protocols: ["tidings.v1", `bearer.${token}`] });
      for (const [what, token] of Object.entries(worthless())) {
        if (what === "empty") continue; // npm ws sends no such header
        assert.equal(await statusOf(server.origin, offer(token)), 401, what);
      }
      assert.equal(await statusOf(server.origin, offer(tokenFor({ [realm]: { x: ["read"] } }))), 403);
      assert.deepEqual(server.objects, before);
    }
    const token = tokenFor({ rooms: { subprotocol: ["read"] } });
    const url = `${server.origin}/v1/rooms/subprotocol`;
    const socket = await openSocket(url, { protocols: [`bearer.${token}`, "tidings.v1"] });
    assert.equal(socket.protocol, "tidings.v1");
    socket.close();
    await assert.rejects(openSocket(url, { protocols: [`bearer.${token}`] }), /refused with 400/);
  });

  test("the header counts before the query, and the query before the subprotocol", async () => {
    const name = freshName();
    const good = tokenFor({ rooms: { [name]: ["read"] } });
    const bad = worthless()["forged: another secret"];
    const url = (token) => `${server.origin}/v1/rooms/${name}?token=${token}`;
    const bearer = (token) => ({ headers: { Authorization: `Bearer ${token}` } });
    const protocols = (token) => ({ protocols: ["tidings.v1", `bearer.${token}`] });
    await assert.rejects(openSocket(url(good), bearer(bad)), /401/);
    await assert.rejects(openSocket(url(bad), protocols(good)), /401/);
    (await openSocket(url(bad), bearer(good))).close();
    (await openSocket(url(good), protocols(bad))).close();
    // Another scheme is the business of what stands in front of us.
    (await openSocket(url(good), { headers: { Authorization: "Basic YTpi" } })).close();
  });

  test("what is open needs no token, and a worthless one is refused all the same", async () => {
    const path = `/v1/rooms/open-${freshName()}/messages`;
    const post = (headers) => ask(server.origin, { method: "POST", path, body: '{"text":"x"}', headers });
    assert.equal((await post({})).status, 200);
    assert.equal((await post({ Authorization: `Bearer ${tokenFor({})}` })).status, 200);
    assert.equal((await post({ Authorization: "Bearer x" })).status, 401);
    const put = await ask(server.origin, { method: "PUT", path: "/v1/rooms/open-x", body: "{}" });
    assert.equal(put.status, 401);
  });

  test("a refusal says what is missing, in words and for programs", async () => {
    const request = at(ROUTES[0], freshName());
    const missing = await ask(server.origin, request);
    assert.equal(missing.headers.get("www-authenticate"), "Bearer");
    assert.equal(JSON.parse(missing.text).type, "urn:tidings:problem:token-missing");
    assert.match(missing.text, /needs a token that grants \\"read\\"/);
    const expired = tokenOf({ exp: inSeconds(-30) });
    const invalid = await ask(server.origin, CARRIERS.header(request, expired));
    assert.equal(invalid.headers.get("www-authenticate"), 'Bearer error="invalid_token"');
    assert.equal(JSON.parse(invalid.text).type, "urn:tidings:problem:token-invalid");
    assert.match(invalid.text, /has run out/);
    for (const { text } of [missing, invalid]) assert.ok(!text.includes(expired));
  });

  test("the service's own names cannot be granted", async () => {
    const all = { streams: { "*": PERMISSIONS.streams }, rooms: { "*": PERMISSIONS.rooms } };
    for (const route of ROUTES) {
      // To look is no harm.
      if ((route.realm === "streams" && route.needs === "read") || route.path.endsWith("/stats")) continue;
      const request = CARRIERS.header(at(route, "tidings.own"), tokenFor(all));
      assert.equal(await statusOf(server.origin, request), 403, describing(route));
    }
  });
});

describe("the secret is changed", () => {
  const path = "/v1/rooms/rotation";
  const granted = { rooms: { rotation: ["read"] } };
  const old = tokenFor(granted);
  const fresh = tokenOf({ sub: "ann", tidings: granted }, { secret: "the operator's new secret, just as long" });
  const NEW = "the operator's new secret, just as long";
  for (const [what, vars, oldStatus, newStatus] of [
    ["before", { TIDINGS_SECRET: SECRET }, 404, 401],
    ["both", { TIDINGS_SECRET: NEW, TIDINGS_SECRET_PREVIOUS: SECRET }, 404, 404],
    ["after", { TIDINGS_SECRET: NEW }, 401, 404],
    ["emptied", { TIDINGS_SECRET: NEW, TIDINGS_SECRET_PREVIOUS: "" }, 401, 404],
  ]) {
    test(what, async () => {
      const server = await startServer({ vars });
      try {
        const request = { path, headers: { Accept: "application/json" } };
        assert.equal(await statusOf(server.origin, CARRIERS.header(request, old)), oldStatus);
        assert.equal(await statusOf(server.origin, CARRIERS.header(request, fresh)), newStatus);
      } finally {
        await server.stop();
      }
    });
  }
});

describe("a deployment without a secret", () => {
  let server;
  before(async () => {
    server = await startServer({ vars: { PUBLIC_ACCESS: '{"streams":{"open":["read"]}}', STATS_REPORT_SECONDS: "0" } });
  });
  after(() => server?.stop());

  test("does what is open, and nothing else, whatever the token", async () => {
    const forged = tokenOf({ sub: "eve", tidings: { streams: { "*": PERMISSIONS.streams } } }, { secret: "" });
    for (const token of [undefined, forged, "x"]) {
      const carry = (request) => (token === undefined ? request : CARRIERS.header(request, token));
      const open = await ask(server.origin, carry({ path: "/v1/streams/open/events" }));
      assert.equal(open.status, 200);
      const before = server.objects;
      for (const route of ROUTES) {
        assert.equal(await statusOf(server.origin, carry(at(route, "closed"))), 503, describing(route));
      }
      assert.deepEqual(server.objects, before);
    }
    const closed = await ask(server.origin, at(ROUTES[4], "closed"));
    assert.match(closed.text, /PUBLIC_ACCESS/);
    assert.match(closed.text, /TIDINGS_SECRET/);
    const ticket = await ask(server.origin, { method: "POST", path: "/v1/tickets" });
    assert.equal(ticket.status, 503);
  });

  test("takes vars that are no text as JSON", async () => {
    const vars = { PUBLIC_ACCESS: { streams: { open: ["read"] } }, STATS_REPORT_SECONDS: 0, LIMIT_SUBSCRIBERS_PER_STREAM: 1 };
    const tables = await startServer({ vars });
    try {
      assert.equal((await ask(tables.origin, { path: "/v1/streams/open/events" })).status, 200);
      assert.equal((await ask(tables.origin, at(ROUTES[4], "closed"))).status, 503);
      const path = "/v1/streams/open";
      const only = await openSocket(tables.origin.replace("http", "ws") + path);
      const more = await openSocket(tables.origin.replace("http", "ws") + path);
      assert.equal(await more.untilClosed(), 1013);
      only.close();
    } finally {
      await tables.stop();
    }
  });

  test("is healthy as long as it is good for something", async () => {
    const health = await ask(server.origin, { path: "/v1/health" });
    assert.equal(health.status, 200);
    assert.equal(JSON.parse(health.text).status, "ok");
    const closed = await startServer({ vars: { PUBLIC_ACCESS: "{}" } });
    try {
      assert.equal((await ask(closed.origin, { path: "/v1/health" })).status, 503);
    } finally {
      await closed.stop();
    }
  });
});

describe("pages of other sites", () => {
  const token = tokenFor({ streams: { "*": PERMISSIONS.streams }, rooms: { "*": PERMISSIONS.rooms } });
  const foreign = { Origin: "https://evil.example" };
  let server;
  before(async () => {
    const vars = { TIDINGS_SECRET: SECRET, ALLOWED_ORIGINS: "https://good.example", STATS_REPORT_SECONDS: "0" };
    server = await startServer({ vars });
  });
  after(() => server?.stop());

  for (const route of ROUTES) {
    test(describing(route), async () => {
      const changes = route.method !== undefined;
      const before = server.objects;
      const request = (origin) => {
        const headers = { ...route.headers, Authorization: `Bearer ${token}`, Origin: origin };
        return { ...at(route, freshName()), headers };
      };
      if (route.socket) {
        const headers = { Authorization: `Bearer ${token}` };
        const url = server.origin + request().path;
        for (const origin of ["https://evil.example", "null", "https://good.example.evil.example"]) {
          await assert.rejects(openSocket(url, { headers, origin }), /refused with 403/);
          await assert.rejects(openSocket(url, { origin }), /refused with 403/, "whoever it is");
        }
        assert.deepEqual(server.objects, before);
        (await openSocket(url, { headers, origin: "https://good.example" })).close();
        return;
      }
      for (const origin of ["https://evil.example", "null", "http://good.example", "https://good.example:444"]) {
        const answer = await ask(server.origin, request(origin));
        if (changes) assert.equal(answer.status, 403, origin);
        assert.equal(answer.headers.get("access-control-allow-origin"), null, origin);
      }
      if (changes) assert.deepEqual(server.objects, before, "the deed is not done");
      const good = await ask(server.origin, request("https://good.example"));
      assert.ok(isLetIn(good.status), `${good.status}`);
      assert.equal(good.headers.get("access-control-allow-origin"), "https://good.example");
      assert.match(good.headers.get("vary"), /Origin/);
      const own = await ask(server.origin, request(server.origin));
      assert.ok(isLetIn(own.status), `${own.status}`);
      assert.equal(own.headers.get("access-control-allow-origin"), null);
    });
  }

  test("a foreign page gets no ticket", async () => {
    const headers = { Authorization: `Bearer ${token}`, ...foreign };
    const answer = await ask(server.origin, { method: "POST", path: "/v1/tickets", headers });
    assert.equal(answer.status, 403);
    assert.ok(!answer.text.includes("ticket\":"));
  });
});
