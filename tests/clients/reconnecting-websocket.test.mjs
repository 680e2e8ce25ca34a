// The npm package `reconnecting-websocket`.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import net from "node:net";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import ReconnectingWebSocket from "reconnecting-websocket";
import WS from "ws";

import { join } from "./reconnecting-websocket.mjs";
import { testReconnecting } from "./reconnecting.mjs";

testReconnecting("reconnecting-websocket", {
  Socket: ReconnectingWebSocket,
  join,
  // Node has no WebSocket before version 22.
  options: { WebSocket: WS, minReconnectionDelay: 100, maxReconnectionDelay: 100, connectionTimeout: 60_000 },
});

test("reconnecting-websocket by itself: in Node, a handshake that takes too long ends the process", async () => {
  const silent = net.createServer(() => {});
  await new Promise((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const code = `
    import ReconnectingWebSocket from "reconnecting-websocket";
    import WebSocket from "ws";
    new ReconnectingWebSocket("ws://127.0.0.1:${silent.address().port}/", [], { WebSocket, connectionTimeout: 100 });
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", code], {
    cwd: fileURLToPath(new URL(".", import.meta.url)),
    stdio: ["ignore", "inherit", "pipe"],
  });
  try {
    child.stderr.setEncoding("utf8");
    let complaints = "";
    for await (const text of child.stderr) complaints += text;
    assert.match(complaints, /Unhandled 'error' event[^]*closed before the connection was established/);
  } finally {
    child.kill();
    silent.close();
  }
});
