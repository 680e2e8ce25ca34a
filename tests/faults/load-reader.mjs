// Who reads a log to its end, over one connection after the other: as an EventSource does,
// and as nobody does but everybody may, over another wire each time.

import { openStream } from "../e2e/event-source.mjs";
import { openSocket } from "../e2e/socket.mjs";
import { Client, printOf } from "./load-client.mjs";

/** A reader waits for as long as there is nothing. The largest that a timer can. */
const FOR_EVER_MS = 2 ** 31 - 1;

/** Before coming back. Far less than a browser takes: the more often, the more is tried. */
const RETRY_MS = 60;

/** So many events at the most before a reader hangs up by itself. */
const MOST = 3_000;

/** How an event is known, by its data; in a room that is the frame. */
export const STREAM = {
  recognise: (data) => ({ token: typeof data === "string" ? data.split(" ")[0] : data.token, print: printOf(JSON.stringify(data)) }),
};
export const ROOM = {
  recognise({ type, id, text, from }) {
    const token = `${type}:${id ?? text.split(" ")[0]}`;
    // What a member said may have been edited or deleted since.
    return { token, print: type === "message" && from.id === "server" ? printOf(text) : undefined };
  },
};

export class Reader extends Client {
  /** `{cursor, token, print}` of all events, in the order of arrival. */
  seen = [];
  /** Where it comes back. */
  cursor = undefined;
  #url;
  #wires;
  #kind;
  #hangUp = () => {};

  /**
   * @param {string} name
   * @param {import("./cycle-random.mjs").Random} random
   * @param {{url: string, wires: string[], kind: {recognise: Function}}} options
   */
  constructor(name, random, { url, wires, kind }) {
    super(name, random);
    this.#url = url;
    this.#wires = wires;
    this.#kind = kind;
  }

  /** Reads until it is stopped. */
  async run() {
    while (!this.isStopping) {
      const before = this.cursor;
      await this.#over(this.random.one(this.#wires), this.random.between(1, MOST));
      this.#hangUp = () => {};
      if (before && this.cursor !== before) this.resumptions += 1;
      await this.pause(RETRY_MS);
    }
  }

  stop() {
    this.isStopping = true;
    this.#hangUp();
  }

  #over(wire, most) {
    if (wire === "pages") return this.#overPages();
    if (wire === "socket") return this.#overSocket(most);
    return this.#overEventStream(wire, most);
  }

  async #overEventStream(wire, most) {
    const byHeader = this.cursor && wire === "last-event-id";
    const stream = byHeader
      ? openStream(`${this.#url}?after=start`, { lastEventId: this.cursor })
      : openStream(`${this.#url}?after=${this.cursor ?? "start"}`);
    this.#hangUp = () => stream.cut();
    let taken = 0;
    for (;;) {
      await stream.until(({ events, ended }) => events.length > taken || ended, "an event or the end", FOR_EVER_MS);
      // Anything but this and an EventSource stays away for good.
      if (stream.status !== undefined && stream.status !== 200) this.complain(`an event stream was answered ${stream.status}: ${stream.text}`);
      for (; taken < stream.events.length; taken += 1) {
        const { type, data, id } = stream.events[taken];
        if (id === undefined) this.complain(`was told ${type}: ${data}`);
        else this.#take(id, data.startsWith("{") ? JSON.parse(data) : data);
      }
      if (stream.ended) return;
      if (taken >= most) return stream.cut();
    }
  }

  async #overSocket(most) {
    let socket;
    try {
      socket = await openSocket(`${this.#url}?after=${this.cursor ?? "start"}`);
    } catch (error) {
      if (error.message.startsWith("refused") && !error.message.endsWith("503")) this.complain(`a WebSocket was ${error.message}`);
      return;
    }
    this.#hangUp = () => socket.cut();
    let taken = 0;
    while (!this.isStopping) {
      await socket.until(({ events, closed }) => events.length > taken || closed !== undefined, "an event or the end", FOR_EVER_MS);
      for (; taken < socket.events.length; taken += 1) {
        const event = socket.events[taken];
        if (event.cursor === undefined) this.complain(`was told ${JSON.stringify(event)}`);
        else this.#take(event.cursor, event.data);
      }
      if (socket.closed !== undefined) return;
      if (taken >= most) break;
    }
    socket.cut();
  }

  async #overPages() {
    const canceller = new AbortController();
    this.#hangUp = () => canceller.abort();
    for (let pages = this.random.between(1, 5); pages > 0 && !this.isStopping; pages -= 1) {
      const query = `after=${this.cursor ?? "start"}&limit=${this.random.between(1, 500)}&wait=1`;
      try {
        const response = await fetch(`${this.#url}/events?${query}`, { signal: canceller.signal });
        const page = await response.json();
        if (!response.ok) {
          if (response.status !== 503) this.complain(`a page was answered ${response.status}`);
          return;
        }
        if (page.gap) this.complain(`a page told of a gap: ${JSON.stringify(page.gap)}`);
        for (const { cursor, data } of page.events) this.#take(cursor, data);
      } catch (error) {
        if (!(error instanceof TypeError || error instanceof SyntaxError || error instanceof DOMException)) throw error;
        return;
      }
    }
  }

  #take(cursor, data) {
    this.seen.push({ cursor, ...this.#kind.recognise(data) });
    this.cursor = cursor;
    this.progressed();
  }
}
