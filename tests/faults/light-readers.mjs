// Readers of a stream and members of a room of whom there are hundreds: they keep the
// number `n` of each thing that they see, and how long it took since its `at`, and nothing
// else of the gigabyte that they are sent together.

import http from "node:http";

import WebSocket from "ws";

import { Waiting } from "../e2e/waiting.mjs";

/** How long a wait lasts. It only says when to give up. */
const PATIENCE_MS = 60_000;

class Light {
  /** The numbers, in order. */
  seen = [];
  /** What each took, in milliseconds. */
  times = [];
  cursor = undefined;
  /** How it ended: `end`, an error's code, or a close code; undefined while it is open. */
  ended = undefined;
  #waiting = new Waiting();

  constructor(source, leave) {
    Object.assign(this, { pause: () => source.pause(), resume: () => source.resume(), leave });
  }

  see(n, at, cursor) {
    this.seen.push(n);
    this.times.push(Date.now() - at);
    this.cursor = cursor ?? this.cursor;
    this.#changed();
  }

  end(how) {
    this.ended ??= how;
    this.#changed();
  }

  untilSeen(count) {
    return this.until(() => this.seen.length >= count, `${count} things`);
  }

  untilEnded() {
    return this.until(() => this.ended !== undefined, "the end");
  }

  until(condition, what) {
    return this.#waiting.until(condition, PATIENCE_MS, () => `waited in vain for ${what}; ended: ${this.ended}; ${this.seen.length} seen`);
  }

  #changed() {
    this.#waiting.changed();
  }
}

/** Reads a stream from after a cursor. */
export function readLightly(url, after) {
  return new Promise((resolve, reject) => {
    const request = http.get(`${url}?after=${after}`, { agent: false, headers: { Accept: "text/event-stream" } }, (response) => {
      const light = new Light(request.socket, () => request.destroy());
      let rest = "";
      response.setEncoding("latin1");
      response.on("data", (text) => {
        const blocks = (rest + text).split("\n\n");
        rest = blocks.pop();
        for (const block of blocks) {
          const [, n, at] = /^data: \{"n":(\d+),"at":(\d+)/m.exec(block) ?? [];
          if (n) light.see(Number(n), Number(at), block.slice(block.lastIndexOf("\nid: ") + 5));
        }
      });
      response.on("end", () => light.end("end"));
      response.on("error", (error) => light.end(error.code));
      resolve(light);
    });
    request.on("error", reject);
  });
}

/** Is in a room from after a cursor. What is said in it are arrays of things. */
export function joinLightly(url, after) {
  return new Promise((resolve, reject) => {
    const address = `${url.replace("http", "ws")}?after=${after}`;
    const socket = new WebSocket(address, "tidings.v1", { perMessageDeflate: false });
    const light = new Light(socket, () => socket.terminate());
    socket.on("message", (text) => {
      for (const { type, cursor, data } of [JSON.parse(text)].flat()) {
        if (type === "message") for (const { n, at } of data) light.see(n, at, cursor);
        else if (type === "welcome") resolve(light);
      }
    });
    socket.on("close", (code) => light.end(code));
    socket.on("error", reject);
  });
}
