// Rooms over HTTP and WebSocket: who comes in and how, what each frame does, what
// is refused. What a room decides is tested natively; here it is shown on the wire.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { openStream } from "./event-source.mjs";
import { freshKey, roomAt } from "./rooms.mjs";
import { startServer } from "./server.mjs";
import { openSocket } from "./socket.mjs";
import { eventually } from "./streams.mjs";

let server;
before(async () => {
  server = await startServer({ vars: { ALLOWED_ORIGINS: "https://a.example" } });
});
after(() => server?.stop());

/** A server-closed socket is let go when its object sleeps, which takes the platform 10 s. */
const untilClosed = async (socket) => {
  await socket.until(({ closed }) => closed !== undefined, "the close", 40_000);
  return socket.closed;
};

describe("a room", () => {
  test("carries messages, acknowledgements and the rest of a conversation", async () => {
    const room = roomAt(server.origin);
    const ann = await room.join({ name: "Ann", key: freshKey() }, { protocols: ["bearer.x", "tidings.v1"] });
    const bo = await room.join({ name: "Bo" });
    assert.equal(ann.socket.protocol, "tidings.v1");
    assert.equal(bo.socket.protocol, "");
    assert.equal(ann.socket.events[0].type, "welcome");
    assert.equal((await ann.until("joined")).member.id, bo.id);
    assert.equal(bo.last("welcome").count, 2);

    const { cursor } = await ann.say("hello");
    const message = await bo.until("message");
    assert.deepEqual(message, {
      type: "message",
      cursor,
      at: message.at,
      id: "hello",
      from: { id: ann.id, name: "Ann" },
      text: "hello",
    });
    assert.deepEqual(ann.last("message"), message);
    assert.equal((await ann.say("hello")).cursor, cursor);

    await ann.ask({ type: "edit", id: "e", target: cursor, text: "HELLO" });
    assert.equal((await bo.until("edited")).text, "HELLO");
    await bo.ask({ type: "react", id: "r", target: cursor, emoji: "👍" });
    assert.equal((await ann.until("reaction")).emoji, "👍");
    assert.equal((await bo.refused({ type: "delete", id: "d", target: cursor })).code, "forbidden");
    bo.send({ type: "typing", on: true });
    assert.equal((await ann.until("typing")).from.id, bo.id);
    bo.send({ type: "presence", data: { at: "desk" } });
    assert.deepEqual((await ann.until("presence")).data, { at: "desk" });
    bo.send({ type: "signal", key: "pointer", data: [1, 2] });
    assert.deepEqual((await ann.until("signal")).data, [1, 2]);
    assert.equal((await bo.ask({ type: "set", id: "s", key: "topic", value: "rain" })).version, 1);
    assert.equal((await ann.until("state")).value, "rain");
    const conflict = await ann.refused({ type: "set", id: "s2", key: "topic", value: "sun", if_version: 0 });
    assert.deepEqual([conflict.code, conflict.value, conflict.version], ["conflict", "rain", 1]);
    ann.send(Buffer.from([0, 255, 7]));
    await bo.socket.until(({ binary }) => binary.length === 1, "a binary frame");
    assert.deepEqual([...bo.socket.binary[0]], [0, 255, 7]);
    ann.send("ping");
    await ann.socket.until(({ texts }) => texts.includes("pong"), "pong");

    const late = await room.join();
    assert.deepEqual(late.last("welcome").state, { topic: { value: "rain", version: 1 } });
    const seen = await late.until("message");
    assert.deepEqual([seen.text, seen.reactions], ["HELLO", { "👍": [bo.id] }]);
    bo.close();
    assert.equal((await ann.until("left")).member.id, bo.id);
    // Typing has an end by itself, or with the connection.
    assert.equal((await ann.until("typing", ({ on }) => !on)).from.id, bo.id);
  });

  test("sends what comes together in few frames, and nothing twice", async () => {
    const open = await startServer({ vars: { LIMIT_FRAMES_PER_SECOND: "0" } });
    try {
      const room = roomAt(open.origin);
      const [ann, bo] = [await room.join(), await room.join()];
      const total = 500;
      for (let n = 0; n < total; n += 1) ann.send({ type: "message", id: String(n), data: n });
      await bo.socket.until(() => bo.of("message").length === total, "all messages");
      await ann.socket.until(() => ann.of("ack").length === total, "all acks");
      assert.deepEqual(bo.of("message").map(({ data }) => data), Array.from({ length: total }, (_, n) => n));
      assert.ok(bo.socket.texts.length < total / 2, `${bo.socket.texts.length} frames for ${total} messages`);
    } finally {
      await open.stop();
    }
  });

  test("answers who posts, also where somebody comes who has everything shown at once", async () => {
    const open = await startServer({ vars: { LIMIT_FRAMES_PER_SECOND: "0" } });
    try {
      // So busy that what is posted waits for more.
      const room = roomAt(open.origin);
      const members = [];
      for (let n = 0; n < 40; n += 1) members.push(await room.join());
      const watchers = [];
      for (let round = 0; round < 10; round += 1) {
        members.forEach((member, n) => member.send({ type: "message", id: `${round}.${n}`, data: n }));
        const posts = [0, 1, 2, 3].map((n) => {
          watchers.push(openStream(room.url), openStream(room.url));
          const headers = { "Content-Type": "application/json" };
          return fetch(`${room.url}/messages`, { method: "POST", headers, body: JSON.stringify({ data: n }), signal: AbortSignal.timeout(20_000) });
        });
        for (const { status } of await Promise.all(posts)) assert.equal(status, 200);
      }
      for (const watcher of watchers) watcher.cut();
    } finally {
      await open.stop();
    }
  });

  test("knows a member by the key, in another tab and after a reconnect", async () => {
    const room = roomAt(server.origin);
    const key = freshKey();
    const [one, two] = [await room.join({ name: "Ann", key }), await room.join({ name: "Ann", key })];
    assert.equal(one.id, two.id);
    assert.equal(two.last("welcome").count, 1);
    const { cursor } = await one.say("mine");
    one.close();
    two.close();
    await eventually(room.info, ({ members }) => members === 0);
    const back = await room.join({ name: "Ann", key, after: cursor });
    assert.equal(back.last("welcome").resumed, true);
    assert.equal((await back.say("mine")).cursor, cursor);
    assert.deepEqual(back.of("message"), []);
    const other = await roomAt(server.origin).join({ key });
    assert.notEqual(other.id, back.id, "in another room the same key is somebody else");
  });

  test("is resumed also from before its first event", async () => {
    const room = roomAt(server.origin);
    const ann = await room.join();
    assert.equal(ann.cursor, "0.0");
    await ann.say("one");
    const back = await room.join({ after: "0.0" });
    await back.until("message");
    assert.deepEqual([back.of("gap"), back.last("welcome").resumed], [[], true]);
  });

  test("tells of a gap, and goes on with the oldest that is there", async () => {
    const room = roomAt(server.origin);
    const ann = await room.join();
    await ann.say("one");
    const back = await room.join({ after: "zzz.5" });
    const gap = await back.until("gap");
    assert.deepEqual([gap.requested, back.last("welcome").resumed], ["zzz.5", false]);
    assert.equal((await back.until("message")).cursor, gap.oldest);
  });

  test("is watched over Server-Sent Events, with the same cursors", async () => {
    const room = roomAt(server.origin);
    const ann = await room.join({ name: "Ann" });
    const { cursor } = await ann.say("one");
    const watcher = openStream(room.url);
    await watcher.untilEvents(1);
    const two = await ann.say("two");
    await ann.ask({ type: "delete", id: "d", target: cursor });
    await watcher.untilEvents(3);
    assert.deepEqual(watcher.events.map(({ type }) => type), ["message", "message", "deleted"]);
    assert.deepEqual(watcher.events[1].data && JSON.parse(watcher.events[1].data), ann.of("message")[1]);
    assert.equal((await room.info()).watchers, 1);
    assert.equal((await room.info()).members, 1);
    const lastEventId = watcher.events[0].id;
    assert.equal(lastEventId, cursor);
    watcher.cut();
    const again = openStream(room.url, { lastEventId });
    await again.untilEvents(2);
    assert.equal(again.events[0].id, two.cursor);
    await room.close();
    await again.untilEnd();
    assert.equal(again.events.at(-1).type, "bye");
    const head = await fetch(room.url, { method: "HEAD", headers: { Accept: "text/event-stream" } });
    assert.equal(head.headers.get("content-type"), "text/event-stream");
  });
});

describe("over HTTP", () => {
  test("a room is configured, described, and forgotten", async () => {
    const room = roomAt(server.origin);
    assert.equal((await room.info()).status, 404);
    assert.equal((await room.messages()).status, 404);
    assert.equal((await room.close()).status, 404);
    assert.equal((await room.configure({ title: "Lobby", max_members: 1 })).status, 201);
    assert.equal((await room.configure({ title: "Hall", slow_mode_seconds: 60 })).status, 200);
    const ann = await room.join({ name: "Ann", key: freshKey() });
    assert.equal(ann.last("welcome").title, "Hall");
    await ann.say("one");
    assert.equal((await ann.refused({ type: "message", id: "2", text: "x" })).code, "rate_limited");
    const info = await room.info();
    assert.deepEqual([info.title, info.members, info.connections, info.retain_events], ["Hall", 1, 1, 10_000]);
    assert.equal(info.head, ann.last("ack").cursor);
    assert.equal((await room.close()).status, 204);
    assert.equal((await ann.until("bye")).reason, "the room was closed");
    assert.equal(await untilClosed(ann.socket), 4404);
    assert.equal((await room.info()).status, 404);
    const again = await room.join();
    await again.say("new");
    assert.notEqual(again.last("ack").cursor.split(".")[0], info.head.split(".")[0], "another epoch");
  });

  test("a server posts, once for each id, and pages show it", async () => {
    const room = roomAt(server.origin);
    const ann = await room.join();
    const first = await room.post({ id: "1", text: "beep", name: "Bot" });
    assert.deepEqual([first.status, first.id, first.duplicate], [200, "1", false]);
    const again = await room.post({ id: "1", text: "beep", name: "Bot" });
    assert.deepEqual([again.cursor, again.duplicate], [first.cursor, true]);
    assert.deepEqual((await ann.until("message")).from, { id: "server", name: "Bot" });
    await room.post("plain\ntext", "text/plain");
    const page = await room.messages("?limit=1");
    assert.deepEqual([page.messages[0].text, page.more], ["plain\ntext", true]);
    const older = await room.messages(`?before=${page.messages[0].cursor}`);
    assert.deepEqual(older.messages.map(({ text }) => text), ["beep"]);
    const newer = await room.messages(`?after=${first.cursor}`);
    assert.deepEqual(newer.messages.map(({ text }) => text), ["plain\ntext"]);
    await room.configure({ read_only: true });
    assert.equal((await room.post({ text: "no" })).status, 403);
    assert.equal((await ann.refused({ type: "message", id: "no", text: "no" })).code, "read_only");
  });

  test("bad input is refused with the rule, and touches nothing", async () => {
    const room = roomAt(server.origin);
    for (const [status, path, init] of [
      [426, "", {}],
      [426, "", { headers: { Accept: "text/html" } }],
      [400, "", { method: "PUT", body: "[]" }],
      [400, "", { method: "PUT", body: '{"max_members":0}' }],
      [405, "", { method: "POST" }],
      [400, "/messages?limit=0", {}],
      [400, "/messages?before=a.1&after=a.1", {}],
      [415, "/messages", { method: "POST", headers: { "Content-Type": "text/html" }, body: "x" }],
      [400, "/messages", { method: "POST", headers: { "Content-Type": "application/json" }, body: "{" }],
      [400, "/messages", { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" }],
      [413, "/messages", { method: "POST", headers: { "Content-Type": "text/plain" }, body: "x".repeat(4_001) }],
      [404, "/members/nobody", { method: "DELETE" }],
      [400, "/members/nobody?ban_seconds=0", { method: "DELETE" }],
      [405, "/members/nobody", {}],
    ]) {
      const answer = await fetch(room.url + path, init);
      assert.equal(answer.status, status, `${init.method} ${path}`);
      assert.equal(answer.headers.get("content-type"), "application/problem+json");
      assert.equal((await answer.json()).status, status);
    }
    assert.equal((await room.info()).status, 404);
    const own = roomAt(server.origin, "tidings.x");
    for (const call of [own.configure({}), own.close(), fetch(`${own.url}/messages`)]) assert.equal((await call).status, 403);
    await assert.rejects(own.knock(), /403/);
    await assert.rejects(room.knock({ name: "x".repeat(65) }), /413/);
    await assert.rejects(room.knock({ key: "short" }), /400/);
    await assert.rejects(room.knock({ tail: "x" }), /400/);
    await assert.rejects(room.knock({}, { protocols: ["graphql-ws"] }), /400/);
  });

  test("a page of a foreign origin may not connect", async () => {
    const room = roomAt(server.origin);
    await assert.rejects(room.knock({}, { origin: "https://evil.example" }), /403/);
    const allowed = await room.join({}, { origin: "https://a.example" });
    allowed.close();
  });

  test("what the operator has not opened is closed", async () => {
    const access = { rooms: { "news-*": ["read"], lobby: ["read", "write"] } };
    const closed = await startServer({ vars: { PUBLIC_ACCESS: JSON.stringify(access) } });
    try {
      const news = roomAt(closed.origin, "news-1");
      const reader = await news.join();
      assert.equal(reader.last("welcome").you.role, "reader");
      assert.equal((await reader.refused({ type: "message", id: "1", text: "x" })).code, "forbidden");
      assert.equal((await news.post({ text: "x" })).status, 503);
      const lobby = roomAt(closed.origin, "lobby");
      assert.equal((await lobby.join()).last("welcome").you.role, "member");
      for (const call of [lobby.configure({}), lobby.close(), lobby.kick("x")]) assert.equal((await call).status, 503);
      await assert.rejects(roomAt(closed.origin, "other").knock(), /503/);
    } finally {
      await closed.stop();
    }
  });
});

describe("connections end", () => {
  test("with what the client says, answered at once", async () => {
    const room = roomAt(server.origin);
    for (const code of [1000, 3000, 4999, undefined]) {
      const ann = await room.join();
      ann.close(code);
      assert.equal(await ann.socket.untilClosed(), code ?? 1005);
    }
    await eventually(room.info, ({ status, members }) => status === 404 || members === 0);
  });

  test("with 1008 for a flood and for nonsense, with 1009 for a frame that is too big", async () => {
    const room = roomAt(server.origin);
    const [flood, nonsense, big] = [await room.join(), await room.join(), await room.join()];
    for (let n = 0; n < 300; n += 1) flood.send({ type: "message", id: String(n), text: "x" });
    for (let n = 0; n < 10; n += 1) nonsense.send("nonsense");
    big.send(`"${"x".repeat(64 * 1024)}"`);
    assert.equal(await untilClosed(flood.socket), 1008);
    assert.equal(await untilClosed(nonsense.socket), 1008);
    assert.equal(await untilClosed(big.socket), 1009);
    assert.equal(flood.of("error")[0].code, "rate_limited");
    assert.equal(nonsense.of("error").length, 10);
    for (const member of [flood, nonsense, big]) assert.ok(member.last("bye").reason);
  });

  test("with 4403 for the kicked, and the banned stay out", async () => {
    const room = roomAt(server.origin);
    const key = freshKey();
    const [ann, bo] = [await room.join({ name: "Ann", key }), await room.join({ name: "Bo" })];
    assert.equal((await room.kick(ann.id)).status, 204);
    assert.equal((await bo.until("left")).member.id, ann.id);
    const again = await room.join({ name: "Ann", key });
    assert.equal((await room.kick(again.id, "?ban_seconds=3600")).status, 204);
    assert.equal((await room.kick(bo.id, "?ban_seconds=3600")).status, 204);
    for (const query of [{ name: "Ann", key }, { name: "Bo" }]) {
      const banned = await room.knock(query);
      assert.equal(await untilClosed(banned), 4403);
      assert.deepEqual(banned.events.map(({ type }) => type), ["bye"]);
    }
    assert.equal(await untilClosed(ann.socket), 4403);
    (await room.join({ name: "Cy" })).close();
  });

  test("with 1013 where there is no place", async () => {
    const room = roomAt(server.origin);
    await room.configure({ max_members: 1 });
    const ann = await room.join();
    const late = await room.knock();
    assert.equal(await untilClosed(late), 1013);
    assert.ok(late.events[0].retry_ms > 0);
    ann.close();
    await eventually(room.info, ({ members }) => members === 0);
    (await room.join()).close();
  });

  test("without a word, and the others are told", async () => {
    const room = roomAt(server.origin);
    const [ann, bo] = [await room.join(), await room.join()];
    bo.socket.cut();
    assert.equal((await ann.until("left")).member.id, bo.id);
    assert.equal((await room.info()).connections, 1);
  });
});

test("openSocket shows what is refused", async () => {
  await assert.rejects(openSocket(`${server.origin}/v1/rooms/-`), /400/);
});
