// Who publishes over HTTP, one request after the other, each sent until it is answered.

import { Client, padding, printOf } from "./load-client.mjs";

/** A request that hangs is sent again. It may be late without harm: it has keys. */
const PATIENCE_MS = 20_000;

/** Between two attempts. */
const RETRY_MS = 60;

/** What a publisher may send, by the way it does: what is in it, and the request. */
const WAYS = {
  /** An event with a key. */
  single(publisher) {
    const event = publisher.event();
    return { items: [event.item], type: "application/json", body: JSON.stringify({ ...event.said, key: event.item.token }) };
  },
  /** Several, as an array or as lines. */
  batch(publisher) {
    const events = Array.from({ length: publisher.random.between(2, 40) }, () => publisher.event());
    const said = events.map(({ said, item }) => JSON.stringify({ ...said, key: item.token }));
    const items = events.map(({ item }) => item);
    return publisher.random.chance(0.5)
      ? { items, type: "application/json", body: `[${said.join(",")}]` }
      : { items, type: "application/x-ndjson", body: said.join("\n") };
  },
  /** An event without a key: sent once, whatever becomes of it. */
  once(publisher) {
    if (publisher.random.chance(0.5)) {
      const { said, item } = publisher.event();
      return { items: [item], type: "application/json", body: JSON.stringify(said), isOnce: true };
    }
    const token = publisher.token();
    const body = `${token} plain\n${padding(publisher.random)}`;
    return { items: [{ token, print: printOf(JSON.stringify(body)) }], type: "text/plain", body, isOnce: true };
  },
  /** A room's message with an id. */
  post(publisher) {
    const id = publisher.token();
    const text = `${id} ${padding(publisher.random).slice(0, 3_000)}`;
    return { items: [{ token: `message:${id}`, print: printOf(text), text }], type: "application/json", body: JSON.stringify({ id, text }) };
  },
  /** A room's message without one. */
  postOnce(publisher) {
    const id = publisher.token();
    const text = `${id} from a server`;
    return { items: [{ token: `message:${id}`, print: printOf(text), text }], type: "text/plain", body: text, isOnce: true };
  },
};

export class Publisher extends Client {
  /** All that was sent, in order. */
  sent = [];
  /** How many requests were sent more than once, and how many of them had been stored at once. */
  again = 0;
  known = 0;
  #url;
  #ways;
  #pace;
  #count = 0;

  /**
   * @param {string} name
   * @param {import("./cycle-random.mjs").Random} random
   * @param {{url: string, ways: string[], pace: number}} options `pace` is the longest
   *   pause between two requests, in milliseconds
   */
  constructor(name, random, { url, ways, pace }) {
    super(name, random);
    this.#url = url;
    this.#ways = ways;
    this.#pace = pace;
  }

  token() {
    this.#count += 1;
    return `${this.name}-${this.#count}`;
  }

  event() {
    const token = this.token();
    const data = { token, text: padding(this.random) };
    const type = this.random.one(["message", "note", "tick"]);
    return { said: { type, data }, item: { token, print: printOf(JSON.stringify(data)) } };
  }

  /** Publishes until it is stopped, and then until the last request is answered. */
  async run() {
    while (!this.isStopping) {
      const request = WAYS[this.random.one(this.#ways)](this);
      for (const item of request.items) this.sent.push(Object.assign(item, { by: this.name, outcome: "open" }));
      await this.#send(request);
      await this.pause(this.#pace);
    }
  }

  /** Has nothing on its way any more, also where it was never answered. */
  giveUp() {
    this.isStopping = true;
    this.hasGivenUp = true;
  }

  async #send(request) {
    for (let attempt = 1; !this.hasGivenUp; attempt += 1) {
      const answer = await this.#ask(request);
      if (answer) return this.#onAnswer(request, answer, attempt);
      if (request.isOnce) {
        request.items[0].outcome = "given up";
        return;
      }
      await this.pause(RETRY_MS);
    }
  }

  /** What is answered; undefined where nobody knows what became of the request. */
  async #ask({ type, body }) {
    try {
      const response = await fetch(this.#url, {
        method: "POST",
        headers: { "Content-Type": type },
        body,
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      const answer = await response.json();
      if (response.ok) return answer;
      if (response.status !== 503) this.complain(`answered ${response.status}: ${JSON.stringify(answer)}`);
    } catch (error) {
      // A connection that broke, or a body that did. Anything else is our own fault.
      if (!(error instanceof TypeError || error instanceof SyntaxError || error instanceof DOMException)) throw error;
    }
    return undefined;
  }

  #onAnswer({ items }, { cursor, accepted, duplicates, duplicate }, attempt) {
    const old = duplicates ?? Number(duplicate);
    if (accepted !== undefined && accepted + old !== items.length) this.complain(`of ${items.length} events ${accepted} were accepted and ${old} known`);
    if (old > 0 && attempt === 1) this.complain(`${items[0].token} was sent once and called a duplicate`);
    if (old > 0 && old < items.length) this.complain(`of a batch, ${items[0].token} and what follows, only ${old} of ${items.length} had been stored`);
    if (attempt > 1) this.again += 1;
    if (old > 0) this.known += 1;
    for (const item of items) item.outcome = "acked";
    items.at(-1).cursor = cursor;
    this.progressed();
  }
}
