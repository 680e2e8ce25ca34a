// Who is measured: how to start each, how it is spoken to, and what it can do.

const workerd = (name, dialect, can) => ({ name, dialect, can, kind: "workerd", start: ["node", `peers/${name}/server.mjs`] });
const onNode = (name, dialect, can) => ({ name, dialect, can, kind: "node", start: ["node", `peers/${name}/server.mjs`] });

/** What the ratios are to. */
export const BASE = "object";

export const PEERS = [
  workerd("tidings", "tidings", ["rooms", "streams", "both"]),
  workerd("object", "plain", ["rooms", "streams", "both"]),
  workerd("object-durable", "plain", ["rooms", "streams"]),
  workerd("partyserver", "partyserver", ["rooms"]),
  onNode("ws", "plain", ["rooms"]),
  onNode("socket-io", "socket.io", ["rooms"]),
  onNode("better-sse", "plain", ["streams"]),
  { name: "axum", dialect: "plain", can: ["rooms", "streams"], kind: "native", start: ["target/release/peer-axum"] },
];

/** What the quick run leaves out. */
export const QUICK_PEERS = ["tidings", "object", "ws", "axum"];
