// The clients that are taken through bad networks: ours, and other people's with the
// code of docs/clients.md. Each answers what tests/clients has for it, a Follower of a
// stream or a Member of a room, with `leave`.

import { setMaxListeners } from "node:events";

import { EventSource } from "eventsource";
import { WebSocket as PartySocket } from "partysocket";
import ReconnectingWebSocket from "reconnecting-websocket";
import WS from "ws";

import { joinRoom, openStream } from "../../public/sdk/tidings.js";
import { follow as followByEventSource } from "../clients/eventsource.mjs";
import { Follower } from "../clients/follower.mjs";
import { memberBy } from "../clients/member.mjs";
import { join as joinByPartySocket } from "../clients/partysocket.mjs";
import { join as joinByReconnectingWebSocket } from "../clients/reconnecting-websocket.mjs";
import { joinBySdk } from "../clients/sdk-member.mjs";
import { join as joinByWs } from "../clients/ws.mjs";
import { openStream as openBare } from "../e2e/event-source.mjs";

// What the SDK and fetch-event-source take for the page that they are on.
const page = Object.assign(new EventTarget(), { visibilityState: "visible", hidden: false });
setMaxListeners(0, page);
Object.assign(globalThis, { EventSource, document: page, window: globalThis });
const { follow: followByFetch } = await import("../clients/fetch-event-source.mjs");

/** Has the SDK look at once whether its rooms still answer, as a page does that is shown. */
export const show = () => page.dispatchEvent(new Event("visibilitychange"));

/** The types of events that the followers below hear. */
export const TYPES = ["message", "succeeded"];

export const FOLLOWERS = {
  SDK(address) {
    const follower = new Follower();
    const url = new URL(address);
    const after = url.searchParams.get("after");
    url.search = "";
    const stream = openStream(url, { after });
    stream.on("event", ({ type, data, cursor }) => follower.add({ type, data: JSON.stringify(data), id: cursor }));
    stream.on("status", ({ state, reason }) => state === "closed" && follower.stop(reason));
    return Object.assign(follower, { leave: () => stream.close() });
  },

  "npm eventsource"(url) {
    const follower = new Follower();
    const hear = ({ type, data, lastEventId }) => follower.add({ type, data, id: lastEventId });
    const source = followByEventSource(url, TYPES, hear, (code) => follower.stop(code));
    return Object.assign(follower, { leave: () => source.close() });
  },

  /** Stops by itself, with the stream. */
  "fetch-event-source"(url) {
    const follower = new Follower();
    followByFetch(url, (event) => follower.add(event)).then(
      () => follower.stop("resolved"),
      (error) => follower.stop(error),
    );
    return Object.assign(follower, { leave() {} });
  },

  /** The tests' own reader, written from the standard's text; it is back at once. */
  "bare HTTP"(url) {
    const follower = new Follower();
    let stream;
    const connect = (lastEventId) => {
      const current = openBare(url, { lastEventId });
      let told = 0;
      stream = current;
      current
        .until(({ events, ended }) => {
          for (; told < events.length; told += 1) follower.add(events[told]);
          return ended;
        }, "the end", 600_000)
        .then(() => {
          if (current.status === 204) follower.stop(204);
          // Not in a circle, where everybody is refused.
          else setTimeout(() => stream && connect(current.lastEventId || lastEventId), current.status ? 0 : 100);
        });
    };
    connect();
    return Object.assign(follower, {
      leave() {
        const last = stream;
        stream = undefined;
        last.cut();
      },
    });
  },
};

/** What they are told so that tests wait no longer than they must. Node 20 has no WebSocket. */
const HASTY = { WebSocket: WS, minReconnectionDelay: 100, maxReconnectionDelay: 100, pulse: 1_000 };

export const MEMBERS = {
  SDK: (address) => joinBySdk(joinRoom, address),
  ws: memberBy(joinByWs, HASTY),
  partysocket: memberBy(joinByPartySocket, HASTY),
  // Longer than a test waits: in Node, a handshake that takes too long ends the process.
  "reconnecting-websocket": memberBy(joinByReconnectingWebSocket, { ...HASTY, connectionTimeout: 600_000 }),
};
