// Bare TCP to the worker: what no client would send, byte for byte.

import net from "node:net";

import { Waiting } from "../e2e/waiting.mjs";

/** How long a wait may last. It only says when to give up. */
const PATIENCE_MS = 60_000;

/** Sends a request as it is written, and answers with the connection. */
export async function send(port, ...parts) {
  const socket = net.connect({ host: "127.0.0.1", port, allowHalfOpen: true });
  await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  const wire = new Wire(socket);
  for (const part of parts) wire.write(part);
  return wire;
}

/** A request's head: its line, and those of its headers. */
export const head = (...lines) => [...lines, "", ""].join("\r\n");

export class Wire {
  /** How it ended: `end`, or the code of an error; undefined while it is open. */
  ended = undefined;
  #socket;
  #parts = [];
  #waiting = new Waiting();

  constructor(socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (bytes) => {
      this.#parts.push(bytes);
      this.#changed();
    });
    socket.on("drain", () => this.#changed());
    socket.on("end", () => this.#end("end"));
    // A server that refuses hangs up while it is still being sent to.
    socket.on("error", (error) => this.#end(error.code));
    socket.on("close", () => this.#end("close"));
  }

  #end(how) {
    this.ended ??= how;
    this.#changed();
  }

  #changed() {
    this.#waiting.changed();
  }

  /** Writes Latin-1 or bytes, as far as somebody is there; whether there is. */
  write(bytes) {
    const isOpen = this.#socket.writable && this.ended === undefined;
    if (isOpen) this.#socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
    return isOpen;
  }

  /** Waits until what was written has left, nobody takes it any more, or it `isEnough`. */
  async drained(isEnough = () => false) {
    const socket = this.#socket;
    // What has come meanwhile is to be seen.
    await new Promise((resolve) => setImmediate(resolve));
    await this.until(({ ended }) => ended || !socket.writableNeedDrain || isEnough(), "somebody who takes it");
    return this.ended === undefined;
  }

  /** All that came. */
  get received() {
    if (this.#parts.length > 1) this.#parts = [Buffer.concat(this.#parts)];
    return this.#parts[0] ?? Buffer.alloc(0);
  }

  get text() {
    return this.received.toString("latin1");
  }

  /** The statuses of all answers, in order. */
  get statuses() {
    return [...this.text.matchAll(/^HTTP\/1\.[01] (\d{3})/gm)].map(([, status]) => Number(status));
  }

  async until(condition, what = condition.toString()) {
    await this.#waiting.until(() => condition(this), PATIENCE_MS, () => `waited in vain for ${what}; ended ${this.ended}, received:\n${this.text.slice(-1000)}`);
    return this;
  }

  /** Waits for so many answers or the end, and hangs up; the statuses. */
  async answers(count = 1) {
    await this.until(({ statuses, ended }) => statuses.length >= count || ended, `${count} answers`);
    this.cut();
    return this.statuses;
  }

  /** Waits until the other side hangs up; the statuses. */
  async untilEnded() {
    await this.until(({ ended }) => ended, "the end");
    this.cut();
    return this.statuses;
  }

  /** Says that nothing more comes, and still listens. */
  end() {
    this.#socket.end();
  }

  /** Goes with a reset. */
  cut() {
    this.#socket.resetAndDestroy();
  }
}
