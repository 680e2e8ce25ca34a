// What the packages that reconnect by themselves are taken through: with the code of
// the documentation, and with nothing but a URL. They are two of one make.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startServer } from "../e2e/server.mjs";
import { Member, memberBy } from "./member.mjs";
import { enter, kickedJourney, pacedJourney, roomAt, roomJourney, silentJourney } from "./room-journey.mjs";

/**
 * Tests a package of this name.
 *
 * @param {string} name
 * @param {{Socket: any, join: Function, options: object}} client its class, the code of
 *   the documentation, and what it is told so that tests wait no longer than they must
 */
export function testReconnecting(name, { Socket, join, options }) {
  let server;
  before(async () => {
    server = await startServer();
  });
  after(() => server?.stop());

  const start = memberBy(join, options);

  test(`${name}: cut, unanswered, refused, restarted and crashed, it has every message once`, async () => {
    await roomJourney(server, start);
  });

  test(`${name}: told to wait, it says everything in order`, async () => {
    await pacedJourney(server, start);
  });

  test(`${name}: without a word of the other side, it comes back`, async () => {
    await silentJourney(server, (url) => start(url, { pulse: 1000 }));
  });

  test(`${name}: removed from the room, it stays away`, async () => {
    await kickedJourney(server, start);
  });

  // What it does with nothing but a URL.

  /** Without the recipe: notes what it is told, and leaves the rest to the package. */
  function startPlain(url) {
    const member = new Member();
    const socket = new Socket(`${url}&after=start`, "tidings.v1", options);
    member.codes = [];
    socket.addEventListener("message", ({ data }) => [JSON.parse(data)].flat().forEach((frame) => member.add(frame)));
    socket.addEventListener("close", ({ code }) => member.codes.push(code));
    return Object.assign(member, { socket, leave: () => socket.close() });
  }

  test(`${name} by itself: kept out, it comes back for ever`, async () => {
    const room = roomAt(server.origin);
    const { proxy, member } = await enter(room, startPlain);
    try {
      await member.untilWelcomes(1);
      await room.kick(member.of("welcome")[0].you.id, "?ban_seconds=600");
      await proxy.until(() => proxy.joins.length >= 4, "three attempts to come back");
      assert.ok(member.codes.length >= 3);
      assert.deepEqual(new Set(member.codes), new Set([4403]));
    } finally {
      member.leave();
      await proxy.stop();
    }
  });

  test(`${name} by itself: an error of the connection looks like a proper end`, async () => {
    const { proxy, member } = await enter(roomAt(server.origin), startPlain);
    try {
      await member.untilWelcomes(1);
      proxy.refuse();
      proxy.cut();
      await proxy.until(() => proxy.refused >= 2, "an attempt to come back, and what follows it");
      assert.deepEqual(member.codes.slice(0, 2), [1006, 1000], "the cut, and the refusal");
      proxy.accept();
      await member.untilWelcomes(2);
    } finally {
      member.leave();
      await proxy.stop();
    }
  });

  test(`${name} by itself: a fixed URL brings again what was there`, async () => {
    const room = roomAt(server.origin);
    await room.post({ id: "once", text: "once" });
    const { proxy, member } = await enter(room, startPlain);
    try {
      await member.untilEvents(1);
      proxy.cut();
      await member.untilEvents(2);
      assert.deepEqual(member.events.map(({ id }) => id), ["once", "once"]);
    } finally {
      member.leave();
      await proxy.stop();
    }
  });
}
