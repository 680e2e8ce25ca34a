// A room with Socket.IO on Node: every message is emitted to everybody.

import http from "node:http";

import { Server } from "socket.io";

import { serve } from "../ready.mjs";

const server = http.createServer();
const io = new Server(server, { serveClient: false });
io.on("connection", (socket) => {
  socket.on("message", (text) => io.emit("message", text));
});
serve(server);
