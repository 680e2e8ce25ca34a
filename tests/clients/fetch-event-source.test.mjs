// The npm package `@microsoft/fetch-event-source`.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startProxy } from "../e2e/cuttable-proxy.mjs";
import { startServer } from "../e2e/server.mjs";
import { streamAt } from "../e2e/streams.mjs";
import { Follower } from "./follower.mjs";
import { lossyJourney, RESTLESS, rotatedJourney, SHORT_LIVED } from "./journey.mjs";

// It is made for browsers, and takes its timers from `window` and the visibility
// of the tab from `document`. Nothing else is needed of either.
globalThis.window = globalThis;
globalThis.document = { hidden: false, addEventListener() {}, removeEventListener() {} };

const { fetchEventSource } = await import("@microsoft/fetch-event-source");
const { follow } = await import("./fetch-event-source.mjs");

let restless;
let shortLived;
before(async () => {
  restless = await startServer({ vars: RESTLESS });
  shortLived = await startServer({ vars: SHORT_LIVED });
});
after(async () => {
  await restless?.stop();
  await shortLived?.stop();
});

function start(url) {
  const follower = new Follower();
  follow(url, (event) => follower.add(event)).then(
    () => follower.stop("resolved"),
    (error) => follower.stop(error),
  );
  return follower;
}

test("fetch-event-source: cut and refused, it has every event once", async () => {
  const follower = await lossyJourney(restless, start);
  assert.equal(follower.stopped, "resolved");
});

test("fetch-event-source: ended by the server between events, it has every event once", async () => {
  const follower = await rotatedJourney(shortLived, start);
  assert.equal(follower.stopped, "resolved");
});

test("fetch-event-source: an answer that is no stream ends it, and is told", async () => {
  const follower = start(`${restless.origin}/v1/streams/x?tail=none`);
  await follower.untilStopped();
  assert.match(String(follower.stopped), /HTTP 400/);
});

// What it does with nothing but a URL. Both are its own departures from the
// standard, and the worker writes its streams so that neither shows.

/** Without the recipe: only the proper end is told from a cut. */
function startPlain(url) {
  const follower = new Follower();
  const ended = new AbortController();
  fetchEventSource(url, {
    signal: ended.signal,
    openWhenHidden: true,
    onopen: async () => {},
    onmessage: ({ id, event, data }) => follower.add({ type: event || "message", data, id }),
    onclose: () => follower.stop("end"),
  });
  follower.hangUp = () => ended.abort();
  return follower;
}

test("fetch-event-source by itself: what is no event is not taken for one", async () => {
  const stream = streamAt(restless.origin);
  const proxy = await startProxy(restless.origin);
  const follower = startPlain(`${proxy.origin}/v1/streams/${stream.name}?after=start`);
  await proxy.until(() => proxy.received.includes(": heartbeat"), "a heartbeat before the first event");
  const { cursor } = await stream.publish({ data: 1 });
  await follower.untilEvents(1);
  const soFar = proxy.received.length;
  await proxy.until(() => proxy.received.indexOf(": heartbeat", soFar) > 0, "one behind it");
  const last = await stream.publish({ data: 2, final: true });
  await follower.untilStopped();
  await proxy.stop();
  assert.deepEqual(follower.events, [
    { type: "message", data: "1", id: cursor },
    { type: "message", data: "2", id: last.cursor },
  ]);
});

test("fetch-event-source by itself: an event that was cut comes again", async () => {
  const stream = streamAt(restless.origin);
  const proxy = await startProxy(restless.origin);
  await stream.publish({ data: 1 });
  const follower = startPlain(`${proxy.origin}/v1/streams/${stream.name}`);
  await proxy.until(() => proxy.received.includes("data: 1\n"), "the first event");
  const cut = proxy.cutWithin("the middle of this text");
  await stream.publish({ data: "before the middle of this text and after" });
  await cut;
  await stream.publish({ data: 3, final: true });
  await follower.untilStopped();
  await proxy.stop();
  const data = follower.events.map((event) => event.data).filter(Boolean);
  assert.deepEqual(data, ["1", '"before the middle of this text and after"', "3"]);
});
