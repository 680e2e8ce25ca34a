// The wire between a client and the worker, as networks really break it.
//
// `tests/e2e/cuttable-proxy.mjs` knows what is asked and answered, and cuts there; this
// one knows nothing but bytes, and does to them what routers, radio and sleeping laptops
// do:
//
// - `weather`: latency and jitter, in milliseconds (order is kept, as TCP keeps it), and
//   how many bytes go at a time;
// - `reset()`: every connection, now, as a router that restarts;
// - `cutAfter(bytes, direction)`: the next connection ends when exactly so many bytes
//   have passed in a direction, whatever they are in the middle of;
// - `vanish()`: half-open. Nothing passes any more, in no direction, not even the end. The
//   other side is `asleep` (its system takes what its buffers hold), or has `forgotten`
//   the connection: it answers the next byte with a reset;
// - `strand()`: nothing passes, until `revive()` lets what was on its way arrive late.
//   `abandon()` between the two: the client is rid of it, and comes again, while at the
//   server it stays, and comes alive;
// - `refuse()` everybody for a while, then `accept()` again.
//
// Nothing here waits for a time: `until(condition)` says when something has happened on
// the wire.

import net from "node:net";
import { setImmediate, setTimeout } from "node:timers/promises";

import { Waiting } from "../e2e/waiting.mjs";

/** How long `until` waits. It only says when to give up. */
const PATIENCE_MS = 60_000;

/** Node never lets go of a socket that is reset while it is being ended. */
const reset = (socket) => (socket.writableEnded ? socket.destroy() : socket.resetAndDestroy());

/** Nothing is slow, and bytes go as they come. */
const FAIR = { latency: 0, jitter: 0, piece: Infinity };

/**
 * Starts a proxy in front of `origin`; `random` makes its jitter.
 *
 * @param {string} origin such as `http://127.0.0.1:8787`
 * @param {() => number} [random]
 */
export async function startFaultProxy(origin, random = Math.random) {
  const { hostname, port } = new URL(origin);
  const proxy = new FaultProxy({ host: hostname, port: Number(port) }, random);
  await proxy.listen();
  return proxy;
}

class FaultProxy {
  /** How many connections were accepted, and how many refused. */
  connected = 0;
  refused = 0;
  /** How many connections have been cut where `cutAfter` said. */
  cut = 0;
  random;

  #target;
  #server = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#connect(client));
  #wires = new Set();
  #weather = FAIR;
  #refusing = false;
  /** What becomes of the connections that come next: `{bytes, direction}`. */
  #cuts = [];
  #waiting = new Waiting();

  constructor(target, random) {
    this.#target = target;
    this.random = random;
  }

  async listen() {
    await new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(0, "127.0.0.1", resolve);
    });
    this.origin = `http://127.0.0.1:${this.#server.address().port}`;
  }

  get weather() {
    return this.#weather;
  }

  /** What is not said is fair. */
  set weather(weather) {
    this.#weather = { ...FAIR, ...weather };
  }

  /** How many connections are open on the side of the server. */
  get open() {
    return this.#wires.size;
  }

  reset() {
    for (const wire of this.#wires) wire.reset();
  }

  /** The next connection that nothing is said of yet ends after so many bytes. */
  cutAfter(bytes, direction) {
    this.#cuts.push({ bytes, direction });
  }

  vanish(how = "asleep") {
    for (const wire of this.#wires) wire.vanish(how);
  }

  strand() {
    for (const wire of this.#wires) wire.hold();
  }

  /** Clients are rid of the connections that are stranded, and the server never hears of it. */
  abandon() {
    for (const wire of this.#wires) wire.abandon();
  }

  revive() {
    for (const wire of this.#wires) wire.release();
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
    this.reset();
  }

  /** Waits until `condition(proxy)` holds; it is looked at whenever something happens. */
  until(condition, what = condition.toString()) {
    return this.#waiting.until(() => condition(this), PATIENCE_MS, () => `waited in vain for ${what}; ${this.connected} connections, ${this.open} open, ${this.cut} cut`);
  }

  changed() {
    this.#waiting.changed();
  }

  #connect(client) {
    if (this.#refusing) {
      this.refused += 1;
      client.on("error", () => {});
      reset(client);
    } else {
      this.connected += 1;
      const server = net.connect({ ...this.#target, allowHalfOpen: true, noDelay: true });
      const wire = new Wire(this, client, server, this.#cuts.shift());
      this.#wires.add(wire);
      server.on("close", () => {
        this.#wires.delete(wire);
        this.changed();
      });
    }
    this.changed();
  }
}

/** One connection: two sockets, and what passes between them. */
class Wire {
  /** Resolves when what is held may go on; while nothing is held, it is there. */
  gate = Promise.resolve();
  /** The client has given it up, and nobody tells its server. */
  abandoned = false;
  #open = () => {};
  #client;
  #server;
  #held = false;

  constructor(proxy, client, server, cut) {
    this.#client = client;
    this.#server = server;
    const limit = (direction) => (cut?.direction === direction ? cut.bytes : Infinity);
    this.request = new Lane(proxy, this, client, server, limit("request"));
    this.answer = new Lane(proxy, this, server, client, limit("answer"));
  }

  reset() {
    this.#open();
    for (const socket of [this.#client, this.#server]) reset(socket);
  }

  hold() {
    if (this.#held) return;
    this.#held = true;
    this.gate = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  release() {
    this.#held = false;
    this.#open();
  }

  abandon() {
    if (!this.#held) return;
    this.abandoned = true;
    reset(this.#client);
  }

  vanish(how) {
    this.hold();
    for (const socket of [this.#client, this.#server]) {
      if (how === "asleep") socket.pause();
      else socket.once("data", () => reset(socket));
    }
  }
}

/** What passes in one direction, in order, whatever it has to wait for. */
class Lane {
  #left;
  #last = Promise.resolve();

  constructor(proxy, wire, from, to, limit) {
    this.#left = limit;
    const then = (pass) => {
      this.#last = this.#last.then(() => wire.gate).then(pass);
    };
    from.on("data", (bytes) => {
      const { latency, jitter } = proxy.weather;
      const due = Date.now() + latency + jitter * proxy.random();
      then(() => this.#pass(proxy, bytes, due, from, to));
    });
    from.on("end", () => then(() => to.end()));
    // "close" follows, and is all that matters.
    from.on("error", () => {});
    from.on("close", (isBroken) => {
      if (!wire.abandoned) then(() => (isBroken ? reset(to) : to.destroySoon()));
    });
  }

  async #pass(proxy, bytes, due, from, to) {
    const wait = due - Date.now();
    if (wait > 0) await setTimeout(wait);
    for (let rest = bytes; rest.length > 0 && this.#left >= 0; ) {
      const piece = rest.subarray(0, Math.min(proxy.weather.piece, this.#left));
      rest = rest.subarray(piece.length);
      this.#left -= piece.length;
      if (to.writable) to.write(piece);
      if (this.#left === 0) {
        this.#left = -1;
        // In order, so that what came before the cut really arrives.
        to.end(() => to.destroy());
        reset(from);
        proxy.cut += 1;
        return proxy.changed();
      }
      if (rest.length > 0) await setImmediate();
    }
  }
}
