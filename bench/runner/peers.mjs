// Who is measured: how to start each, how it is spoken to, and what it can do.

/** `figures`: where the object of the room and that of the stream tell what they have counted. */
const script = (name, dialect, can, figures = {}) => ({ name, dialect, can, figures, start: ["node", `peers/${name}/server.mjs`] });

const COUNTED = { rooms: "/room/figures", streams: "/stream/figures" };

/** What the ratios are to. */
export const BASE = "object";

export const PEERS = [
  script("tidings", "tidings", ["rooms", "streams", "both"], { rooms: "/v1/rooms/bench/stats", streams: "/v1/streams/bench/stats" }),
  script("object", "plain", ["rooms", "streams", "both"], COUNTED),
  script("object-durable", "plain", ["rooms", "streams"], COUNTED),
  script("object-batched", "plain", ["rooms", "streams"], COUNTED),
  script("partyserver", "partyserver", ["rooms"]),
  script("ws", "plain", ["rooms"]),
  script("socket-io", "socket.io", ["rooms"]),
  script("better-sse", "plain", ["streams"]),
  { name: "axum", dialect: "plain", can: ["rooms", "streams"], figures: {}, start: ["target/release/peer-axum"] },
];

/** What is measured of a peer, and what a deployment has beside it. */
export const PATH =
  "Every peer is alone behind a socket on this machine. Tidings, object, object-durable, object-batched and partyserver are served by workerd itself: a request goes from the socket to the Worker and on to its object, whose SQLite is on a disk. Not in the path are assets, rate limits and TLS, and nothing of Miniflare or wrangler.";

/** Who is in the quick run. */
export const QUICK_PEERS = ["tidings", "object", "ws", "axum"];
