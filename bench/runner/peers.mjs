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

/** Who is in the quick run. */
export const QUICK_PEERS = ["tidings", "object", "ws", "axum"];
