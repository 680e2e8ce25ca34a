// What a token makes of its holder, and what happens when it runs out.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { openStream } from "./event-source.mjs";
import { roomAt } from "./rooms.mjs";
import { startServer } from "./server.mjs";
import { openSocket } from "./socket.mjs";
import { eventually, freshName, streamAt } from "./streams.mjs";
import { inSeconds, SECRET, tokenFor, tokenOf } from "./tokens.mjs";

const EVERYTHING = { streams: { "*": ["read", "publish", "manage"] }, rooms: { "*": ["read", "write", "moderate"] } };
const WRITE = { rooms: { "*": ["read", "write"] } };
const bearer = (token) => ({ Authorization: `Bearer ${token}` });

let server;
before(async () => {
  server = await startServer({ vars: { TIDINGS_SECRET: SECRET, PUBLIC_ACCESS: "{}" } });
});
after(() => server?.stop());

describe("a member with a token", () => {
  test("is who the token says, and may do what it grants", async () => {
    const room = roomAt(server.origin);
    const token = (sub, name, granted) => tokenOf({ sub, name, tidings: { rooms: { [room.name]: granted } } });
    const ann = await room.join({ token: token("ann", "Ann", ["read", "write", "moderate"]), name: "Eve" });
    const bob = await room.join({ token: token("bob", undefined, ["read", "write"]), name: "Bob" });
    const cat = await room.join({ token: token("cat", undefined, ["read"]) });
    const { you } = ann.last("welcome");
    assert.deepEqual(you, { id: "ann", name: "Ann", role: "moderator" });
    assert.deepEqual(bob.last("welcome").you, { id: "bob", name: "Bob", role: "member" });
    assert.deepEqual(cat.last("welcome").you, { id: "cat", name: "cat", role: "reader" });

    const said = await bob.say("from bob");
    assert.equal((await cat.refused({ type: "message", id: "1", text: "x" })).code, "forbidden");
    // A moderator may take back what others said.
    await ann.ask({ type: "delete", id: "d", target: said.cursor });
    await bob.until("deleted");
    for (const member of [ann, bob, cat]) member.close();
  });

  test("is the same one in every tab, and after a reconnect", async () => {
    const room = roomAt(server.origin);
    const token = tokenFor(WRITE);
    const one = await room.join({ token });
    const two = await room.join({ token });
    assert.equal(two.last("welcome").count, 1);
    const { cursor } = await one.say("same id");
    // Sent again over the other connection it is known.
    assert.equal((await two.say("same id")).cursor, cursor);
    one.close();
    two.close();
  });

  test("posts over HTTP under that name", async () => {
    const room = roomAt(server.origin);
    const post = (token, body) =>
      fetch(`${room.url}/messages`, {
        method: "POST",
        headers: { "Content-Type": "application/json", ...bearer(token) },
        body: JSON.stringify(body),
      });
    assert.equal((await post(tokenFor(WRITE, { name: "Ann" }), { text: "a", name: "Eve" })).status, 200);
    assert.equal((await post(tokenFor(WRITE, { sub: undefined }), { text: "b", name: "CI" })).status, 200);
    const page = await fetch(`${room.url}/messages`, { headers: bearer(tokenFor(EVERYTHING)) });
    const { messages } = await page.json();
    assert.deepEqual(messages.map(({ from }) => from), [
      { id: "ann", name: "Ann" },
      { id: "server", name: "CI" },
    ]);
  });

  test("needs a subject to be in a room", async () => {
    const room = roomAt(server.origin);
    const knock = room.knock({ token: tokenFor(WRITE, { sub: undefined }) });
    await assert.rejects(knock, /refused with 401/);
  });

  test("who was kicked or banned stays out, in every form", async () => {
    const room = roomAt(server.origin);
    const moderator = bearer(tokenFor(EVERYTHING, { sub: "mod" }));
    const token = tokenFor(WRITE, { sub: "eve" });
    const eve = await room.join({ token });
    const watching = openStream(room.url, { headers: bearer(token) });
    await watching.until((stream) => stream.status === 200);
    const bob = await room.join({ token: tokenFor(WRITE, { sub: "bob" }) });
    const kicked = await fetch(`${room.url}/members/eve?ban_seconds=60`, { method: "DELETE", headers: moderator });
    assert.equal(kicked.status, 204);
    assert.equal(await eve.socket.untilClosed(), 4403);
    await watching.until((stream) => stream.ended);
    assert.equal(watching.events.at(-1).type, "bye");

    const knock = await room.knock({ token });
    assert.equal(await knock.untilClosed(), 4403);
    const statuses = [];
    for (const [path, init] of [
      ["", { headers: { ...bearer(token), Accept: "text/event-stream" } }],
      ["/messages", { headers: bearer(token) }],
      ["/messages", { method: "POST", headers: { ...bearer(token), "Content-Type": "text/plain" }, body: "x" }],
    ]) {
      const response = await fetch(room.url + path, init);
      await response.body.cancel();
      statuses.push(response.status);
    }
    assert.deepEqual(statuses, [403, 403, 403]);
    await bob.say("still here");
    bob.close();
  });
});

describe("a token runs out", () => {
  test("an event stream says so before, and ends", async () => {
    const stream = streamAt(server.origin);
    await fetch(`${stream.url}/events`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...bearer(tokenFor(EVERYTHING)) },
      body: '{"data":1}',
    });
    const exp = inSeconds(4);
    for (const url of [stream.url, roomAt(server.origin).url]) {
      const reader = openStream(`${url}?token=${tokenFor(EVERYTHING, { exp })}`);
      await reader.until(({ ended }) => ended);
      assert.equal(reader.status, 200);
      const last = reader.events.at(-1);
      assert.equal(last.type, "auth");
      assert.deepEqual(JSON.parse(last.data), { expires_at: exp * 1000 });
      assert.ok(Date.now() < exp * 1000, "while the token is good");
      // A control event is no place in the log.
      assert.ok(!reader.text.slice(reader.text.indexOf("event: auth")).includes("id:"));
    }
  });

  test("a WebSocket is closed with 4401, and nobody else's", async () => {
    const stream = streamAt(server.origin);
    const room = roomAt(server.origin);
    const short = tokenFor(EVERYTHING, { exp: inSeconds(3) });
    const long = tokenFor(EVERYTHING, { sub: "bob" });
    const sockets = [];
    // One whose token lives longer is there already, and another comes later.
    for (const { url } of [stream, room]) {
      const staying = await openSocket(`${url}?token=${long}`);
      const ending = await openSocket(`${url}?token=${short}`);
      sockets.push([ending, staying, await openSocket(`${url}?token=${long}`)]);
    }
    for (const [ending, ...staying] of sockets) {
      assert.equal(await ending.untilClosed(), 4401);
      for (const socket of staying) {
        assert.equal(socket.closed, undefined);
        socket.close();
      }
    }
    assert.equal(sockets[1][0].events.at(-1).type, "bye");
  });

  test("also while everything sleeps", async () => {
    // An object sleeps after 10 s in which nothing happens. The close is sent at once;
    // the platform lets go of the connection when the object sleeps again.
    const patience = 40_000;
    const room = roomAt(server.origin);
    const stream = streamAt(server.origin);
    const token = tokenFor(EVERYTHING, { exp: inSeconds(14) });
    const member = await room.join({ token });
    const reader = await openSocket(`${stream.url}?token=${token}`);
    for (const socket of [member.socket, reader]) {
      await socket.until(({ closed }) => closed !== undefined, "the close", patience);
      assert.equal(socket.closed, 4401);
    }
  });
});

test("a response that a ticket has opened says that it is spent, when it ends by itself", async () => {
  const short = await startServer({ vars: { TIDINGS_SECRET: SECRET, PUBLIC_ACCESS: "{}", SSE_MAX_AGE_SECONDS: "1" } });
  try {
    const token = tokenFor(EVERYTHING);
    const ordered = await fetch(`${short.origin}/v1/tickets`, { method: "POST", headers: bearer(token) });
    const { ticket } = await ordered.json();
    const endOf = async (carried) => {
      const reader = openStream(`${streamAt(short.origin).url}?token=${carried}`);
      await reader.until(({ ended }) => ended);
      return reader.events.map(({ type, data }) => [type, JSON.parse(data).expires_at <= Date.now()]);
    };
    assert.deepEqual(await endOf(ticket), [["auth", true]]);
    assert.deepEqual(await endOf(token), [], "who has the token comes back with it");
  } finally {
    await short.stop();
  }
});

describe("a ticket", () => {
  const order = (token, body) =>
    fetch(`${server.origin}/v1/tickets`, { method: "POST", headers: bearer(token), body: body && JSON.stringify(body) });

  test("opens what the token opens, and only opens", async () => {
    const room = roomAt(server.origin);
    const response = await order(tokenFor(EVERYTHING, { name: "Ann" }));
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("cache-control"), "no-store");
    const { ticket, expires_in } = await response.json();
    assert.equal(expires_in, 60);

    const member = await room.join({ token: ticket });
    assert.deepEqual(member.last("welcome").you, { id: "ann", name: "Ann", role: "moderator" });
    await member.say("x");
    member.close();
    const reader = openStream(`${streamAt(server.origin).url}?token=${ticket}`);
    await reader.until(({ status }) => status === 200);
    reader.cut();

    for (const [method, path] of [
      ["POST", "/v1/streams/x/events"],
      ["PUT", "/v1/streams/x"],
      ["DELETE", "/v1/streams/x"],
      ["GET", "/v1/streams/x/events"],
      ["PUT", "/v1/jobs/digest/x"],
      ["GET", "/v1/rooms/x/messages"],
      ["POST", "/v1/rooms/x/messages"],
      ["DELETE", "/v1/rooms/x/members/y"],
      ["POST", "/v1/tickets"],
    ]) {
      const refused = await fetch(server.origin + path, { method, headers: bearer(ticket) });
      assert.equal(refused.status, 403, `${method} ${path}`);
      assert.match((await refused.json()).detail, /ticket/);
    }
  });

  test("may be for one stream or room", async () => {
    const token = tokenFor(EVERYTHING);
    const { ticket } = await (await order(token, { room: "only-this" })).json();
    const room = roomAt(server.origin, "only-this");
    (await room.join({ token: ticket })).close();
    await assert.rejects(roomAt(server.origin).join({ token: ticket }), /403/);
    await assert.rejects(openSocket(`${streamAt(server.origin, "only-this").url}?token=${ticket}`), /403/);
    for (const [body, status] of [
      [{ room: "/" }, 400],
      [{ room: 7 }, 400],
      [{ room: "a", stream: "b" }, 400],
      [[], 400],
      [{ stream: "b" }, 200],
      [{}, 200],
    ]) {
      assert.equal((await order(token, body)).status, status, JSON.stringify(body));
    }
    assert.equal((await order(tokenFor(WRITE), { stream: "b" })).status, 403);
    assert.equal((await order("x")).status, 401);
    assert.equal((await fetch(`${server.origin}/v1/tickets`, { method: "POST" })).status, 401);
    assert.equal((await fetch(`${server.origin}/v1/tickets`)).status, 405);
  });

  test("is good for a minute, and what it opened lives as long as the token", async () => {
    const exp = inSeconds(5);
    const { ticket } = await (await order(tokenFor(EVERYTHING, { exp }))).json();
    const claims = JSON.parse(Buffer.from(ticket.split(".")[1], "base64url"));
    assert.equal(claims.exp, exp, "never longer than the token");
    const member = await roomAt(server.origin).join({ token: ticket });
    assert.equal(await member.socket.untilClosed(), 4401);
    assert.ok(Date.now() >= exp * 1000 - 1000);

    const { ticket: another } = await (await order(tokenFor(EVERYTHING, { exp: inSeconds(3600) }))).json();
    const minute = JSON.parse(Buffer.from(another.split(".")[1], "base64url"));
    assert.ok(Math.abs(minute.exp - inSeconds(60)) <= 2);
    assert.equal(minute.tidings_ticket, inSeconds(3600) - (inSeconds(60) - minute.exp));
  });
});

describe("too many", () => {
  test("subscribers of a stream: an EventSource is told to come back, a WebSocket 1013", async () => {
    const small = await startServer({ vars: { LIMIT_SUBSCRIBERS_PER_STREAM: "1", LIMIT_MEMBERS_PER_ROOM: "1" } });
    try {
      const stream = streamAt(small.origin, freshName());
      const first = openStream(stream.url);
      await first.until(({ status }) => status === 200);
      const second = openStream(stream.url);
      await second.until(({ ended }) => ended);
      assert.equal(second.status, 200);
      assert.match(second.text, /^retry: \d{5}\n/);
      assert.deepEqual(second.events, []);
      const socket = await openSocket(stream.url);
      assert.equal(await socket.untilClosed(), 1013);
      await stream.publish({ data: 1 });
      await first.untilEvents(1);
      first.cut();
      // A place that is free again is found.
      await eventually(async () => {
        const third = openStream(stream.url);
        await third.until(({ ended, events }) => ended || events.length > 0);
        third.cut();
        return third.events.length;
      }, (events) => events === 1);

      const room = roomAt(small.origin);
      const member = await room.join({ name: "Ann" });
      const refused = await room.knock({ name: "Bob" });
      assert.equal(await refused.untilClosed(), 1013);
      member.close();
    } finally {
      await small.stop();
    }
  });
});
