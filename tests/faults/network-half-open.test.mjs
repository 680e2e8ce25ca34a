// A client that has vanished: its network is gone, and nobody says so. What holds the
// worker to it is what docs/protocol.md and docs/rooms.md promise to let go of, and no
// test may wait for TCP to give up, which takes a quarter of an hour.

import assert from "node:assert/strict";
import net from "node:net";
import { after, before, describe, test } from "node:test";

import { openStream } from "../e2e/event-source.mjs";
import { roomAt } from "../e2e/rooms.mjs";
import { startServer } from "../e2e/server.mjs";
import { eventually, streamAt } from "../e2e/streams.mjs";
import { startFaultProxy } from "./fault-proxy.mjs";

const BRISK = { SSE_HEARTBEAT_SECONDS: "1", ROOM_SILENCE_SECONDS: "4", LIMIT_FRAMES_PER_SECOND: "0", STATS_REPORT_SECONDS: "0" };

/** Where responses grow old, and where they never do. */
let mortal;
let ageless;
before(async () => {
  mortal = await startServer({ vars: { ...BRISK, SSE_MAX_AGE_SECONDS: "6" } });
  ageless = await startServer({ vars: { ...BRISK, SSE_MAX_AGE_SECONDS: "0" } });
});
after(async () => {
  for (const server of [mortal, ageless]) {
    assert.doesNotMatch(server.output, /panicked|closure invoked|Uncaught/);
    await server.stop();
  }
});

/** Has a reader behind a proxy of its own, sees it vanish, and waits until it is let go of. */
async function letGoOf(server, vanish) {
  const stream = streamAt(server.origin);
  const proxy = await startFaultProxy(server.origin);
  const reader = openStream(`${proxy.origin}/v1/streams/${stream.name}?after=start`);
  try {
    await reader.untilHeaders();
    await vanish(stream, proxy, reader);
    // On a slow machine it may have grown old before: once more.
    if (reader.ended === "end") return await letGoOf(server, vanish);
    const readers = async () => (await stream.snapshot()).readers;
    await eventually(readers, (count) => count === 0, 60_000);
    assert.equal(reader.ended, undefined, "nobody has told it");
  } finally {
    reader.cut();
    await proxy.stop();
  }
}

/** Much for a reader, in frames of so many events; more than the buffers of the system take. */
async function publishMuch(stream, inFrame) {
  const text = "x".repeat(60_000);
  for (let n = 0; n < 300; n += inFrame) {
    await stream.publish(...Array.from({ length: inFrame }, (_, i) => ({ data: { n: n + i, text } })));
  }
}

/** Ann, who is there, and Bo, who vanishes. */
async function inRoom(vanish) {
  const room = roomAt(ageless.origin);
  const proxy = await startFaultProxy(ageless.origin);
  const ann = await room.join();
  const bo = await roomAt(proxy.origin, room.name).join();
  const beat = setInterval(() => ann.send("ping"), 500);
  try {
    await vanish(proxy, ann, bo);
    await ann.socket.until(() => ann.last("left")?.member.id === bo.id, "Bo to leave", 60_000);
    assert.equal((await room.info()).members, 1);
    assert.equal(bo.socket.closed, undefined, "nobody has told Bo");
  } finally {
    clearInterval(beat);
    bo.socket.cut();
    ann.close();
    await proxy.stop();
  }
}

describe("who has vanished", { concurrency: true }, () => {
  test("an EventSource whose system has forgotten it is let go of by a heartbeat, though nothing is published", async () => {
    await letGoOf(ageless, async (stream, proxy, reader) => {
      await stream.publish({ data: 1 });
      await reader.untilEvents(1);
      proxy.vanish("forgotten");
      await proxy.until(({ open }) => open === 0, "something to be written to it");
    });
  });

  test("one that sleeps is let go of when its response is old, also in silence", async () => {
    await letGoOf(mortal, async (stream, proxy, reader) => {
      await stream.publish({ data: 1 });
      await reader.until(({ events, ended }) => ended || events.length === 1, "an event");
      proxy.vanish("asleep");
    });
  });

  test("one that sleeps while much is published is let go of when too much waits for it", async () => {
    await letGoOf(ageless, async (stream, proxy) => {
      proxy.vanish("asleep");
      // So few frames leave the stream cold.
      await publishMuch(stream, 15);
    });
  });

  test("one that fell asleep while its stream was hot is let go of when its response is old", async () => {
    await letGoOf(mortal, async (stream, proxy, reader) => {
      for (let n = 0; n < 60; n += 1) await stream.publish({ data: n });
      await reader.until(({ events, ended }) => ended || events.length === 60, "60 events");
      proxy.vanish("asleep");
      await publishMuch(stream, 1);
    });
  });

  for (const how of ["asleep", "forgotten"]) {
    test(`a member who used to ping and has vanished, ${how}, is seen to leave`, async () => {
      await inRoom(async (proxy, _, bo) => {
        bo.send("ping");
        await bo.socket.until(({ texts }) => texts.includes("pong"), "pong");
        proxy.vanish(how);
      });
    });
  }

  test("a member who has vanished while much is said is sent away as one who does not read", async () => {
    await inRoom(async (proxy, ann) => {
      proxy.vanish("asleep");
      const filler = "x".repeat(60_000);
      for (let n = 0; !ann.last("left"); n += 1) {
        assert.ok(n < 400, "after 24 MB Bo is still there");
        await ann.ask({ type: "message", id: `${n}`, data: filler });
      }
    });
  });
});

/** Asks for WebSockets and resets the connections before anything is answered. */
async function vanishEarly(server, path, clients) {
  const knock = () =>
    new Promise((resolve) => {
      const socket = net.connect(server.port, "127.0.0.1", () => {
        const head = [`GET ${path} HTTP/1.1`, "Host: localhost", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="];
        socket.write(`${head.join("\r\n")}\r\n\r\n`, () => setImmediate(() => resolve(socket.resetAndDestroy())));
      });
      socket.on("error", resolve);
    });
  await Promise.all(Array.from({ length: clients }, knock));
}

test("whoever is gone before the handshake is answered is no member for long", { timeout: 120_000 }, async () => {
  const room = roomAt(ageless.origin);
  const ann = await room.join({ name: "Ann" });
  await vanishEarly(ageless, `/v1/rooms/${room.name}`, 60);
  // How many of them are taken for members is a race.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  console.log(`${(await room.info()).connections} connections, of which one is there`);
  await eventually(room.info, ({ connections }) => connections === 1, 60_000);
  assert.equal(ann.socket.closed, undefined);
  await ann.say("alone");
  ann.close();
});

test("nor do they keep others out of a room that is full", { timeout: 120_000 }, async () => {
  const narrow = await startServer({ vars: { ...BRISK, LIMIT_MEMBERS_PER_ROOM: "3", ROOM_SILENCE_SECONDS: "0" } });
  try {
    const room = roomAt(narrow.origin);
    await eventually(async () => {
      await vanishEarly(narrow, `/v1/rooms/${room.name}`, 60);
      return (await room.info()).members;
    }, (members) => members === 3);
    // Whoever is told that it is full comes again.
    const comes = async () => {
      const ann = await room.knock({ name: "Ann" });
      await ann.untilEvents(1);
      ann.cut();
      return ann.events[0].type;
    };
    assert.equal(await comes(), "bye");
    await eventually(comes, (answer) => answer === "welcome", 60_000);
  } finally {
    await narrow.stop();
  }
});
