// WebSocket frames that are too large, whole, in parts, announced and compressed: 1009, and
// what they cost in memory.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, test } from "node:test";
import { constants, deflateRawSync } from "node:zlib";

import { others, server } from "./scene.mjs";
import { BINARY, CLOSE, CONTINUATION, frameHead, intrude, TEXT } from "./sockets.mjs";

const KB = 1024;
const MB = 1024 * KB;

afterEach(() => others.unharmed());

const PART = Buffer.alloc(MB, "x");

const isClose = ({ opcode }) => opcode === CLOSE;
const isRefused = (eve) => eve.frames.some(isClose);

/** Writes so many bytes, until they are refused. */
async function pour(eve, bytes) {
  for (let left = bytes; left > 0 && !isRefused(eve) && eve.wire.write(PART.subarray(0, left)); left -= MB) {
    await eve.wire.drained(() => isRefused(eve));
  }
}

/** What the runtime holds in memory, in MiB; nothing where that cannot be seen. */
function resident() {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]) / KB;
  } catch {
    return undefined;
  }
}

const refused = (code) => [1009, "reset"].includes(code);

for (const opcode of [TEXT, BINARY]) {
  const kind = opcode === TEXT ? "text" : "binary";
  // The runtime shows frames of up to 32 MiB whole; larger ones it refuses itself.
  for (const size of [64 * KB + 1, MB, 8 * MB, 32 * MB, 32 * MB + 1, 64 * MB]) {
    test(`${size} bytes of ${kind} in one frame`, async (t) => {
      const before = resident();
      const eve = await intrude(server.port, others.room.name);
      eve.write(frameHead(opcode, size));
      await pour(eve, size);
      assert.ok(refused(await eve.untilClosed()));
      t.diagnostic(`${before?.toFixed()} MiB before, ${resident()?.toFixed()} MiB after`);
    });
  }

  test(`64 KiB of ${kind} are not too large`, async () => {
    const eve = await intrude(server.port, others.room.name);
    eve.write(frameHead(opcode, 64 * KB), PART.subarray(0, 64 * KB));
    if (opcode === TEXT) await eve.until(() => eve.of("error").length > 0, "an error: it is no JSON");
    eve.write(frameHead(TEXT, 4), "ping");
    await eve.until((frames) => frames.some(({ payload }) => payload.toString() === "pong"), "pong");
    eve.cut();
  });
}

test("32 MiB of text that is not ASCII", async () => {
  const eve = await intrude(server.port, others.room.name);
  const part = Buffer.from("ä✓👍".repeat(4 * KB)); // 36 KB
  const count = Math.floor((32 * MB) / part.length);
  eve.write(frameHead(TEXT, count * part.length));
  for (let n = 0; n < count && !isRefused(eve) && eve.wire.write(part); n += 1) await eve.wire.drained(() => isRefused(eve));
  assert.ok(refused(await eve.untilClosed()));
});

test("a frame that only says how large it is", async () => {
  for (const size of [33 * MB, 2 ** 40, 2 ** 53]) {
    const eve = await intrude(server.port, others.room.name);
    eve.write(frameHead(TEXT, size), "x");
    assert.ok(refused(await eve.untilClosed()));
  }
  // The most significant bit must not be set.
  const eve = await intrude(server.port, others.room.name);
  eve.write(Buffer.from([0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]), "x");
  assert.ok([1002, 1009, "reset"].includes(await eve.untilClosed()));
});

test("one message in fragments without an end", async () => {
  const eve = await intrude(server.port, others.room.name);
  let sent = 0;
  for (; sent < 256 && !isRefused(eve) && eve.wire.ended === undefined; sent += 1) {
    eve.write(frameHead(sent === 0 ? BINARY : CONTINUATION, MB, { fin: false }));
    await pour(eve, MB);
  }
  assert.ok(sent < 256, "long before 256 MiB");
  assert.ok(refused(await eve.untilClosed()));
});

/** A compressed frame, where the runtime has agreed to compress: https://www.rfc-editor.org/rfc/rfc7692 */
async function compressed(text) {
  const eve = await intrude(server.port, others.room.name, "Sec-WebSocket-Extensions: permessage-deflate");
  if (!/^sec-websocket-extensions: *permessage-deflate/im.test(eve.wire.text)) return undefined;
  const bytes = deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
  eve.write(frameHead(TEXT, bytes.length, { reserved: 4 }), bytes);
  return { eve, size: bytes.length };
}

for (const size of [MB, 32 * MB, 256 * MB]) {
  test(`a small compressed frame that is ${size / MB} MiB`, async (t) => {
    const before = resident();
    const sent = await compressed(Buffer.alloc(size, "x"));
    if (!sent) return t.skip("the runtime does not compress");
    assert.ok([1009, 1002, 1011, "reset"].includes(await sent.eve.untilClosed()));
    t.diagnostic(`${sent.size} bytes sent; ${before?.toFixed()} MiB before, ${resident()?.toFixed()} MiB after`);
  });
}

test("a compressed frame that cannot be inflated", async (t) => {
  const sent = await compressed("x");
  if (!sent) return t.skip("the runtime does not compress");
  sent.eve.write(frameHead(TEXT, 64, { reserved: 4 }), Buffer.alloc(64, 0xff));
  const code = await sent.eve.untilClosed();
  assert.ok(code === "reset" || (code >= 1002 && code <= 1011), `${code}`);
});

test("ten clients with 8 MiB each at the same time", async () => {
  const eves = await Promise.all(Array.from({ length: 10 }, () => intrude(server.port, others.room.name)));
  await Promise.all(
    eves.map(async (eve) => {
      eve.write(frameHead(TEXT, 8 * MB));
      await pour(eve, 8 * MB);
      assert.ok(refused(await eve.untilClosed()));
    }),
  );
});
