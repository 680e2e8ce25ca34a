// The wire between a client and the worker, with a pair of scissors.
//
// A client that "survives a lost connection" is only tested when one is lost: a
// server that ends its responses properly is another thing, and so is a client
// that hangs up. So clients are given this address instead of the worker's. It
// passes bytes on in both directions without looking into HTTP, except to
// remember what was asked and answered, and can
//
// - `cut()` all connections at once with a reset, as a router that restarts;
// - `cutWithin(text)`: pass on a response up to the middle of `text` and then
//   hang up, as a server that dies in the middle of an event. The client gets
//   every byte before that, and no end of the chunked body;
// - `cutAmid(bytes)`: the same in the middle of whatever comes next and is not
//   short, for frames, which are compressed and show no text;
// - `deafen()`: what clients send arrives, and nothing more comes back to them, not
//   even the end, as where answers are lost;
// - `refuse()` everybody for a while, then `accept()` again.
//
// Nothing here waits for a time: `until(condition)` says when something has
// happened on the wire.

import net from "node:net";

import { Waiting } from "./waiting.mjs";

/** How long `until` waits. It only says when to give up. */
const PATIENCE_MS = 60_000;

/** What refuse and cut answer with is a reset: an orderly end is not a cut. */
const reset = (socket) => socket.resetAndDestroy();

/**
 * Starts a proxy in front of `origin`.
 *
 * @param {string} origin such as `http://127.0.0.1:8787`
 */
export async function startProxy(origin) {
  const { hostname, port } = new URL(origin);
  const proxy = new Proxy(hostname, Number(port));
  await proxy.listen();
  return proxy;
}

class Proxy {
  /** Connections that were refused by `refuse`. */
  refused = 0;
  /** All that clients sent, and all that they were sent, as text. */
  sent = "";
  received = "";
  /**
   * The requests to join rooms, in order: `{after, offered, status, answered}`, the
   * latter two once there is an answer. `offered` and `answered` are subprotocols.
   */
  joins = [];

  #target;
  #server = net.createServer({ allowHalfOpen: false }, (client) => this.#connect(client));
  #clients = new Set();
  /** Those of them that are sent nothing more. */
  #deaf = new WeakSet();
  #refusing = false;
  /** Where the next cut is, `(tail, bytes) => how many bytes to pass on`, or nothing. */
  #scissors;
  #waiting = new Waiting();

  constructor(host, port) {
    this.#target = { host, port };
  }

  async listen() {
    await new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(0, "127.0.0.1", resolve);
    });
    this.origin = `http://127.0.0.1:${this.#server.address().port}`;
  }

  /**
   * The requests for event streams, in order: `{path, lastEventId}`. Pages and
   * their files are not among them.
   */
  get requests() {
    return [...this.sent.matchAll(/^GET (\/v1\/streams\/\S+) HTTP\/1\.1\r\n([\s\S]*?)\r\n\r\n/gm)].map(
      ([, path, head]) => ({ path, lastEventId: /^last-event-id: *(.*?)\r?$/im.exec(head)?.[1] || undefined }),
    );
  }

  /** The statuses of all answers, in order. */
  get statuses() {
    // An event's text cannot look like this: its lines begin with a field's name.
    return [...this.received.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
  }

  /** Cuts every connection that is open, now. */
  cut() {
    for (const client of this.#clients) reset(client);
  }

  /** Passes a response on up to the middle of `text`, then hangs up. Answers when that is done. */
  async cutWithin(text) {
    const wanted = Buffer.from(text);
    this.#scissors = (tail, bytes) => cutAt(tail, bytes, wanted);
    await this.until(() => this.#scissors === undefined, `a cut within "${text}"`);
  }

  /** Passes on half of the next piece of at least `size` bytes, then hangs up. Answers when that is done. */
  async cutAmid(size) {
    this.#scissors = (_, bytes) => (bytes.length >= size ? bytes.length >> 1 : undefined);
    await this.until(() => this.#scissors === undefined, `a cut amid ${size} bytes`);
  }

  /** Connections that are open bring nothing more to their clients. */
  deafen() {
    for (const client of this.#clients) this.#deaf.add(client);
  }

  /** From now on resets whoever connects. Connections that are open stay. */
  refuse() {
    this.#refusing = true;
  }

  accept() {
    this.#refusing = false;
  }

  async stop() {
    this.#server.close();
    this.cut();
  }

  /** Waits until `condition(proxy)` holds; it is looked at whenever bytes pass. */
  until(condition, what = condition.toString()) {
    return this.#waiting.until(() => condition(this), PATIENCE_MS, () => `waited in vain for ${what}; the wire carried:\n${this.received.slice(-2000)}`);
  }

  #connect(client) {
    client.on("error", () => {}); // "close" follows, and is all that matters
    if (this.#refusing) {
      this.refused += 1;
      reset(client);
      this.#changed();
      return;
    }
    this.#clients.add(client);
    const server = net.connect(this.#target);
    server.on("error", () => {});
    client.on("close", () => {
      this.#clients.delete(client);
      server.destroy();
    });
    server.on("close", () => {
      if (!this.#deaf.has(client)) client.end();
    });
    const join = {};
    let asked = "";
    let answer = "";
    client.on("data", (bytes) => {
      this.sent += bytes.toString("latin1");
      if (!this.joins.includes(join)) {
        asked += bytes.toString("latin1");
        answer = "";
        this.#onRequest(asked, join);
        // A client may have asked for something else before, over the same connection.
        if (asked.includes("\r\n\r\n")) asked = "";
      }
      server.write(bytes);
      this.#changed();
    });
    // What was passed on and might be the beginning of the text to cut within.
    let tail = Buffer.alloc(0);
    server.on("data", (bytes) => {
      if (client.writableEnded || this.#deaf.has(client)) return;
      if (!answer.includes("\r\n\r\n")) onAnswer((answer += bytes.toString("latin1")), join);
      const cut = this.#scissors?.(tail, bytes);
      if (cut !== undefined) {
        this.#scissors = undefined;
        this.received += bytes.subarray(0, cut).toString("latin1");
        // In order, so that the client really gets what came before the cut.
        client.end(bytes.subarray(0, cut));
        server.destroy();
      } else {
        tail = Buffer.concat([tail, bytes]).subarray(-1024);
        this.received += bytes.toString("latin1");
        client.write(bytes);
      }
      this.#changed();
    });
  }

  /** What a connection began with: is it a request to join a room? */
  #onRequest(head, join) {
    const path = head.includes("\r\n\r\n") && /^GET (\/v1\/rooms\/\S+) HTTP/.exec(head)?.[1];
    if (!path || !/^upgrade: *websocket/im.test(head)) return;
    join.after = new URLSearchParams(path.split("?")[1]).get("after");
    join.offered = subprotocol(head);
    this.joins.push(join);
  }

  #changed() {
    this.#waiting.changed();
  }
}

function onAnswer(head, join) {
  if (!head.includes("\r\n\r\n")) return;
  join.status = Number(head.slice("HTTP/1.1 ".length, "HTTP/1.1 101".length));
  join.answered = subprotocol(head);
}

const subprotocol = (head) => /^sec-websocket-protocol: *(.*?)\r?$/im.exec(head)?.[1];

/** How many of `bytes`, which follow `tail`, come before the middle of `text`; nothing if it is not there. */
function cutAt(tail, bytes, text) {
  const at = Buffer.concat([tail, bytes]).indexOf(text);
  if (at < 0) return undefined;
  return Math.max(0, at + (text.length >> 1) - tail.length);
}
