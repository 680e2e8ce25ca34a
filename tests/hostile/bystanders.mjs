// Those who are there while somebody else is hostile: two members of a room, one who
// watches it and a reader of a stream. Nothing may happen to them.

import assert from "node:assert/strict";

import { openStream } from "../e2e/event-source.mjs";
import { roomAt } from "../e2e/rooms.mjs";
import { streamAt } from "../e2e/streams.mjs";

/** An object that was asked something cannot have fallen asleep within this time. */
const AWAKE_MS = 9_000;

/** What the worker prints when it has lost something, and a panic. */
const HARM = /panicked|unreachable|RuntimeError|could not be|could not catch/;

/** @param {Awaited<ReturnType<typeof import("../e2e/server.mjs").startServer>>} server */
export async function bystanders(server) {
  const room = roomAt(server.origin);
  const stream = streamAt(server.origin);
  await stream.publish({ data: 0 });
  const ann = await room.join({ name: "Ann" });
  const bo = await room.join({ name: "Bo", after: "start" });
  const reader = openStream(`${stream.url}?after=start`);
  const watcher = openStream(room.url);
  await reader.untilEvents(1);
  await watcher.until(({ comments }) => comments.length > 0, "the watcher's place");
  const said = [];
  const constructed = async () => {
    const began = Date.now();
    const since = [(await room.info()).awake_since, (await stream.snapshot()).awake_since];
    return { since, began, ended: Date.now() };
  };
  let last = await constructed();

  return {
    room,
    stream,
    /** Shows that all of them are still served, by the objects that served them before. */
    async unharmed() {
      const text = `still here ${said.length}`;
      said.push(text);
      const now = await constructed();
      if (now.ended - last.began < AWAKE_MS) assert.deepEqual(now.since, last.since, "the objects were not reset");
      last = now;
      await ann.say(text);
      await stream.publish({ data: said.length });
      const hears = (member) => member.of("message").filter(({ from }) => from.id === ann.id).map((message) => message.text);
      for (const member of [ann, bo]) {
        await member.until("message", (message) => message.text === text);
        assert.deepEqual(hears(member), said, "everything, once, in order");
        assert.equal(member.socket.closed, undefined);
      }
      await reader.untilEvents(said.length + 1);
      assert.deepEqual(reader.data, [...said.keys(), said.length]);
      await watcher.until(({ data }) => data.some((message) => message.text === text), text);
      assert.deepEqual([reader.ended, watcher.ended], [undefined, undefined]);
      const health = await fetch(`${server.origin}/v1/health`);
      assert.deepEqual([health.status, (await health.json()).status], [200, "ok"]);
      assert.doesNotMatch(server.output, HARM);
    },
    leave() {
      for (const member of [ann, bo]) member.close();
      for (const response of [reader, watcher]) response.cut();
    },
  };
}
