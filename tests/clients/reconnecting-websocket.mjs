// Being in a room with the npm package `reconnecting-websocket`. The function is
// quoted in docs/clients.md.

import ReconnectingWebSocket from "reconnecting-websocket";

import { Conversation, FINAL } from "./conversation.mjs";

export function join(url, onFrame, onEnd, { pulse = 30_000, ...options } = {}) {
  // A function, called for each connection: a string would resume from the same place.
  const address = () => `${url}&after=${conversation.after}`;
  const socket = new ReconnectingWebSocket(address, "tidings.v1", options);
  const conversation = new Conversation((text) => {
    // What it would keep for later is said after the welcome anyway.
    if (socket.readyState === socket.OPEN) socket.send(text);
  }, onFrame);
  const watch = setInterval(() => {
    if (socket.readyState === socket.OPEN && !conversation.isAlive()) socket.reconnect();
  }, pulse);
  const leave = () => {
    clearInterval(watch);
    socket.close();
  };
  socket.addEventListener("message", ({ data }) => {
    if (typeof data === "string") conversation.hear(data);
  });
  socket.addEventListener("close", ({ code }) => {
    // It tells an error of the connection as a close with 1000.
    if (code === 1000 || !FINAL.includes(code)) return;
    leave(); // or it would come back for ever
    onEnd(code);
  });
  return { say: (frame) => conversation.say(frame), leave };
}
