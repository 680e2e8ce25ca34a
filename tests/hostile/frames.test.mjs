// WebSocket frames that break the protocol: whoever sends them goes, nobody else does.
//
// workerd reads the frames, and is milder than RFC 6455 in some places; they are marked
// below. There the promise is that a room takes no harm of them.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { eventually } from "../e2e/streams.mjs";
import { others, server } from "./scene.mjs";
import { BINARY, CLOSE, closing, CONTINUATION, frame, intrude, PING, PONG, TEXT } from "./sockets.mjs";

const message = (id) => `{"type":"message","id":"${id}","text":"${id}"}`;
const intruder = () => intrude(server.port, others.room.name);
const isStored = async (id) => (await others.room.messages("?limit=500")).messages.some((said) => said.id === id);

describe("what is legal is understood", () => {
  test("a message in frames of one byte, with a ping between any two", async () => {
    const eve = await intruder();
    const bytes = [...Buffer.from(message("bytes ✓ 👍"))];
    for (const [n, byte] of bytes.entries()) {
      eve.write(frame(n === 0 ? TEXT : CONTINUATION, [byte], { fin: n === bytes.length - 1 }), frame(PING, String(n)));
    }
    await eve.until(() => eve.of("ack").length > 0, "ack");
    assert.equal(eve.of("message").find(({ id }) => id === "bytes ✓ 👍").text, "bytes ✓ 👍");
    // Of pings that come before their pong has left only the last need be answered.
    const pongs = () => eve.frames.filter(({ opcode }) => opcode === PONG).map(({ payload }) => Number(payload));
    await eve.until(() => pongs().at(-1) === bytes.length - 1, "the last pong");
    assert.deepEqual(pongs(), [...new Set(pongs())].sort((a, b) => a - b));
    eve.cut();
    await others.unharmed();
  });

  test("empty frames, a pong that nobody asked for, a frame that comes byte by byte", async () => {
    const eve = await intruder();
    eve.write(frame(TEXT, "", { fin: false }), frame(CONTINUATION, "", { fin: false }), frame(CONTINUATION, message("empty")));
    eve.write(frame(PONG, "x"), frame(PING, ""), frame(PING, "x".repeat(125)));
    for (const byte of frame(TEXT, message("slow"))) {
      eve.write(Buffer.from([byte]));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await eve.until(() => eve.of("ack").length === 2, "both acks");
    eve.cut();
    await others.unharmed();
  });
});

describe("what is illegal ends the connection", () => {
  const cases = {
    "a continuation of nothing": [frame(CONTINUATION, message("illegal"))],
    "a message within another": [frame(TEXT, "{", { fin: false }), frame(TEXT, message("illegal"))],
    "a reserved bit that nothing was agreed on for": [frame(TEXT, message("illegal"), { reserved: 4 })],
    "the second reserved bit": [frame(TEXT, message("illegal"), { reserved: 2 })],
    "the third reserved bit": [frame(TEXT, message("illegal"), { reserved: 1 })],
    "an unknown kind of data": [frame(3, message("illegal"))],
    "an unknown kind of control": [frame(11, "x")],
    "a ping in parts": [frame(PING, "x", { fin: false })],
    "a close in parts": [frame(CLOSE, closing(1000), { fin: false })],
  };
  for (const [what, frames] of Object.entries(cases)) {
    test(what, async () => {
      const eve = await intruder();
      eve.write(...frames, frame(TEXT, message("afterwards")));
      assert.ok([1002, "reset"].includes(await eve.untilClosed()));
      await others.unharmed();
      assert.equal(await isStored("illegal"), false);
      assert.equal(await isStored("afterwards"), false);
    });
  }
});

// RFC 6455 would have these fail the connection; workerd takes them as they are meant, or
// as they must be. Either is as good.
describe("what is illegal and tolerated does no harm", () => {
  const cases = {
    "a frame without a mask": [frame(TEXT, message("unmasked"), { masked: false })],
    "a ping of 126 bytes": [frame(PING, "x".repeat(126))],
    "a ping of 100,000 bytes": [frame(PING, "x".repeat(100_000))],
    "text that is no UTF-8": [frame(TEXT, [0x22, 0xc0, 0x80, 0xff, 0xed, 0xa0, 0x80, 0x22])],
    "a message that is no UTF-8": [frame(TEXT, Buffer.from(message("\xff\xfe"), "latin1"))],
    "a character cut in two": [frame(TEXT, [0x22, 0xf0, 0x9f], { fin: false }), frame(CONTINUATION, [0x91, 0x22])],
    "a length longer than it need be": [Buffer.concat([Buffer.from([0x81, 0xfe, 0, 2]), Buffer.alloc(4), Buffer.from("{}")])],
  };
  for (const [what, frames] of Object.entries(cases)) {
    test(what, async () => {
      const eve = await intruder();
      eve.write(...frames, frame(TEXT, "ping"));
      const isOver = ({ opcode, payload }) => opcode === CLOSE || payload.toString() === "pong";
      await eve.until((all) => all.some(isOver), "pong, or the close");
      // Whatever it was turned into is JSON in UTF-8.
      for (const { opcode, payload } of eve.frames) {
        if (opcode === TEXT) new TextDecoder("utf-8", { fatal: true }).decode(payload);
      }
      eve.cut();
      await others.unharmed();
    });
  }
});

describe("closes", () => {
  for (const code of [0, 999, 1000, 1001, 1004, 1005, 1006, 1007, 1012, 1015, 1016, 2999, 3000, 4403, 4999, 5000, 65_535]) {
    test(`with ${code}`, async () => {
      const eve = await intruder();
      eve.write(frame(CLOSE, closing(code, "I go")), frame(TEXT, message("after the close")));
      const answer = await eve.untilClosed();
      assert.ok(answer === "reset" || (answer >= 1000 && answer <= 4999), `${answer}`);
      eve.cut();
      await others.unharmed();
      assert.equal(await isStored("after the close"), false);
    });
  }

  test("with one byte, without any, with a reason that is no UTF-8, with more than fits", async () => {
    for (const payload of ["x", "", [3, 232, 0xff, 0xfe], closing(1000, "x".repeat(124))]) {
      const eve = await intruder();
      eve.write(frame(CLOSE, payload));
      await eve.untilClosed();
      await others.unharmed();
    }
  });
});

describe("many at once", () => {
  const floods = {
    "frames that say nothing": frame(TEXT, ""),
    "frames that are no JSON": frame(TEXT, "{"),
    "frames of a type that there is not": frame(TEXT, '{"type":"x"}'),
    "messages": frame(TEXT, message("flood")),
    "signals": frame(TEXT, '{"type":"signal","data":1}'),
    "binary frames": frame(BINARY, "x"),
  };
  for (const [what, one] of Object.entries(floods)) {
    test(`10,000 ${what} close the connection with 1008`, async () => {
      const eve = await intruder();
      eve.write(Buffer.concat(Array(10_000).fill(one)));
      assert.ok([1008, "reset"].includes(await eve.untilClosed()));
      await others.unharmed();
    });
  }

  test("10,000 pings of either kind are answered by the runtime", async () => {
    const eve = await intruder();
    const before = (await others.room.info()).awake_since;
    eve.write(Buffer.concat(Array.from({ length: 10_000 }, (_, n) => (n % 2 ? frame(TEXT, "ping") : frame(PING, "x")))));
    await eve.until((frames) => frames.filter(({ payload }) => payload.toString() === "pong").length === 5_000, "5,000 pongs");
    assert.equal((await others.room.info()).awake_since, before);
    eve.cut();
    await others.unharmed();
  });

  test("10,000 fragments of one message", async () => {
    const eve = await intruder();
    const text = message("fragments").padEnd(10_000);
    eve.write(Buffer.concat([...text].map((byte, n) => frame(n === 0 ? TEXT : CONTINUATION, byte, { fin: n === 9_999 }))));
    await eve.until(() => eve.of("ack").length > 0, "ack");
    eve.cut();
    await others.unharmed();
  });
});

test("whoever was there is gone in the end", async () => {
  await others.unharmed();
  await eventually(others.room.info, ({ members, connections }) => members === 2 && connections === 2, 60_000);
  await others.unharmed();
});
