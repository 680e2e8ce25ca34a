// Being in a room with the npm package `partysocket`. The function is quoted in
// docs/clients.md.

import { WebSocket } from "partysocket";

import { Conversation, FINAL } from "./conversation.mjs";

export function join(url, onFrame, onEnd, { pulse = 30_000, ...options } = {}) {
  // It tells an error of the connection as a close with 1000.
  const isFinal = ({ code }) => code !== 1000 && FINAL.includes(code);
  // A function, called for each connection: a string would resume from the same place.
  const socket = new WebSocket(() => `${url}&after=${conversation.after}`, "tidings.v1", {
    ...options,
    shouldReconnectOnClose: (event) => !isFinal(event),
  });
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
  socket.addEventListener("close", (event) => {
    if (!isFinal(event)) return;
    leave();
    onEnd(event.code);
  });
  return { say: (frame) => conversation.say(frame), leave };
}
