// What every client of rooms is taken through, and what it must have seen afterwards.
//
// A client is a function `join(url)` that answers a Member, says what it is told to,
// and comes back by its own means, or those that its authors advise. `url` is that of
// a WebSocket, without a place to begin at: that is the client's.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";

import { startProxy } from "../e2e/cuttable-proxy.mjs";
import { openSocket } from "../e2e/socket.mjs";
import { eventually, freshName } from "../e2e/streams.mjs";

/** A text that no compression makes much shorter. */
const LONG = randomBytes(3000).toString("base64").slice(0, 4000);
/** So many bytes of it cannot come with something else before the middle. */
const MOST_OF_LONG = 2500;

/**
 * A conversation with a cut between frames and in the middle of one, with an answer
 * that is lost, with nobody there for a while, over a restart and a crash, until the
 * room is closed.
 *
 * @param {{origin: string, restart: Function, kill: Function}} server
 * @param {(url: string) => import("./member.mjs").Member} join
 */
export async function roomJourney(server, join) {
  const room = roomAt(server.origin);
  const { proxy, member } = await enter(room, join);
  /** What each side said, in order. */
  const own = [];
  const theirs = [];
  const say = (text) => {
    const id = `own-${own.length}`;
    own.push({ id, text });
    member.say({ type: "message", id, text });
    return id;
  };
  const hear = async (text) => {
    const id = `their-${theirs.length}`;
    theirs.push({ id, text });
    await room.post({ id, text });
  };
  const untilAllIsThere = async () => {
    await member.until(() => member.of("message").length >= own.length + theirs.length, "all messages");
    if (own.length > 0) await member.untilAcked(own.at(-1).id);
  };
  let other;
  try {
    // Before anybody has said anything, and so without a cursor.
    await member.untilWelcomes(1);
    proxy.cut();
    await member.untilWelcomes(2);

    // With another member, seen by each other as it happens.
    other = await openSocket(`${room.url}?name=Bo`);
    await member.until(() => member.of("joined").some((frame) => frame.member.name === "Bo"), "Bo");
    await member.untilAcked(say("Grüße, 世界 🌍 \u2028 \u0085"));
    await other.until(({ events }) => events.some((frame) => frame.id === own[0].id), "a message of the client");
    await hear("two\n\nlines\n");
    await hear('[{"type":"ack","id":"own-0"}]');
    await untilAllIsThere();
    other.send(JSON.stringify({ type: "react", id: "r", target: member.events[0].cursor, emoji: "👍" }));
    await member.until(() => member.of("reaction").length > 0, "a reaction");
    other.close(1000);
    await member.until(() => member.of("left").length > 0, "Bo to leave");

    // The answer is lost: it says it again, and it is there once. This comes early, while
    // it is far from the limit of its frames, or what is lost could be a refusal.
    proxy.deafen();
    const unanswered = say("once");
    await room.untilSaid(unanswered);
    assert.deepEqual(member.acksOf(unanswered), [], "nobody has told it");
    proxy.cut();
    await member.untilAcked(unanswered);

    // Cut while both speak, and it says more at once than it may.
    const flow = (async () => {
      for (let n = 0; n < 40; n += 1) await hear(`their ${n}`);
    })();
    const last = Array.from({ length: 45 }, (_, n) => say(`own ${n}`)).at(-1);
    const before = member.events.length;
    await member.untilEvents(before + 20);
    proxy.cut();
    await flow;
    await member.untilAcked(last);
    await untilAllIsThere();

    // Cut in the middle of a frame, then nobody is there for a while.
    await untilAllIsThere();
    const cut = proxy.cutAmid(MOST_OF_LONG);
    proxy.refuse();
    await hear(LONG);
    await cut;
    await proxy.until(() => proxy.refused > 0, "an attempt to come back");
    say("while nobody is there");
    say("and again");
    await hear("they speak on");
    proxy.accept();
    await untilAllIsThere();

    // The runtime ends in an orderly way; what it had not answered is said again.
    say("before the restart");
    await server.restart();
    say("after the restart");
    await hear("they are back");
    await untilAllIsThere();

    // And as by a power cut, perhaps before it has written what it was told.
    say("before the crash");
    await server.kill();
    await hear("they are back again");
    say("after the crash");
    await untilAllIsThere();

    const history = await room.history();
    await room.remove();
    await member.untilStopped();
    assert.equal(member.stopped, 4404);
    arrive({ proxy, member, own, theirs, history });
    await proveAway({ proxy, member, room }, server, join);
    assert.equal((await room.info()).status, 404, "nobody made the room anew");
  } finally {
    other?.close(1000);
    member.leave();
    await proxy.stop();
  }
}

/** It is told to wait, does, and what it says keeps its order. */
export async function pacedJourney(server, join) {
  const room = roomAt(server.origin);
  await room.configure({ slow_mode_seconds: 2 });
  const { proxy, member } = await enter(room, join);
  try {
    const said = [];
    const say = () => {
      const id = `m-${said.length}`;
      said.push(id);
      member.say({ type: "message", id, text: id });
      return id;
    };
    const isRefused = () => member.of("error").length > 0;
    while (!isRefused()) {
      const id = say();
      await member.until(() => isRefused() || member.acksOf(id).length > 0, "an answer");
    }
    say();
    // One that will never be taken is not in the way of the others.
    member.say({ type: "message", id: "empty", text: "" });
    await member.untilAcked(say());
    assert.deepEqual((await room.history()).map(({ id }) => id), said);
    const codes = member.of("error").map(({ id, code }) => (id === "empty" ? "never" : code));
    assert.deepEqual(new Set(codes), new Set(["rate_limited", "never"]));
    assert.equal(codes.filter((code) => code === "never").length, 1);
  } finally {
    member.leave();
    await proxy.stop();
  }
}

/** The wire is dead and nobody says so: it must find out, and miss nothing. */
export async function silentJourney(server, join) {
  const room = roomAt(server.origin);
  const { proxy, member } = await enter(room, join);
  try {
    await member.untilWelcomes(1);
    await room.post({ id: "first", text: "heard" });
    await member.untilEvents(1);
    proxy.deafen();
    await room.post({ id: "second", text: "not heard" });
    await member.untilEvents(2);
    assert.deepEqual(member.events, await room.history());
    assert.equal(proxy.joins.at(-1).after, member.events[0].cursor);
    assert.equal(member.stopped, undefined);
  } finally {
    member.leave();
    await proxy.stop();
  }
}

/** It is removed from the room, and stays away. */
export async function kickedJourney(server, join) {
  const room = roomAt(server.origin);
  const { proxy, member } = await enter(room, join);
  try {
    await member.untilWelcomes(1);
    member.say({ type: "message", id: "m", text: "hello" });
    await member.untilAcked("m");
    await room.kick(member.of("welcome")[0].you.id);
    await member.untilStopped();
    assert.equal(member.stopped, 4403);
    await proveAway({ proxy, member, room }, server, join);
  } finally {
    member.leave();
    await proxy.stop();
  }
}

/** Enters a room by a wire of its own. */
export async function enter(room, join) {
  const proxy = await startProxy(room.origin);
  const key = randomBytes(16).toString("hex");
  const url = `${proxy.origin.replace("http", "ws")}/v1/rooms/${room.name}?name=Ann&key=${key}`;
  return { proxy, member: await join(url) };
}

/** That it does not come back shows when another of its kind has, twice. */
async function proveAway({ proxy, member }, server, join) {
  const joins = proxy.joins.length;
  const other = await enter(roomAt(server.origin), join);
  try {
    for (let welcomes = 1; welcomes <= 2; welcomes += 1) {
      await other.member.untilWelcomes(welcomes);
      other.proxy.cut();
    }
    await other.member.untilWelcomes(3);
    assert.equal(proxy.joins.length, joins, `stopped by ${member.stopped}, it came back`);
  } finally {
    other.member.leave();
    await other.proxy.stop();
  }
}

function arrive({ proxy, member, own, theirs, history }) {
  const plain = ({ id, text }) => ({ id, text });
  const { id: ownId } = member.of("welcome")[0].you;
  assert.deepEqual(history.filter(({ from }) => from.id === ownId).map(plain), own, "each once, in the order in which it was said");
  assert.deepEqual(history.filter(({ from }) => from.id === "server").map(plain), theirs);
  assert.equal(history.length, own.length + theirs.length);
  const asItWas = ({ reactions: _, ...message }) => message;
  assert.deepEqual(member.of("message"), history.map(asItWas), "it was told all of it, once and in order");
  assert.equal(member.of("reaction").length, 1);
  for (const { id, cursor } of history.filter(({ from }) => from.id === ownId)) {
    const acks = member.acksOf(id);
    assert.ok(acks.length > 0, `${id} was acknowledged`);
    for (const ack of acks) assert.equal(ack, cursor, `${id} was acknowledged as what it is`);
  }
  assert.deepEqual(member.of("error").filter(({ code }) => code !== "rate_limited"), []);

  for (const welcome of member.of("welcome")) assert.equal(welcome.you.id, ownId, "always the same member");
  assert.deepEqual(member.of("gap"), []);
  for (const { offered, status, answered } of proxy.joins.filter(({ status }) => status)) {
    assert.deepEqual({ offered, status, answered }, { offered: "tidings.v1", status: 101, answered: "tidings.v1" });
  }
  // Each time from behind the last event that it had.
  const places = ["start", ...member.events.map(({ cursor }) => cursor)];
  const visited = proxy.joins.map(({ after }) => places.indexOf(after));
  assert.deepEqual(visited.slice(0, 2), [0, 0]);
  assert.deepEqual(visited, visited.toSorted((a, b) => a - b));
  // Two without a cursor; then after the cut, the lost answer, the half frame, the restart and the crash.
  assert.ok(new Set(visited).size >= 6, `it resumed from ${visited}`);
}

/** The HTTP side of a room. */
export function roomAt(origin, name = freshName("room")) {
  const url = `${origin}/v1/rooms/${name}`;
  const checked = async (response) => {
    assert.ok(response.ok, `${response.status} ${response.url}`);
    return response.status === 204 ? undefined : await response.json();
  };
  const history = async () => {
    const { messages, more } = await checked(await fetch(`${url}/messages?after=start&limit=500`));
    assert.equal(more, false);
    return messages;
  };
  const info = () => fetch(url, { headers: { Accept: "application/json" } });
  return {
    name,
    url,
    origin,
    history,
    info,
    post: async (message) =>
      checked(
        await fetch(`${url}/messages`, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify(message),
        }),
      ),
    /** Waits until the message with this id is stored. */
    untilSaid: (id) => eventually(history, (messages) => messages.some((message) => message.id === id)),
    /** Waits until no member is there; the room may be forgotten by then. */
    untilEmpty: () =>
      eventually(
        async () => {
          const response = await info();
          return response.status === 404 ? 0 : (await checked(response)).members;
        },
        (members) => members === 0,
      ),
    configure: async (config) => checked(await fetch(url, { method: "PUT", body: JSON.stringify(config) })),
    kick: async (id, query = "") => checked(await fetch(`${url}/members/${id}${query}`, { method: "DELETE" })),
    remove: async () => checked(await fetch(url, { method: "DELETE" })),
  };
}
