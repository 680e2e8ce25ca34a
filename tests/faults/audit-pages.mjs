// What is stored, as anybody can read it: page after page over HTTP, from the start.

import { openStream } from "../e2e/event-source.mjs";
import { roomAt } from "../e2e/rooms.mjs";
import { seqOf } from "./audit.mjs";

/** How long reading a whole room takes at the most. It only says when to give up. */
const PATIENCE_MS = 120_000;

/** All pages of `events` or `messages`, one after the other. */
async function pages(url, name) {
  const things = [];
  for (let after = "start"; ; ) {
    const response = await fetch(`${url}/${name}?after=${after}&limit=500`);
    const page = await response.json();
    if (!response.ok) throw new Error(`${url}/${name} after ${after}: ${response.status} ${page.detail}`);
    if (page.gap) throw new Error(`${url}/${name} after ${after}: a gap, ${JSON.stringify(page.gap)}`);
    things.push(...page[name]);
    if (!page.more) return things;
    after = things.at(-1).cursor;
  }
}

/** The events of a stream. */
export const readStream = (url) => pages(url, "events");

/**
 * A room: its `messages`, as they are now; all `events` of its log, which no page has and a
 * fresh watcher gets; and its shared `state`, which a fresh member gets.
 */
export async function readRoom(origin, name) {
  const room = roomAt(origin, name);
  const messages = await pages(room.url, "messages");
  const { head } = await room.info();
  const watcher = openStream(`${room.url}?after=start`);
  await watcher.until(({ lastEventId, ended }) => ended || (lastEventId && seqOf(lastEventId) >= seqOf(head)), `${head}, the head`, PATIENCE_MS);
  watcher.cut();
  const member = await room.join();
  const { state } = member.last("welcome");
  member.close(1000);
  return { messages, events: watcher.data, state };
}
