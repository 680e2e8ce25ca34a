// A member of a room by our own SDK.

import { Member } from "./member.mjs";

/** Joins with the SDK's `joinRoom` at an address that says `name` and `key`. */
export function joinBySdk(joinRoom, address) {
  const url = new URL(address.replace(/^ws/, "http"));
  const { name, key } = Object.fromEntries(url.searchParams);
  url.search = "";
  const room = joinRoom(url, { name, key, after: "start" });
  const member = new Member();
  room.on("frame", (frame) => member.add(frame));
  room.on("status", ({ state, code }) => state === "closed" && member.stop(code));
  return Object.assign(member, {
    room,
    leave: () => room.close(),
    // The ids are the SDK's own; the tests want to know them.
    say({ id, text }) {
      const { randomUUID } = crypto;
      crypto.randomUUID = () => id;
      room.send(text).catch(() => {});
      crypto.randomUUID = randomUUID;
    },
  });
}
