// A reader of event streams over a bare HTTP connection, for the tests.
//
// It is written from the standard's text and shares nothing with the worker, and
// it shows what a browser hides: headers, comments, the bytes themselves.

import http from "node:http";
import { StringDecoder } from "node:string_decoder";

import { Waiting } from "./waiting.mjs";

/** The default deadline of every wait. It only says when to give up. */
const PATIENCE = 20_000;

/**
 * Opens a stream. With `cutAfter` the wire is cut after so many bytes of the body.
 *
 * @param {string} url
 * @param {{lastEventId?: string | string[], headers?: Record<string, string>, method?: string, cutAfter?: number}} [options]
 */
export function openStream(url, { lastEventId, headers = {}, method = "GET", cutAfter = Infinity } = {}) {
  const stream = new Stream();
  const request = http.request(url, {
    method,
    agent: false,
    headers: {
      Accept: "text/event-stream",
      ...(lastEventId === undefined ? {} : { "Last-Event-ID": lastEventId }),
      ...headers,
    },
  });
  stream.request = request;
  request.on("response", (response) => {
    stream.status = response.statusCode;
    stream.headers = response.headers;
    stream.rawHeaders = response.rawHeaders;
    const decoder = new StringDecoder("utf8");
    let room = cutAfter;
    const take = (bytes) => {
      const taken = bytes.subarray(0, room);
      room -= taken.length;
      stream.feed(decoder.write(taken));
      if (room === 0) {
        stream.finish("cut");
        stream.cut();
      }
    };
    take(Buffer.alloc(0));
    response.on("data", take);
    response.on("end", () => stream.finish("end"));
    response.on("error", () => stream.finish("reset"));
    stream.changed();
  });
  request.on("error", (error) => stream.finish(error.code ?? "error"));
  request.end();
  return stream;
}

export class Stream {
  /** Everything that was received. */
  text = "";
  /** The events, in order, with `id` as it stood when each was dispatched. */
  events = [];
  comments = [];
  retry = undefined;
  status = undefined;
  headers = undefined;
  /** Names and values in turn, as they came. */
  rawHeaders = undefined;
  /** How it ended: `end`, `cut`, `reset` or an error's code; undefined while it is open. */
  ended = undefined;

  #rest = "";
  #fields = fresh();
  #lastEventId = "";
  #waiting = new Waiting();

  feed(text) {
    this.text += text;
    this.#rest += text;
    // A CR at the end may be half of a CRLF.
    for (;;) {
      const match = /\r\n|\n|\r(?!$)/.exec(this.#rest);
      if (!match) break;
      const line = this.#rest.slice(0, match.index);
      this.#rest = this.#rest.slice(match.index + match[0].length);
      this.#line(line);
    }
    this.changed();
  }

  #line(line) {
    if (line === "") {
      this.#lastEventId = this.#fields.id ?? this.#lastEventId;
      if (this.#fields.data.length > 0) {
        const { type, data } = this.#fields;
        this.events.push({ type: type || "message", data: data.join("\n"), id: this.#fields.id });
      }
      this.#fields = fresh();
      return;
    }
    if (line.startsWith(":")) {
      this.comments.push(line.slice(1).replace(/^ /, ""));
      return;
    }
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") this.#fields.data.push(value);
    else if (name === "event") this.#fields.type = value;
    else if (name === "id" && !value.includes("\0")) this.#fields.id = value;
    else if (name === "retry" && /^[0-9]+$/.test(value)) this.retry = Number(value);
  }

  get lastEventId() {
    return this.#lastEventId;
  }

  /** The events' data, parsed. */
  get data() {
    return this.events.map((event) => JSON.parse(event.data));
  }

  finish(how) {
    this.ended ??= how;
    this.changed();
  }

  changed() {
    this.#waiting.changed();
  }

  /**
   * Waits until `condition(stream)` holds.
   *
   * @param {(stream: Stream) => unknown} condition
   * @param {string} [what] what is waited for, for the error
   */
  async until(condition, what = condition.toString(), patience = PATIENCE) {
    await this.#waiting.until(() => condition(this), patience, () => `waited in vain for ${what}; status ${this.status}, ended ${this.ended}, received:\n${this.text.slice(-2000)}`);
    return this;
  }

  untilHeaders() {
    return this.until((stream) => stream.status !== undefined, "the response");
  }

  untilEnd(patience) {
    return this.until((stream) => stream.ended !== undefined, "the end", patience);
  }

  untilEvents(count) {
    return this.until((stream) => stream.events.length >= count, `${count} events`);
  }

  untilEvent(type) {
    return this.until((stream) => stream.events.some((event) => event.type === type), `an event "${type}"`);
  }

  /** Cuts the connection, as a train in a tunnel does. */
  cut() {
    this.request.destroy();
  }
}

const fresh = () => ({ data: [], type: "", id: undefined });
