// What every client is taken through, and what it must have seen afterwards.
//
// A client is a function `follow(url)` that answers a Follower, and comes back
// by its own means, or those that its authors advise. Both journeys end with the
// 204 that tells it to stop.

import assert from "node:assert/strict";

import { startProxy } from "../e2e/cuttable-proxy.mjs";
import { streamAt } from "../e2e/streams.mjs";

/** Vars of a server for `lossyJourney`: comments between events, as in a long life. */
export const RESTLESS = { SSE_HEARTBEAT_SECONDS: "1" };

/** Vars of a server for `rotatedJourney`: a response ends after at most 2 s. */
export const SHORT_LIVED = { SSE_MAX_AGE_SECONDS: "2" };

/** The types that the journeys publish, for clients that must name them. */
export const TYPES = ["message", "note", "step.2_b-c", "succeeded"];

const json = (type, data) => ({ type, json: data, data: JSON.stringify(data) });
const text = (data) => ({ type: "message", text: data, data });

/** One of each kind that a parser could get wrong. */
const KINDS = [
  json("message", { n: 1 }),
  text("two\n\nlines\n"),
  text(""),
  json("note", "Grüße, 世界 🌍 \u2028 \u0085"),
  json("step.2_b-c", null),
  text("  indented: with a colon"),
  text("data: id: 7\nevent: fake\n: no comment"),
  json("note", ["a".repeat(5000), "é".repeat(5000)]),
  text("größer\nals Æther"),
];

const FINAL = { ...json("succeeded", { ok: true }), final: true };

/**
 * Connections are cut between events and within one, and refused for a while;
 * events are published all the time.
 *
 * @param {{origin: string}} server
 * @param {(url: string) => import("./follower.mjs").Follower} follow
 */
export async function lossyJourney(server, follow) {
  const { proxy, published, publish, follower } = await depart(server, follow);
  try {
    // It is there before the first event, and sees each as it is published.
    await proxy.until(() => proxy.statuses.includes(200), "the response");
    for (const event of KINDS) await publish(event);
    await follower.untilEvents(published.length);

    // Through a silence.
    const before = comments(proxy);
    await proxy.until(() => comments(proxy) > before, "a heartbeat");

    // Cut while events flow: some are on the wire, some not yet published.
    const soFar = published.length;
    const flow = (async () => {
      for (let n = 0; n < 60; n += 1) await publish(json(n % 3 ? "message" : "note", { n }));
    })();
    await follower.untilEvents(soFar + 20);
    proxy.cut();
    await flow;
    await follower.untilEvents(published.length);

    // Cut within an event, not yet at its id; then there is nobody for a
    // while, and what is published meanwhile must not be lost either.
    const cut = proxy.cutWithin("the middle of this text");
    proxy.refuse();
    await publish(text("first line\nthe middle of this text\nlast line"));
    await cut;
    for (const event of KINDS) await publish(event);
    await proxy.until(() => proxy.refused > 0, "an attempt to come back");
    proxy.accept();
    await follower.untilEvents(published.length);

    await publish(FINAL);
    await follower.untilStopped();
    arrive({ proxy, published, follower });
    return follower;
  } finally {
    await proxy.stop();
  }
}

/** The server itself ends responses, properly, while events are published. */
export async function rotatedJourney(server, follow) {
  const { proxy, published, publish, follower } = await depart(server, follow);
  try {
    await proxy.until(() => proxy.statuses.includes(200), "the response");
    for (let n = 0; proxy.requests.length < 3; n += 1) {
      await publish(json(n % 3 ? "message" : "note", { n }));
      // Only so that a journey is some hundred events and not ten thousand.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await publish(FINAL);
    await follower.untilStopped();
    assert.ok(properEnds(proxy) >= 3, "two rotations and the end were no cuts");
    arrive({ proxy, published, follower });
    return follower;
  } finally {
    await proxy.stop();
  }
}

async function depart(server, follow) {
  const proxy = await startProxy(server.origin);
  const stream = streamAt(server.origin);
  const published = [];
  const publish = async (event) => {
    // In the list before it is published: the client may be quicker than the answer.
    const entry = { type: event.type, data: event.data };
    published.push(entry);
    entry.id = await send(stream, event);
  };
  // From the start, whatever is cut first: without a cursor a reader begins with
  // the latest of each type.
  const follower = await follow(`${proxy.origin}/v1/streams/${stream.name}?after=start`);
  return { proxy, published, publish, follower };
}

async function send(stream, event) {
  if (event.text === undefined) {
    return (await stream.publish({ type: event.type, data: event.json, final: event.final })).cursor;
  }
  const response = await fetch(`${stream.url}/events`, {
    method: "POST",
    headers: { "Content-Type": "text/plain; charset=utf-8" },
    body: event.text,
  });
  assert.equal(response.status, 200);
  return (await response.json()).cursor;
}

function arrive({ proxy, published, follower }) {
  assert.deepEqual(follower.events, published, "each event exactly once, in order, as it was published");
  assert.equal(proxy.statuses.at(-1), 204, "it was told to stop, and stopped");
  const [first, ...again] = proxy.requests.map(placeOf);
  assert.equal(first, "start");
  assert.ok(again.length >= 2, "it came back");
  const ids = published.map(({ id }) => id);
  for (const id of again) assert.ok(ids.includes(id), `it said where it was: ${id}`);
  assert.equal(again.at(-1), ids.at(-1));
}

/** Where a request begins: the header counts before the address. */
const placeOf = ({ path, lastEventId }) => lastEventId ?? new URLSearchParams(path.split("?")[1]).get("after");

/** Responses whose chunked body came to its end. */
const properEnds = (proxy) => proxy.received.match(/^0\r\n\r\n/gm)?.length ?? 0;

const comments = (proxy) => proxy.received.split(": heartbeat\n").length;
