// The npm package `partysocket`.

import { WebSocket } from "partysocket";
import WS from "ws";

import { join } from "./partysocket.mjs";
import { testReconnecting } from "./reconnecting.mjs";

testReconnecting("partysocket", {
  Socket: WebSocket,
  join,
  // Node has no WebSocket before version 22.
  options: { WebSocket: WS, minReconnectionDelay: 100, maxReconnectionDelay: 100 },
});
