// Our own client, taken through what everybody else's is taken through. It is written
// for browsers; Node has all that it needs but EventSource.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";

import { EventSource } from "eventsource";

import * as sdk from "../../public/sdk/tidings.js";
import { startProxy } from "../e2e/cuttable-proxy.mjs";
import { startServer } from "../e2e/server.mjs";
import { eventually, streamAt } from "../e2e/streams.mjs";
import { inSeconds, SECRET, tokenOf } from "../e2e/tokens.mjs";
import { Follower } from "./follower.mjs";
import { lossyJourney, RESTLESS, rotatedJourney, SHORT_LIVED, TYPES } from "./journey.mjs";
import { enter, kickedJourney, pacedJourney, roomAt, roomJourney, silentJourney } from "./room-journey.mjs";
import { joinBySdk } from "./sdk-member.mjs";

globalThis.EventSource = EventSource;

/** Closed after each test: one that fails must not keep the process from ending. */
const connections = [];
const kept = (open) => (...details) => {
  const connection = open(...details);
  connections.push(connection);
  return connection;
};
const [joinRoom, openStream] = [sdk.joinRoom, sdk.openStream].map(kept);
afterEach(() => {
  for (const connection of connections.splice(0)) connection.close();
});

/** What the SDK takes for the page that it is on. */
const page = Object.assign(new EventTarget(), { visibilityState: "visible" });
globalThis.document = page;
const show = () => page.dispatchEvent(new Event("visibilitychange"));

const GRANTED = { streams: { "*": ["read", "publish", "manage"] }, rooms: { "*": ["read", "write"] } };
const tokenFor = (seconds, granted = GRANTED) => tokenOf({ sub: "ann", tidings: granted, exp: inSeconds(seconds) });

let restless;
let shortLived;
let guarded;
before(async () => {
  restless = await startServer({ vars: RESTLESS });
  shortLived = await startServer({ vars: SHORT_LIVED });
  guarded = await startServer({ vars: { TIDINGS_SECRET: SECRET, PUBLIC_ACCESS: "{}" } });
});
after(async () => {
  for (const server of [restless, shortLived, guarded]) await server?.stop();
});

/** Waits for a status; the one that it is. */
const untilStatus = (connection, isSo) =>
  new Promise((resolve) => {
    const look = (status) => isSo(status) && resolve(status);
    connection.on("status", look);
    look(connection.status);
  });
const untilOpen = (connection) => untilStatus(connection, ({ state }) => state === "open");
const untilClosed = (connection) => untilStatus(connection, ({ state }) => state === "closed");

describe("a stream", () => {
  function start(address) {
    const url = new URL(address);
    const place = url.searchParams.get("after");
    url.search = "";
    const stream = openStream(url, { after: place });
    const follower = new Follower();
    for (const type of TYPES) {
      stream.on(type, ({ type, data, cursor }) => {
        assert.notEqual(stream.cursor, cursor, "the cursor is not ahead of what is delivered");
        // What was published as text is told as it is, and in the journeys has this type.
        follower.add({ type, data: typeof data === "string" && type === "message" ? data : JSON.stringify(data), id: cursor });
      });
    }
    stream.on("status", ({ state, reason }) => state === "closed" && follower.stop(reason));
    return follower;
  }

  test("SDK: cut and refused, it has every event once", async () => {
    assert.equal((await lossyJourney(restless, start)).stopped, "done");
  });

  test("SDK: ended by the server between events, it has every event once", async () => {
    assert.equal((await rotatedJourney(shortLived, start)).stopped, "done");
  });

  for (const options of [{}, { tail: 3 }, { tail: 0 }]) {
    test(`SDK: cut before anything came, it has what comes then: ${JSON.stringify(options)}`, async () => {
      const at = streamAt(restless.origin);
      // Of a stream with a past only who wants none of it gets nothing at first.
      if (options.tail === 0) await at.publish({ data: "before" });
      const proxy = await startProxy(restless.origin);
      try {
        const stream = openStream(`${proxy.origin}/v1/streams/${at.name}`, options);
        const heard = [];
        stream.on("event", ({ data }) => heard.push(data));
        await untilOpen(stream);
        proxy.refuse();
        proxy.cut();
        await at.publish({ data: 1 }, { data: 2 }, { data: 3 }, { data: 4 });
        proxy.accept();
        await until(() => heard.length >= 4);
        assert.deepEqual(heard, [1, 2, 3, 4]);
      } finally {
        await proxy.stop();
      }
    });
  }

  test("SDK: a type that is named when nothing else has come begins as the stream does", async () => {
    const at = streamAt(restless.origin);
    await at.publish({ type: "note", data: 1 }, { type: "note", data: 2 });
    const stream = openStream(at.url);
    await untilOpen(stream);
    const heard = [];
    stream.on("note", ({ data }) => heard.push(data));
    await until(() => heard.length > 0);
    await at.publish({ type: "note", data: 3 });
    await until(() => heard.includes(3));
    assert.deepEqual(heard, [2, 3], "the latest of its type, and not all that was");
  });

  test("SDK: an event whose type has another meaning for `on` is one of all events", async () => {
    const at = streamAt(restless.origin);
    const heard = [];
    const stream = openStream(at.url, { after: "start" });
    const said = [];
    stream.on("event", ({ type, data }) => heard.push([type, data]));
    stream.on("status", ({ state }) => said.push(state));
    await untilOpen(stream);
    await at.publish({ type: "status", data: 1 }, { type: "event", data: 2 }, { data: 3, final: true });
    await untilClosed(stream);
    assert.deepEqual(heard, [["status", 1], ["event", 2], ["message", 3]], "each once");
    assert.ok(said.every((state) => typeof state === "string"), "and no event is taken for a status");
  });

  test("SDK: a stream is done also where nobody listens to its last event", async () => {
    const at = streamAt(restless.origin);
    await at.publish({ data: 1 });
    const heard = [];
    const stream = openStream(at.url, { after: "start" });
    stream.on("event", ({ data }) => heard.push(data));
    await untilOpen(stream);
    await at.publish({ data: 2 }, { type: "finis", data: 3, final: true });
    assert.equal((await untilClosed(stream)).reason, "done");
    assert.deepEqual(heard, [1, 2]);
  });

  test("SDK: deleted under it, it stays away", async () => {
    const at = streamAt(restless.origin);
    await at.publish({ data: 1 });
    const stream = openStream(at.url);
    await untilOpen(stream);
    await fetch(at.url, { method: "DELETE" });
    assert.equal((await untilClosed(stream)).reason, "deleted");
  });

  test("SDK: a token is renewed when it is refused, and before it runs out", async () => {
    const at = streamAt(guarded.origin);
    const publish = (n) =>
      fetch(`${at.url}/events`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${tokenFor(600)}` },
        body: JSON.stringify({ data: n }),
      });
    // One that has run out, one that soon will, and so is said to by `auth`, and a good one.
    const lives = [-60, 3, 600];
    let asked = 0;
    const stream = openStream(at.url, { token: () => tokenFor(lives[asked++] ?? 600), after: "start" });
    const heard = [];
    const all = new Promise((resolve) => {
      stream.on("message", ({ data }) => heard.push(data) === 20 && resolve());
    });
    for (let n = 0; n < 20; n += 1) {
      await publish(n);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    await all;
    assert.deepEqual(heard, Array.from({ length: 20 }, (_, n) => n));
    assert.ok(asked >= 3, `the token was asked for ${asked} times`);
    stream.close();
  });

  test("SDK: without a right it is refused, and does not come back", async () => {
    const at = streamAt(guarded.origin);
    const forbidden = openStream(at.url, { token: tokenFor(600, {}) });
    const expired = openStream(at.url, { token: tokenFor(-60) });
    const without = openStream(at.url);
    for (const stream of [forbidden, expired, without]) assert.equal((await untilClosed(stream)).reason, "refused");
  });
});

describe("a room", () => {
  const start = (address) => joinBySdk(joinRoom, address);

  test("SDK: cut, unanswered, refused, restarted and crashed, it has every message once", async () => {
    await roomJourney(restless, start);
  });

  test("SDK: told to wait, it says everything in order", async () => {
    await pacedJourney(restless, start);
  });

  test("SDK: without a word of the other side, it comes back", async () => {
    const shower = setInterval(show, 1000);
    try {
      await silentJourney(restless, start);
    } finally {
      clearInterval(shower);
    }
  });

  test("SDK: removed from the room, it stays away, and says why", async () => {
    const members = [];
    await kickedJourney(restless, (url) => {
      members.push(start(url));
      return members.at(-1);
    });
    assert.equal(members[0].room.status.reason, "kicked");
  });

  test("SDK: what the room says last counts, also where the wire does not end yet", async () => {
    const at = roomAt(restless.origin);
    assert.equal((await fetch(at.url, { method: "PUT", body: '{"max_members":1}' })).status, 201);
    const key = "a".repeat(16);
    const first = joinRoom(at.url, { key });
    await untilOpen(first);
    const second = joinRoom(at.url, { key: "b".repeat(16) });
    const { code, retryAt } = await untilStatus(second, ({ state }) => state === "waiting");
    assert.equal(code, 1013);
    assert.ok(retryAt - Date.now() > 1_500, "as long as the room asks for");
    second.close();
    await fetch(`${at.url}/members/${first.me.id}?ban_seconds=60`, { method: "DELETE" });
    assert.equal((await untilClosed(first)).reason, "kicked");
    assert.equal((await untilClosed(joinRoom(at.url, { key }))).reason, "kicked");
  });

  test("SDK: the address says what the options do not", async () => {
    const at = roomAt(restless.origin);
    for (const text of ["1", "2", "3"]) await at.post({ text });
    for (const [query, wanted] of [["?tail=1", ["3"]], ["?after=start", ["1", "2", "3"]]]) {
      const heard = [];
      const room = joinRoom(at.url + query);
      room.on("message", ({ text }) => heard.push(text));
      await untilOpen(room);
      await until(() => heard.length >= wanted.length);
      assert.deepEqual(heard, wanted);
    }
  });

  test("SDK: a room that is watched goes on when a message is deleted", async () => {
    const at = roomAt(restless.origin);
    const room = joinRoom(at.url);
    const watching = openStream(at.url);
    const heard = [];
    for (const type of ["message", "deleted"]) watching.on(type, ({ data }) => heard.push(data.type));
    await Promise.all([untilOpen(room), untilOpen(watching)]);
    const { cursor } = await room.send("one");
    await room.delete(cursor);
    await room.send("two");
    await until(() => heard.length >= 3);
    assert.deepEqual(heard, ["message", "deleted", "message"]);
  });

  test("SDK: a token that cannot be had is tried for again, after a pause", async () => {
    let asked = 0;
    const token = () => {
      asked += 1;
      throw new Error("not now");
    };
    const room = joinRoom(roomAt(restless.origin).url, { token });
    await untilStatus(room, ({ state }) => state === "waiting");
    await until(() => asked > 1);
  });

  for (const options of [{ name: "z".repeat(65) }, { name: "a\u0007" }, { key: "short" }, { tail: -1 }]) {
    test(`SDK: refused for who it says it is, it stays away: ${JSON.stringify(options)}`, async () => {
      const room = joinRoom(roomAt(restless.origin).url, options);
      assert.equal((await untilClosed(room)).reason, "refused");
    });
  }

  test("SDK: what is said while there is no connection is said later, up to a bound", async () => {
    const at = roomAt(restless.origin);
    const { proxy, member } = await enter(at, (url) => start(url));
    const bounded = joinRoom(`${proxy.origin}/v1/rooms/${at.name}`, { key: "a".repeat(16), queue: 2 });
    await untilOpen(bounded);
    proxy.refuse();
    proxy.cut();
    await untilStatus(bounded, ({ state }) => state === "waiting");
    const first = bounded.send("one");
    const second = bounded.send({ data: { two: 2 } });
    await assert.rejects(bounded.send("three"), { code: "queue_full" });
    await assert.rejects(bounded.send({ data: "x".repeat(65_536) }), { code: "too_long" });
    await assert.rejects(bounded.send({ data: 1n }), TypeError);
    bounded.typing(true); // dropped, and no error
    proxy.accept();
    assert.match((await first).cursor, /\.\d+$/);
    await second;
    assert.deepEqual((await at.history()).map(({ text, data }) => text ?? data), ["one", { two: 2 }]);

    proxy.refuse();
    proxy.cut();
    await untilStatus(bounded, ({ state }) => state === "waiting");
    const never = bounded.send("never");
    bounded.close();
    await assert.rejects(never, { code: "closed" });
    await assert.rejects(bounded.send("late"), { code: "closed" });
    assert.equal(bounded.status.reason, "closed");
    member.leave();
    await proxy.stop();
  });

  test("SDK: messages are told as they are now; members, state and presence are kept", async () => {
    const at = roomAt(restless.origin);
    const ann = joinRoom(at.url, { key: "a".repeat(16), name: "Ann" });
    const bo = joinRoom(at.url, { key: "b".repeat(16), name: "Bo" });
    await Promise.all([untilOpen(ann), untilOpen(bo)]);
    const told = [];
    bo.on("message", (message) => told.push(message));
    const { cursor } = await ann.send("helo");
    await bo.react(cursor, "👍");
    await ann.edit(cursor, "hello");
    await bo.react(cursor, "👍", false);
    await assert.rejects(bo.edit(cursor, "mine"), { code: "forbidden" });
    await ann.delete(cursor);
    await until(() => told.length === 5);
    const seen = told.map(({ text, edited_at: edited, deleted, reactions }) => [text, Boolean(edited), deleted, reactions]);
    assert.deepEqual(seen, [
      ["helo", false, undefined, undefined],
      ["helo", false, undefined, { "👍": [bo.me.id] }],
      ["hello", true, undefined, { "👍": [bo.me.id] }],
      ["hello", true, undefined, {}],
      [undefined, true, true, undefined],
    ]);

    ann.presence({ at: "desk" });
    const annAsSeen = () => bo.members.find(({ name }) => name === "Ann");
    await until(() => annAsSeen()?.data?.at === "desk");
    assert.equal((await ann.set("topic", "rain", { ifVersion: 0 })).version, 1);
    await until(() => bo.state.get("topic")?.value === "rain");
    await assert.rejects(bo.set("topic", "sun", { ifVersion: 0 }), ({ code, frame }) => code === "conflict" && frame.version === 1);

    // Both come back after a crash, and everybody's presence with them.
    const gone = [];
    bo.on("state", (key, value) => gone.push([key, value]));
    await restless.kill();
    await Promise.all([ann, bo].map((room) => until(() => room.status.state === "open" && room.count === 2)));
    await until(() => annAsSeen()?.data?.at === "desk");
    assert.equal(bo.state.get("topic").value, "rain");
    await ann.set("topic", null);
    await until(() => gone.length > 0);
    assert.deepEqual(gone, [["topic", undefined]]);
    ann.close();
    await until(() => bo.count === 1);
    bo.close();
  });

  const MANY = Array.from({ length: 60 }, (_, n) => `${n}`);
  /** Cuts a room before anything was told to it; more than a tail is said until it is back. */
  async function missing(at, proxy, room) {
    const heard = [];
    room.on("message", ({ text }) => heard.push(text));
    proxy.refuse();
    proxy.cut();
    for (const text of MANY) await at.post({ text });
    proxy.accept();
    await until(() => heard.length >= MANY.length);
    assert.deepEqual(heard, MANY);
  }
  const through = async (act) => {
    const at = roomAt(restless.origin);
    const proxy = await startProxy(restless.origin);
    try {
      await act(at, proxy, (options) => joinRoom(`${proxy.origin}/v1/rooms/${at.name}`, options));
    } finally {
      await proxy.stop();
    }
  };

  test("SDK: cut in an empty room, it has all that is said then", () =>
    through(async (at, proxy, enterRoom) => {
      const room = enterRoom();
      await untilOpen(room);
      await missing(at, proxy, room);
    }));

  test("SDK: cut where it wanted nothing of the past, it has all that is said then", () =>
    through(async (at, proxy, enterRoom) => {
      await at.post({ text: "before" });
      const room = enterRoom({ tail: 0 });
      await untilOpen(room);
      await missing(at, proxy, room);
    }));

  test("SDK: cut where all was forgotten, it has all that is said then", () =>
    through(async (at, proxy, enterRoom) => {
      await at.configure({ retain_seconds: 1 });
      await at.post({ text: "before" });
      await eventually(at.history, (messages) => messages.length === 0);
      await at.configure({ retain_seconds: 3600 });
      const room = enterRoom();
      await untilOpen(room);
      // Whatever comes after the welcome says that nothing of the past does.
      const other = joinRoom(at.url, { key: "b".repeat(16) });
      await until(() => room.count === 2);
      other.close();
      await missing(at, proxy, room);
    }));

  test("SDK: state under the names that every object has is state like any other", () =>
    through(async (at, proxy, enterRoom) => {
      const ann = enterRoom();
      const bo = joinRoom(at.url, { key: "b".repeat(16) });
      for (const key of ["toString", "constructor", "plain"]) await ann.set(key, 1);
      proxy.refuse();
      proxy.cut();
      for (const key of ["toString", "plain"]) await bo.set(key, null);
      const removed = [];
      ann.on("state", (key, value, version) => removed.push([key, value, version]));
      proxy.accept();
      await until(() => removed.length === 2);
      assert.deepEqual(removed, [["toString", undefined, 0], ["plain", undefined, 0]]);
      assert.deepEqual([...ann.state.keys()], ["constructor"]);
    }));

  test("SDK: a token that runs out is renewed, and nothing is missed", async () => {
    const at = roomAt(guarded.origin);
    const headers = { Authorization: `Bearer ${tokenFor(600)}`, "Content-Type": "application/json" };
    const lives = [-60, 2, 600];
    let asked = 0;
    const room = joinRoom(at.url, { token: async () => tokenFor(lives[asked++] ?? 600), after: "start" });
    const heard = [];
    room.on("message", ({ text }) => heard.push(text));
    const said = Array.from({ length: 16 }, (_, n) => `${n}`);
    for (const text of said) {
      await fetch(`${at.url}/messages`, { method: "POST", headers, body: JSON.stringify({ id: text, text }) });
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    await until(() => heard.length === said.length);
    assert.deepEqual(heard, said);
    assert.ok(asked >= 3, `the token was asked for ${asked} times`);
    assert.equal(room.me.id, "ann");
    room.close();

    const refused = joinRoom(at.url, { token: tokenFor(600, {}) });
    assert.equal((await untilClosed(refused)).reason, "refused");
    const expired = joinRoom(at.url, { token: tokenFor(-60) });
    assert.equal((await untilClosed(expired)).reason, "refused");
  });
});

async function until(isSo) {
  const patience = Date.now() + 60_000;
  while (!isSo()) {
    if (Date.now() > patience) throw new Error(`waited in vain for ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
