// Who is measured: how to start each, how it is spoken to, and what it can do.

const script = (name, dialect, can) => ({ name, dialect, can, start: ["node", `peers/${name}/server.mjs`] });

/** What the ratios are to. */
export const BASE = "object";

export const PEERS = [
  script("tidings", "tidings", ["rooms", "streams", "both"]),
  script("object", "plain", ["rooms", "streams", "both"]),
  script("object-durable", "plain", ["rooms", "streams"]),
  script("partyserver", "partyserver", ["rooms"]),
  script("ws", "plain", ["rooms"]),
  script("socket-io", "socket.io", ["rooms"]),
  script("better-sse", "plain", ["streams"]),
  { name: "axum", dialect: "plain", can: ["rooms", "streams"], start: ["target/release/peer-axum"] },
];

/** What is measured of a peer, and what a deployment has beside it. */
export const PATH =
  "Every peer is alone behind a socket on this machine. Tidings, object, object-durable and partyserver are served by workerd itself: a request goes from the socket to the Worker and on to its object, whose SQLite is on a disk. Not in the path are assets, rate limits and TLS, and nothing of Miniflare or wrangler.";

/** Who is in the quick run. */
export const QUICK_PEERS = ["tidings", "object", "ws", "axum"];
