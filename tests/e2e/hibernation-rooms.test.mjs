// Rooms that sleep: whatever comes first after waking finds everything as it was.

import assert from "node:assert/strict";

import { openStream } from "./event-source.mjs";
import { freshKey, roomAt } from "./rooms.mjs";
import { sleepers } from "./sleepers.mjs";
import { eventually } from "./streams.mjs";
import { inSeconds, SECRET, tokenFor } from "./tokens.mjs";

const FRAMES_PER_SECOND = 1;
const BURST = 30;

const { asleep, wakeAll } = sleepers(
  { vars: { TIDINGS_SECRET: SECRET, STATS_REPORT_SECONDS: "0", LIMIT_FRAMES_PER_SECOND: `${FRAMES_PER_SECOND}`, LIMIT_FRAMES_BURST: `${BURST}` } },
  roomAt,
);

/** Two who are in, and a message of the first. */
async function conversation(room) {
  const annKey = freshKey();
  const ann = await room.join({ name: "Ann", key: annKey });
  const bo = await room.join({ name: "Bo", key: freshKey() });
  await ann.until("joined");
  const { cursor } = await ann.say("before");
  await bo.until("message");
  return { ann, annKey, bo, cursor };
}

/** What comes after it has come after all that was sent before. */
async function mark(from, to) {
  await from.say("mark");
  await to.until("message", ({ text }) => text === "mark");
}

asleep("a message reaches everybody, and its id is known", conversation, async (room, { ann, bo, cursor }) => {
  const { cursor: second } = await bo.say("after");
  assert.equal((await ann.until("message", ({ text }) => text === "after")).cursor, second);
  assert.equal((await ann.say("before")).cursor, cursor, "the id of before");
  assert.deepEqual(bo.texts, ["before", "after"]);
  assert.deepEqual(ann.of("welcome").length, 1);
});

asleep("a message that was sent before is acknowledged as it was, first of all", conversation, async (_, { ann, bo, cursor }) => {
  assert.deepEqual(await ann.ask({ type: "message", id: "before", text: "before" }), { type: "ack", id: "before", cursor });
  await mark(ann, bo);
  assert.deepEqual(bo.texts, ["before", "mark"]);
});

asleep("an edit", conversation, async (room, { ann, bo, cursor }) => {
  await ann.ask({ type: "edit", id: "e", target: cursor, text: "edited" });
  assert.equal((await bo.until("edited")).text, "edited");
  assert.equal((await bo.refused({ type: "edit", id: "f", target: cursor, text: "no" })).code, "forbidden");
  assert.deepEqual((await room.messages()).messages.map(({ text }) => text), ["edited"]);
});

asleep("a deletion", conversation, async (room, { ann, bo, cursor }) => {
  await ann.ask({ type: "delete", id: "d", target: cursor });
  assert.equal((await bo.until("deleted")).target, cursor);
  const [message] = (await room.messages()).messages;
  assert.deepEqual([message.deleted, message.text], [true, undefined]);
});

asleep(
  "a reaction joins those of before",
  async (room) => {
    const there = await conversation(room);
    await there.bo.ask({ type: "react", id: "r", target: there.cursor, emoji: "👍" });
    return there;
  },
  async (room, { ann, bo, cursor }) => {
    await ann.ask({ type: "react", id: "r", target: cursor, emoji: "👍" });
    await bo.until("reaction", ({ from }) => from.id === ann.id);
    assert.deepEqual((await room.messages()).messages[0].reactions, { "👍": [bo.id, ann.id] });
    await bo.ask({ type: "react", id: "s", target: cursor, emoji: "👍", op: "remove" });
    assert.deepEqual((await room.messages()).messages[0].reactions, { "👍": [ann.id] });
  },
);

asleep("typing, which ends by itself", conversation, async (_, { ann, bo }) => {
  ann.send({ type: "typing", on: true });
  assert.equal((await bo.until("typing", ({ on }) => on)).from.id, ann.id);
  await bo.until("typing", ({ on }) => !on);
});

asleep(
  "presence: that of the others is kept, a change is passed on",
  async (room) => {
    const there = await conversation(room);
    there.bo.send({ type: "presence", data: { at: "desk" } });
    await there.ann.until("presence");
    return there;
  },
  async (room, { ann, bo }) => {
    ann.send({ type: "presence", data: "door" });
    assert.equal((await bo.until("presence")).data, "door");
    const late = await room.join({ name: "Late" });
    const dataOf = ({ id }) => late.last("welcome").members.find((member) => member.id === id).data;
    assert.deepEqual([dataOf(ann), dataOf(bo)], ["door", { at: "desk" }]);
  },
);

asleep(
  "a signal to one member, and to nobody else",
  async (room) => ({ ...(await conversation(room)), cat: await room.join({ name: "Cat" }) }),
  async (_, { ann, bo, cat }) => {
    ann.send({ type: "signal", to: bo.id, data: [1] });
    assert.deepEqual((await bo.until("signal")).data, [1]);
    await mark(ann, cat);
    assert.deepEqual([cat.of("signal"), ann.of("signal")], [[], []]);
  },
);

asleep(
  "shared state: versions, conflicts, and ids that were seen",
  async (room) => {
    const there = await conversation(room);
    await there.ann.ask({ type: "set", id: "1", key: "topic", value: "rain" });
    await there.ann.ask({ type: "set", id: "2", key: "topic", value: "snow" });
    await there.bo.until("state", ({ version }) => version === 2);
    return there;
  },
  async (room, { ann, bo }) => {
    const conflict = await bo.refused({ type: "set", id: "b", key: "topic", value: "sun", if_version: 1 });
    assert.deepEqual([conflict.code, conflict.value, conflict.version], ["conflict", "snow", 2]);
    assert.equal((await ann.ask({ type: "set", id: "2", key: "topic", value: "snow" })).version, 2);
    assert.equal((await bo.ask({ type: "set", id: "c", key: "topic", value: "sun", if_version: 2 })).version, 3);
    assert.equal((await ann.until("state", ({ version }) => version === 3)).value, "sun");
    assert.deepEqual((await room.join()).last("welcome").state, { topic: { value: "sun", version: 3 } });
  },
);

asleep("a binary frame", conversation, async (_, { ann, bo }) => {
  ann.send(Buffer.from([0, 1, 255]));
  await bo.socket.until(({ binary }) => binary.length > 0);
  assert.deepEqual(bo.socket.binary, [Buffer.from([0, 1, 255])]);
  await mark(bo, ann);
  assert.deepEqual(ann.socket.binary, []);
});

asleep("bad JSON is answered", conversation, async (_, { ann, bo }) => {
  ann.send("{");
  assert.equal((await ann.until("error")).code, "bad_json");
  await mark(ann, bo);
});

asleep("a frame of more than 64 KiB closes with 1009", conversation, async (_, { ann, bo }) => {
  ann.send("x".repeat(65_537));
  assert.equal(await ann.socket.untilClosed(), 1009);
  assert.equal((await bo.until("left")).member.id, ann.id);
});

asleep(
  "what was used up of a limit is used up, but for what time has given back",
  async (room) => {
    const there = await conversation(room);
    for (let n = 0; n < BURST; n += 1) there.ann.send({ type: "typing", on: false });
    await there.ann.until("error", ({ code }) => code === "rate_limited");
    return { ...there, spent: Date.now() };
  },
  async (_, { ann, bo, spent }) => {
    for (let n = 0; n < 2 * BURST; n += 1) ann.send({ type: "message", id: `limit-${n}`, text: "x" });
    const answers = () => ann.socket.events.filter(({ id, type }) => /^limit/.test(id) && type !== "message").length;
    await ann.socket.until(() => answers() === 2 * BURST, "an answer for each");
    const taken = ann.of("ack").filter(({ id }) => /^limit/.test(id)).length;
    const earned = Math.ceil(((Date.now() - spent) / 1000) * FRAMES_PER_SECOND) + 1;
    assert.ok(taken >= 1 && taken <= earned, `${taken} were taken, ${earned} may be`);
    await bo.say("not held back");
  },
);

asleep("a close is answered, and told", conversation, async (_, { ann, bo }) => {
  ann.close(1000);
  assert.equal(await ann.socket.untilClosed(), 1000);
  assert.deepEqual((({ member, count }) => [member.name, count])(await bo.until("left")), ["Ann", 1]);
});

asleep("a connection that is cut is noticed", conversation, async (_, { ann, bo }) => {
  ann.socket.cut();
  assert.equal((await bo.until("left")).member.id, ann.id);
});

asleep(
  "who joins is told of everybody who sleeps, with names, roles, title and state",
  async (room) => {
    await room.configure({ title: "Asleep" });
    const there = await conversation(room);
    const token = tokenFor({ rooms: { "*": ["read", "write", "moderate"] } }, { sub: "mod", name: "Mod" });
    return { ...there, mod: await room.join({ token }) };
  },
  async (room, { ann, bo, cursor }) => {
    const late = await room.join({ name: "Late" });
    const { members, count, title, cursor: head } = late.last("welcome");
    const roles = Object.fromEntries(members.map(({ name, role }) => [name, role]));
    assert.deepEqual(roles, { Ann: "member", Bo: "member", Mod: "moderator", Late: "member" });
    assert.deepEqual([count, title, head], [4, "Asleep", cursor]);
    for (const member of [ann, bo]) await member.until("joined", (joined) => joined.member.name === "Late");
    assert.deepEqual(late.texts, ["before"]);
  },
);

asleep(
  "a moderator is one still",
  async (room) => {
    const token = tokenFor({ rooms: { "*": ["read", "write", "moderate"] } }, { sub: "mod" });
    return { ...(await conversation(room)), mod: await room.join({ token }) };
  },
  async (_, { ann, mod, cursor }) => {
    await mod.ask({ type: "delete", id: "d", target: cursor });
    assert.equal((await ann.until("deleted")).from.id, "mod");
  },
);

asleep(
  "who comes back with a cursor gets what was missed, once, as the member of before",
  async (room) => {
    const there = await conversation(room);
    const { cursor, id } = there.ann;
    there.ann.close();
    await there.bo.until("left");
    for (const text of ["one", "two"]) await there.bo.say(text);
    return { ...there, cursor, id };
  },
  async (room, { annKey, bo, cursor, id }) => {
    const ann = await room.join({ name: "Ann", key: annKey, after: cursor });
    await bo.say("three");
    await ann.until("message", ({ text }) => text === "three");
    assert.deepEqual(ann.texts, ["one", "two", "three"]);
    assert.deepEqual([ann.id, ann.last("welcome").resumed], [id, true]);
    assert.deepEqual(ann.of("gap"), []);
  },
);

asleep(
  "a server's message, and one that it sends again",
  async (room) => ({ ...(await conversation(room)), posted: await room.post({ id: "p", text: "posted" }) }),
  async (room, { bo, posted }) => {
    const again = await room.post({ id: "p", text: "posted" });
    assert.deepEqual([again.duplicate, again.cursor], [true, posted.cursor]);
    await room.post({ text: "more" });
    await bo.until("message", ({ text }) => text === "more");
    assert.deepEqual(bo.texts, ["before", "posted", "more"]);
  },
);

asleep("a kick", conversation, async (room, { ann, bo }) => {
  assert.equal((await room.kick(ann.id)).status, 204);
  assert.equal(await ann.socket.untilClosed(), 4403);
  assert.equal(ann.of("bye").length, 1);
  await bo.until("left");
});

asleep(
  "a ban of before keeps out",
  async (room) => {
    const there = await conversation(room);
    await room.kick(there.ann.id, "?ban_seconds=600");
    await there.ann.socket.untilClosed();
    return there;
  },
  async (room, { annKey, bo }) => {
    const knock = await room.knock({ name: "Ann", key: annKey });
    assert.equal(await knock.untilClosed(), 4403);
    await bo.say("quiet");
    assert.deepEqual(bo.of("joined"), []);
  },
);

asleep(
  "slow mode: whoever spoke before has to wait still",
  async (room) => {
    await room.configure({ slow_mode_seconds: 3600 });
    return conversation(room);
  },
  async (_, { ann, bo }) => {
    const { code, retry_ms } = await ann.refused({ type: "message", id: "too soon", text: "x" });
    assert.equal(code, "rate_limited");
    assert.ok(retry_ms > 0 && retry_ms < 3_600_000 - 10_000, `${retry_ms}`);
    await bo.say("my first");
  },
);

asleep(
  "a room that is full is full, and one that is read-only is that",
  async (room) => {
    const there = await conversation(room);
    await room.configure({ max_members: 2, read_only: true });
    return there;
  },
  async (room, { ann, bo }) => {
    const third = await room.knock();
    assert.equal(await third.untilClosed(), 1013);
    assert.equal((await ann.refused({ type: "message", id: "r", text: "x" })).code, "read_only");
    assert.equal(bo.socket.closed, undefined);
  },
);

asleep(
  "who watches gets what is said, and the end",
  async (room) => {
    const there = await conversation(room);
    const watcher = openStream(room.url);
    await watcher.untilEvents(1);
    return { ...there, watcher };
  },
  async (room, { ann, watcher }) => {
    const { cursor } = await ann.say("after");
    await watcher.untilEvents(2);
    assert.deepEqual(watcher.data.map(({ text }) => text), ["before", "after"]);
    assert.equal(watcher.lastEventId, cursor);
    assert.equal((await room.info()).watchers, 1);
    watcher.cut();
  },
);

asleep(
  "it is closed: everybody is told, and everything forgotten",
  async (room) => {
    const there = await conversation(room);
    const watcher = openStream(room.url);
    await watcher.untilEvents(1);
    return { ...there, watcher };
  },
  async (room, { ann, bo, watcher }) => {
    assert.equal((await room.close()).status, 204);
    for (const { socket } of [ann, bo]) assert.equal(await socket.untilClosed(), 4404);
    await watcher.untilEnd();
    assert.equal(watcher.events.at(-1).type, "bye");
    assert.equal((await room.info()).status, 404);
  },
);

asleep(
  "what a member said is erased",
  conversation,
  async (room, { ann, bo, cursor }) => {
    const response = await fetch(`${room.url}/members/${ann.id}/messages`, { method: "DELETE" });
    assert.deepEqual(await response.json(), { erased: 1 });
    assert.equal((await bo.until("deleted")).target, cursor);
  },
);

asleep(
  "what has expired meanwhile is a gap to whoever comes back, and not in a page",
  async (room) => {
    await room.configure({ retain_seconds: 5 });
    const there = await conversation(room);
    await there.ann.say("expires too");
    return there;
  },
  async (room, { bo, cursor }) => {
    assert.deepEqual((await room.messages()).messages, []);
    const { cursor: after } = await bo.say("after");
    const back = await room.join({ after: cursor });
    await back.until("message");
    assert.equal(back.of("gap").length, 1);
    assert.equal(back.last("gap").oldest, after);
    assert.deepEqual(back.texts, ["after"]);
    assert.ok(Number(after.split(".")[1]) > Number(cursor.split(".")[1]), "numbers go on");
  },
);

asleep(
  "a token that runs out meanwhile ends its connection, and no other",
  async (room) => {
    const there = await conversation(room);
    const token = tokenFor({ rooms: { "*": ["read", "write"] } }, { sub: "short", exp: inSeconds(13) });
    return { ...there, short: await room.join({ token }) };
  },
  async (room, { ann, bo, short }) => {
    await short.socket.until(({ closed }) => closed !== undefined, "the close", 40_000);
    assert.equal(short.socket.closed, 4401);
    await mark(ann, bo);
    assert.equal((await bo.until("left")).member.id, "short");
    await eventually(room.info, ({ connections }) => connections === 2);
  },
);

wakeAll("a room that has slept");
