// Rooms in a few verbs, for the tests.

import { randomUUID } from "node:crypto";

import { openSocket } from "./socket.mjs";
import { freshName } from "./streams.mjs";

/** A client of one room. */
export function roomAt(origin, name = freshName("room")) {
  const url = `${origin}/v1/rooms/${name}`;
  return {
    name,
    url,
    /** Joins; the parameters of the query. Without a `key` everybody is new. */
    async join(query = {}, options = {}) {
      const socket = await openSocket(`${url}?${new URLSearchParams(query)}`, options);
      const member = new Member(socket);
      await member.until("welcome");
      return member;
    },
    /** Opens a socket that may be refused a place. */
    knock: (query = {}, options = {}) => openSocket(`${url}?${new URLSearchParams(query)}`, options),
    configure: (config) => fetch(url, { method: "PUT", body: JSON.stringify(config) }),
    async info() {
      const response = await fetch(url, { headers: { Accept: "application/json" } });
      return { status: response.status, ...(await response.json()) };
    },
    async messages(query = "") {
      const response = await fetch(`${url}/messages${query}`);
      return { status: response.status, ...(await response.json()) };
    },
    async post(message, type = "application/json") {
      const body = typeof message === "string" ? message : JSON.stringify(message);
      const response = await fetch(`${url}/messages`, { method: "POST", headers: { "Content-Type": type }, body });
      return { status: response.status, ...(await response.json()) };
    },
    kick: (id, query = "") => fetch(`${url}/members/${encodeURIComponent(id)}${query}`, { method: "DELETE" }),
    close: () => fetch(url, { method: "DELETE" }),
  };
}

/** A secret by which a member is known again. */
export const freshKey = () => randomUUID();

class Member {
  constructor(socket) {
    this.socket = socket;
  }

  /** All things of a type, in the order in which they came. */
  of(type) {
    return this.socket.events.filter((thing) => thing.type === type);
  }

  last(type) {
    return this.of(type).at(-1);
  }

  get id() {
    return this.last("welcome").you.id;
  }

  /** The cursor of the last event that came. */
  get cursor() {
    const events = this.socket.events.filter(({ type, cursor }) => cursor && type !== "ack" && type !== "welcome");
    return events.at(-1)?.cursor ?? this.last("welcome").cursor;
  }

  get texts() {
    return this.of("message").map(({ text }) => text);
  }

  /** Waits for a thing of a type that is so; the first of them. */
  async until(type, isSo = () => true) {
    const find = () => this.of(type).find(isSo);
    await this.socket.until(() => find() !== undefined, `${type} ${isSo}`);
    return find();
  }

  send(frame) {
    this.socket.send(typeof frame === "string" || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame));
  }

  /** Sends a frame and waits until it is acknowledged. */
  async ask(frame) {
    this.send(frame);
    return this.until("ack", ({ id }) => id === frame.id);
  }

  /** Says a text under an id that is the text; the acknowledgement. */
  say(text) {
    return this.ask({ type: "message", id: text, text });
  }

  /** Sends a frame and waits until it is refused; the error. */
  async refused(frame) {
    this.send(frame);
    return this.until("error", ({ id }) => id === frame.id);
  }

  close(code) {
    this.socket.close(code);
  }
}
