// A member of a room, who says, edits, deletes and reacts under ids of its own, changes the
// shared state, comes back by cursor, and sends again what was not acknowledged.
//
// Several frames are on their way at a time. They are sent again in their order, and so
// they are stored in their order.

import { openSocket } from "../e2e/socket.mjs";
import { Client, padding } from "./load-client.mjs";
import { ROOM } from "./load-reader.mjs";

/** A member waits for as long as nothing is said. The largest that a timer can. */
const FOR_EVER_MS = 2 ** 31 - 1;
/** Before coming back. */
const RETRY_MS = 60;
/** So many frames may be on their way: far less than the ids that a shared value remembers. */
const WINDOW = 8;
/** So many events at the most before a member's connection is cut. */
const MOST = 3_000;

const EVENTS = ["message", "edited", "deleted", "reaction"];

/** What a member does, and how often for each hundred. */
const DEEDS = { message: 60, edit: 8, delete: 4, react: 10, unreact: 4, set: 8, count: 4, flicker: 2 };
const EVENT_OF = { message: "message", edit: "edited", delete: "deleted", react: "reaction" };

/** The key that all members count in, each from what it last saw. */
export const COUNTER = "counter";

export class Member extends Client {
  /** All that was sent and is stored in the log, in order. */
  sent = [];
  /** All changes of the shared state that were sent, in order. */
  sets = [];
  /** What was seen of the log, and of the shared state. */
  seen = [];
  views = [];
  cursor = undefined;
  #url;
  #pace;
  #flickers;
  #key;
  #socket;
  #isWelcome = false;
  /** The frames that were not answered, by id, in the order of sending. */
  #open = new Map();
  #count = 0;
  #connections = 0;
  /** Own messages that can still be edited, messages to react to, and own reactions. */
  #own = [];
  #recent = [];
  #reactions = [];
  #counter = 0;
  #answered = () => {};

  /**
   * @param {string} name
   * @param {import("./cycle-random.mjs").Random} random
   * @param {{url: string, pace: number, flickers: boolean}} options `pace` is the longest
   *   pause between two frames, in milliseconds; who `flickers` removes shared values too
   */
  constructor(name, random, { url, pace, flickers }) {
    super(name, random);
    this.#flickers = flickers;
    this.#url = url;
    this.#pace = pace;
    this.#key = `${name}-0123456789abcdef`.slice(0, 64);
  }

  /** Is in the room until it is stopped, coming back and back. */
  async run() {
    while (!this.isStopping) {
      const before = this.cursor;
      await this.#connection();
      this.#socket = undefined;
      this.#isWelcome = false;
      if (before && this.cursor !== before) this.resumptions += 1;
      await this.pause(RETRY_MS);
    }
  }

  /** Says things until it is told to be quiet, and then waits for all answers. */
  async talk() {
    while (!this.isQuiet) {
      if (this.#open.size < WINDOW) this.#do(this.#choose());
      else await this.#untilAnswered();
      await this.pause(this.#pace);
    }
    while (this.#open.size > 0 && !this.isStopping) await this.#untilAnswered();
  }

  quiet() {
    this.isQuiet = true;
    this.#answered();
  }

  stop() {
    this.isStopping = true;
    this.quiet();
    this.#socket?.cut();
  }

  #untilAnswered() {
    return new Promise((resolve) => {
      this.#answered = resolve;
    });
  }

  async #connection() {
    const query = new URLSearchParams({ name: this.name, key: this.#key, after: this.cursor ?? "start" });
    let socket;
    try {
      socket = await openSocket(`${this.#url}?${query}`, { protocols: ["tidings.v1"] });
    } catch (error) {
      if (error.message.startsWith("refused") && !error.message.endsWith("503")) this.complain(`joining was ${error.message}`);
      return;
    }
    this.#connections += 1;
    this.#socket = socket;
    const most = this.random.between(1, MOST);
    let taken = 0;
    while (!this.isStopping && taken < most) {
      await socket.until(({ events, closed }) => events.length > taken || closed !== undefined, "a frame or the end", FOR_EVER_MS);
      for (; taken < socket.events.length; taken += 1) this.#hear(socket.events[taken], taken === 0);
      if (socket.closed !== undefined) return;
    }
    socket.cut();
  }

  #hear(frame, isFirst) {
    if ((frame.type === "welcome") !== isFirst) this.complain(`a ${frame.type} ${isFirst ? "came first" : "came again"}`);
    if (frame.type === "welcome") this.#onWelcome(frame);
    else if (frame.type === "ack") this.#onAck(frame);
    else if (frame.type === "error") this.#onError(frame);
    else if (frame.type === "gap") this.complain(`was told of a gap: ${JSON.stringify(frame)}`);
    else if (frame.type === "state") this.#view(frame.key, frame, false);
    else if (EVENTS.includes(frame.type)) this.#onEvent(frame);
  }

  #onWelcome({ resumed, state }) {
    if (this.cursor && !resumed) this.complain(`was not resumed at ${this.cursor}`);
    for (const [key, value] of Object.entries(state)) this.#view(key, value, true);
    for (const item of this.#open.values()) this.#send(item);
    this.#isWelcome = true;
  }

  #view(key, { value, version }, whole) {
    this.views.push({ who: this.name, connection: this.#connections, key, value, version, whole });
    if (key === COUNTER) this.#counter = version;
  }

  #onEvent(frame) {
    this.seen.push({ cursor: frame.cursor, ...ROOM.recognise(frame) });
    this.cursor = frame.cursor;
    if (frame.type === "message") this.#recent = [...this.#recent.slice(-20), frame.cursor];
    this.progressed();
  }

  #onAck({ id, cursor, version }) {
    const item = this.#open.get(id);
    if (!item) {
      const old = [...this.sent, ...this.sets].find((other) => other.id === id);
      if (!old) this.complain(`${id} was acknowledged and never sent`);
      else if (old.cursor !== cursor || old.version !== version) this.complain(`${id} was acknowledged with ${old.cursor ?? old.version}, then with ${cursor ?? version}`);
      return;
    }
    this.#answer(item, { outcome: "acked", cursor, version });
    this.progressed();
    if (item.frame.type === "message") this.#own.push(cursor);
    if (item.frame.type === "react" && item.frame.op === "add") this.#reactions.push(item.frame);
  }

  #onError({ id, code, message }) {
    const item = this.#open.get(id);
    // What it was about may have been deleted, or set by another.
    const isFair = item && (item.frame.type === "set" ? code === "conflict" : item.frame.target && code === "not_found");
    if (!isFair) return this.complain(`${id} was answered ${code}: ${message}`);
    // The ids of changes are remembered for a while only: the first may have been made.
    this.#answer(item, { outcome: item.frame.type === "set" && item.attempts > 1 ? "given up" : "refused" });
  }

  #answer(item, answer) {
    Object.assign(item, answer);
    this.#open.delete(item.id);
    this.#answered();
  }

  #choose() {
    const dice = this.random.between(1, 100);
    let sum = 0;
    const deed = Object.keys(DEEDS).find((name) => (sum += DEEDS[name]) >= dice);
    // Drawn in any case, so that what follows does not depend on what is there.
    return { deed, place: this.random.next(), text: padding(this.random).slice(0, 3_000) };
  }

  #do({ deed, place, text }) {
    this.#count += 1;
    const id = `${this.name}-${this.#count}`;
    const pick = (things) => things[Math.floor(place * things.length)];
    const own = pick(this.#own);
    const recent = pick(this.#recent);
    if (deed === "edit" && own) this.#say({ type: "edit", id, target: own, text: `${id} edited` });
    else if (deed === "delete" && own) {
      this.#own = this.#own.filter((cursor) => cursor !== own);
      this.#say({ type: "delete", id, target: own });
    } else if (deed === "react" && recent) this.#say({ type: "react", id, target: recent, emoji: id.slice(-32), op: "add" });
    else if (deed === "unreact" && this.#reactions.length > 0) {
      const { target, emoji } = this.#reactions.shift();
      this.#say({ type: "react", id, target, emoji, op: "remove" });
    } else if (deed === "set") this.#say({ type: "set", id, key: `of-${this.name}`, value: { id } });
    else if (deed === "count") this.#say({ type: "set", id, key: COUNTER, value: { id }, if_version: this.#counter });
    else if (deed === "flicker" && this.#flickers) this.#say({ type: "set", id, key: `flickers-${this.name}`, value: place < 0.5 ? null : { id } });
    else this.#say({ type: "message", id, text: `${id} ${text}` });
  }

  #say(frame) {
    const { id, type, key, value } = frame;
    const item = { id, by: this.name, frame, outcome: "open", attempts: 0 };
    if (type === "set") this.sets.push(Object.assign(item, { key, value }));
    else this.sent.push(Object.assign(item, { token: `${EVENT_OF[type]}:${id}`, text: frame.text }));
    this.#open.set(id, item);
    // Before that, what was not answered over the last connection comes first.
    if (this.#isWelcome) this.#send(item);
  }

  #send(item) {
    item.attempts += 1;
    this.#socket.send(JSON.stringify(item.frame));
  }
}
