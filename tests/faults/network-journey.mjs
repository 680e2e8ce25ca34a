// A stream and a room, each with a client behind a bad network, and what must be true of
// both in the end: what was acknowledged is there, once, and the client has seen all of
// it, once and in order.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";

import { roomAt } from "../clients/room-journey.mjs";
import { freshName, streamAt } from "../e2e/streams.mjs";
import { startFaultProxy } from "./fault-proxy.mjs";

/** After so long a publisher takes its request for lost, and sends it again. */
const PUBLISHER_PATIENCE_MS = 2_000;

/**
 * Follows a stream and publishes to it, both over one bad wire.
 *
 * @param {string} origin
 * @param {(url: string) => import("../clients/follower.mjs").Follower} follow
 * @param {() => number} random
 */
export async function streamBehind(origin, follow, random) {
  const proxy = await startFaultProxy(origin, random);
  const name = freshName("network");
  const url = `${proxy.origin}/v1/streams/${name}`;
  const follower = await follow(`${url}?after=start`);
  /** What is acknowledged: `{type, data, id}`. */
  const published = [];
  const publish = async (type = "message", final = false) => {
    const event = { type, data: { n: published.length, filler: "x".repeat(200) }, key: `${published.length}`, final };
    const { cursor } = await surely(`${url}/events`, event);
    published.push({ type, data: JSON.stringify(event.data), id: cursor });
  };
  return {
    proxy,
    /** Says one thing more. */
    say: publish,
    untilSeen: () => follower.untilEvents(published.length),
    async arrive() {
      await publish("succeeded", true);
      await follower.untilStopped();
      const page = await (await fetch(`${streamAt(origin, name).url}/events?limit=500`)).json();
      const stored = page.events.map(({ type, data, cursor }) => ({ type, data: JSON.stringify(data), id: cursor }));
      assert.deepEqual(stored, published, "what was acknowledged is there, once, in the order of the acknowledgements");
      assert.deepEqual(follower.events, stored, "all of it was seen, once and in order");
    },
    async leave() {
      follower.leave();
      await proxy.stop();
    },
  };
}

/** Publishes an event until it is acknowledged; the answer. */
async function surely(url, event) {
  for (;;) {
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(event),
        signal: AbortSignal.timeout(PUBLISHER_PATIENCE_MS),
      });
      const answer = await response.json();
      assert.equal(response.status, 200, JSON.stringify(answer));
      return answer;
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/**
 * Is in a room over a bad wire, and speaks, while a server posts to it over a good one.
 *
 * @param {string} origin
 * @param {(url: string) => import("../clients/member.mjs").Member} join
 * @param {() => number} [random]
 * @param {{name?: string, cut?: [number, string]}} [options] of a room that others are in
 *   too, its name; after how many bytes, in which direction, the first connection ends
 */
export async function roomBehind(origin, join, random, { name, cut } = {}) {
  const proxy = await startFaultProxy(origin, random);
  if (cut) proxy.cutAfter(...cut);
  const room = roomAt(origin, name);
  const key = randomBytes(16).toString("hex");
  const member = await join(`${proxy.origin.replace("http", "ws")}/v1/rooms/${room.name}?name=Ann&key=${key}`);
  const own = [];
  const theirs = [];
  const untilSeen = () =>
    member.until(() => {
      const seen = new Set(member.events.map(({ id }) => id));
      return [...own, ...theirs].every((id) => seen.has(id));
    }, "everything that was said");
  return {
    proxy,
    untilSeen,
    async say() {
      own.push(`own-${own.length}-${key}`);
      member.say({ type: "message", id: own.at(-1), text: "own" });
      theirs.push(`their-${theirs.length}-${key}`);
      await room.post({ id: theirs.at(-1), text: "their" });
    },
    async arrive() {
      await untilSeen();
      for (const id of own) await member.untilAcked(id);
      const { events } = member;
      const history = await room.history();
      const stored = (ids) => history.map(({ id }) => id).filter((id) => ids.includes(id));
      assert.deepEqual(stored(own), own, "each is there once, in the order in which it was said");
      assert.deepEqual(stored(theirs), theirs);
      assert.deepEqual(events, history.slice(0, events.length), "all of it was seen, once and in order");
      const places = new Map(history.map(({ id, cursor }) => [id, cursor]));
      for (const { id, cursor } of member.of("ack")) assert.equal(cursor, places.get(id), `${id} was acknowledged as what it is`);
      assert.deepEqual(member.of("error"), []);
      assert.deepEqual(member.of("gap"), []);
      assert.equal(member.stopped, undefined);
    },
    async leave() {
      member.leave();
      await proxy.stop();
    },
  };
}
