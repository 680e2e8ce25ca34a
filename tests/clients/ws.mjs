// Being in a room with the npm package `ws`. The function is quoted in docs/clients.md.

import WebSocket from "ws";

import { Conversation, FINAL } from "./conversation.mjs";

export function join(url, onFrame, onEnd, { pulse = 30_000 } = {}) {
  let socket;
  let timer;
  let ended = false;
  const conversation = new Conversation((text) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(text);
  }, onFrame);
  const watch = setInterval(() => {
    if (!conversation.isAlive()) socket.terminate(); // "close" follows at once
  }, pulse);
  const end = (why) => {
    if (!ended) onEnd(why);
    ended = true;
    clearInterval(watch);
  };
  function connect() {
    socket = new WebSocket(`${url}&after=${conversation.after}`, "tidings.v1");
    socket.on("message", (data, isBinary) => {
      if (!isBinary) conversation.hear(String(data));
    });
    socket.on("unexpected-response", (_, { statusCode }) => {
      socket.terminate();
      // Refused: a wrong address, or no right to it. That stays so.
      if (statusCode < 500 && statusCode !== 429) end(`HTTP ${statusCode}`);
    });
    // "close" follows. An error that nobody listens to would end the process.
    socket.on("error", () => {});
    socket.on("close", (code) => {
      if (FINAL.includes(code)) end(code);
      // Not all at once, after a restart say.
      if (!ended) timer = setTimeout(connect, 1000 + 1000 * Math.random());
    });
  }
  connect();
  return {
    say: (frame) => conversation.say(frame),
    leave() {
      end("left");
      clearTimeout(timer);
      socket.close(1000);
    },
  };
}
