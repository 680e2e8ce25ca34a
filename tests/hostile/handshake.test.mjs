// WebSocket handshakes that are none: refused, or a connection as any other.

import assert from "node:assert/strict";
import { test } from "node:test";

import { roomAt } from "../e2e/rooms.mjs";
import { eventually } from "../e2e/streams.mjs";
import { others, server } from "./scene.mjs";
import { frame, handshake, intrude, TEXT } from "./sockets.mjs";
import { head, send } from "./wire.mjs";

const without = (request, line) => request.replace(new RegExp(`${line}[^\r]*\r\n`), "");
const replaced = (request, from, to) => {
  assert.ok(request.includes(from));
  return request.replace(from, to);
};

test("what is no handshake is refused", async () => {
  const good = handshake(others.room.name);
  for (const [request, ...statuses] of [
    [without(good, "Sec-WebSocket-Key"), 400],
    [without(good, "Sec-WebSocket-Version"), 400, 426],
    [replaced(good, "Version: 13", "Version: 8"), 400, 426],
    [replaced(good, "Version: 13", "Version: 13, 8"), 400, 426],
    [replaced(good, "GET", "POST"), 400, 405],
    [replaced(good, "GET", "PUT"), 400, 405],
    [replaced(good, "Upgrade: websocket", "Upgrade: h2c"), 426],
    [without(good, "Upgrade:"), 426],
    [handshake(others.room.name, "Sec-WebSocket-Protocol: chat"), 400],
    [handshake(others.room.name, 'Sec-WebSocket-Protocol: "tidings.v1"'), 400],
    [handshake(others.room.name, "Origin: https://evil.example"), 403],
    [handshake(others.room.name, "Origin: null"), 403],
    [replaced(good, "/v1/rooms/", "/v1/rooms/%00"), 400],
  ]) {
    const wire = await send(server.port, request);
    const [status] = await wire.answers();
    assert.ok(statuses.includes(status), `${request}${wire.text}`);
  }
  await others.unharmed();
});

test("an upgrade where there is no WebSocket is no upgrade", async () => {
  const good = handshake(others.room.name);
  const at = (path) => replaced(good, /GET \S+/.exec(good)[0], `GET ${path}`);
  for (const path of ["/v1/health", "/", `/v1/streams/${others.stream.name}/events`, `/v1/rooms/${others.room.name}/messages`, "/v1/nothing"]) {
    const wire = await send(server.port, at(path));
    const [status] = await wire.answers();
    assert.ok([200, 400, 404, 426].includes(status), `${path}: ${wire.text}`);
  }
  await others.unharmed();
});

// workerd lets these in; that none of it does any harm is what counts.
test("what is only odd joins, or is refused, and speaks as anybody does", async () => {
  const good = handshake(others.room.name);
  for (const request of [
    good,
    replaced(good, "dGhlIHNhbXBsZSBub25jZQ==", "abc"),
    replaced(good, "Connection: Upgrade", "Connection: close"),
    replaced(good, "Upgrade: websocket", "Upgrade: WebSocket"),
    handshake(others.room.name, 'Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99; x="\\'),
    handshake(others.room.name, "Sec-WebSocket-Extensions: permessage-deflate, permessage-deflate; client_max_window_bits=8"),
    handshake(others.room.name, 'Sec-WebSocket-Protocol: tidings.v1, a b, "'),
    handshake(others.room.name, `Sec-WebSocket-Protocol: ${"x, ".repeat(2_000)}tidings.v1`),
  ]) {
    const wire = await send(server.port, request);
    await wire.until(({ text, ended }) => /"limits"|\r\n\r\n[^]/.test(text) || ended, "welcome or a refusal");
    wire.cut();
    assert.ok([101, 400, 426].includes(wire.statuses[0]), wire.text);
  }
  await others.unharmed();
});

test("a handshake with a body, or with frames before it was answered", async () => {
  // In another room: below.
  const { name } = roomAt(server.origin);
  const said = `{"type":"message","id":"early","text":"early"}`;
  for (const [lines, rest] of [
    [["Content-Length: 5"], "hello"],
    [["Content-Length: 5"], ""],
    [["Transfer-Encoding: chunked"], "5\r\nhello\r\n0\r\n\r\n"],
    [["Transfer-Encoding: chunked"], "fffffff\r\n"],
    [[], head("GET /v1/health HTTP/1.1", "Host: x")],
    [[], frame(TEXT, said)],
  ]) {
    const wire = await send(server.port, handshake(name, ...lines), rest);
    await wire.until(({ statuses, ended }) => statuses.length > 0 || ended, "an answer");
    assert.ok(wire.statuses.every((status) => status === 101 || (status >= 400 && status < 500)), wire.text);
    wire.cut();
  }
  await others.unharmed();
});

test("connections that are reset in the middle of a handshake", async () => {
  // In another room: of a client that has gone before it was answered workerd may not tell
  // the object until the object's memory is cleaned, or much waits for that client.
  const { name } = roomAt(server.origin);
  for (let n = 0; n < 40; n += 1) {
    (await send(server.port, handshake(name).slice(0, 20 + n * 4))).cut();
    (await send(server.port, handshake(name))).cut();
  }
  await others.unharmed();
});

test("connections that are reset in the middle of a frame", async () => {
  const { name } = others.room;
  const said = frame(TEXT, `{"type":"message","id":"half","text":"half"}`);
  for (let n = 1; n < said.length; n += 4) {
    const eve = await intrude(server.port, name);
    eve.write(said.subarray(0, n));
    eve.cut();
  }
  await others.unharmed();
  // All of them have been noticed to be gone.
  await eventually(others.room.info, ({ members, connections }) => members === 2 && connections === 2, 60_000);
  const { messages } = await others.room.messages();
  assert.ok(messages.every(({ text }) => text !== "half"));
  await others.unharmed();
});
