// The load: streams and rooms, those who write to them and those who read, and the account
// that they give of it in the end.

import { setTimeout } from "node:timers/promises";

import { auditLog, auditMessages, auditSeen, seqOf } from "./audit.mjs";
import { readRoom, readStream } from "./audit-pages.mjs";
import { auditState } from "./audit-state.mjs";
import { Member } from "./load-member.mjs";
import { Publisher } from "./load-publisher.mjs";
import { Reader, ROOM, STREAM } from "./load-reader.mjs";

/** How long everybody may take until the last is there. It only says when to give up. */
const PATIENCE_MS = 120_000;

/** The longest pauses of those who publish to a stream: a hot one, one that is warm, a cold one. */
const PACES_MS = [6, 40, 250];

/** How many rooms there are, how many members each has, and their longest pause. */
const ROOMS = 2;
const MEMBERS = 3;
const MEMBERS_PACE_MS = 25;

/** Nothing expires meanwhile: what is not there any more is lost. */
const RETENTION = { retain_events: 1_000_000, retain_seconds: 86_400 };

export class Load {
  /** `{className, name}` of the objects that carry it. */
  objects = [];
  #origin;
  /** `{name, url, publishers, readers, members?}` of each stream and each room. */
  #streams;
  #rooms;
  #running = [];

  /**
   * @param {string} origin
   * @param {import("./cycle-random.mjs").Random} random
   * @param {string} prefix the names of its streams and rooms begin with it
   */
  constructor(origin, random, prefix) {
    this.#origin = origin;
    this.#streams = PACES_MS.map((pace, n) => {
      const name = `${prefix}-stream-${n}`;
      const url = `${origin}/v1/streams/${name}`;
      const client = (Class, who, options) => new Class(`s${n}-${who}`, random.fork(`${name} ${who}`), options);
      const publisher = (...ways) => client(Publisher, ways[0], { url: `${url}/events`, ways, pace });
      const reader = (who, ...wires) => client(Reader, who, { url, wires, kind: STREAM });
      return {
        name,
        url,
        publishers: [publisher("single"), publisher("batch", "single", "single"), publisher("once")],
        readers: [reader("source", "last-event-id"), reader("changing", "last-event-id", "after", "socket", "pages")],
      };
    });
    // Nothing is ever removed from the shared state of the first: its versions are counts.
    this.#rooms = Array.from({ length: ROOMS }, (_, n) => {
      const name = `${prefix}-room-${n}`;
      const url = `${origin}/v1/rooms/${name}`;
      const client = (Class, who, options) => new Class(`r${n}-${who}`, random.fork(`${name} ${who}`), options);
      return {
        name,
        url,
        publishers: [client(Publisher, "post", { url: `${url}/messages`, ways: ["post", "post", "postOnce"], pace: 80 })],
        readers: [client(Reader, "watcher", { url, wires: ["last-event-id", "after"], kind: ROOM })],
        members: Array.from({ length: MEMBERS }, (_, m) => client(Member, `member${m}`, { url, pace: MEMBERS_PACE_MS, flickers: n > 0 })),
      };
    });
    this.objects = [
      ...this.#streams.map(({ name }) => ({ className: "StreamObject", name })),
      ...this.#rooms.map(({ name }) => ({ className: "RoomObject", name })),
    ];
  }

  get #places() {
    return [...this.#streams, ...this.#rooms];
  }

  /** Those of a kind, of all streams and rooms. */
  #all(kind) {
    return this.#places.flatMap((place) => place[kind] ?? []);
  }

  get clients() {
    return [...this.#all("publishers"), ...this.#all("readers"), ...this.#all("members")];
  }

  /** Those who write. */
  get #senders() {
    return [...this.#all("publishers"), ...this.#all("members")];
  }

  /**
   * What was acknowledged, what was delivered, how often somebody came back, how much was
   * sent `again`, and how many requests of these had been stored, and only the answer was lost.
   */
  get counts() {
    const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
    const acked = (items) => items.filter(({ outcome }) => outcome === "acked").length;
    return {
      acknowledged: sum(this.#senders.map(({ sent, sets = [] }) => acked(sent) + acked(sets))),
      delivered: sum(this.clients.map(({ seen = [] }) => seen.length)),
      resumptions: sum(this.clients.map(({ resumptions }) => resumptions)),
      again: sum(this.#senders.map(({ again = 0, sent, sets = [] }) => again + [...sent, ...sets].filter(({ attempts }) => attempts > 1).length)),
      known: sum(this.#all("publishers").map(({ known }) => known)),
    };
  }

  async start() {
    for (const { url } of this.#places) {
      const response = await fetch(url, { method: "PUT", body: JSON.stringify(RETENTION) });
      if (!response.ok) throw new Error(`${url} could not be configured: ${response.status} ${await response.text()}`);
    }
    this.mark();
    this.#running = [
      ...this.clients.map((client) => client.run()),
      ...this.#all("members").map((member) => member.talk()),
    ];
    // What a client throws is a fault of the load, and ends the run as soon as it waits.
    for (const run of this.#running) run.catch((error) => (this.fault ??= error));
  }

  /** From now on everybody is away until they get something. */
  mark() {
    for (const client of this.clients) client.mark();
  }

  /** Waits until everybody has got something since `mark`; when the last of them did. */
  async untilBack() {
    const away = await this.#until(() => this.clients.filter(({ backAt }) => backAt === undefined));
    return { at: Math.max(...this.clients.map(({ backAt }) => backAt ?? 0)), away: away.map(({ name }) => name) };
  }

  /** Lets everybody finish: what was sent is answered, and what is there was read. */
  async settle() {
    for (const publisher of this.#all("publishers")) publisher.isStopping = true;
    for (const member of this.#all("members")) member.quiet();
    await this.#until(() => this.#senders.filter(({ sent, sets = [] }) => [...sent, ...sets].some(({ outcome }) => outcome === "open")));
    for (const publisher of this.#all("publishers")) publisher.giveUp();
    const behind = await Promise.all(this.#places.map((place) => this.#behind(place)));
    await this.#until(() => behind.flatMap((those) => those()));
    for (const client of [...this.#all("readers"), ...this.#all("members")]) client.stop();
    await Promise.all(this.#running);
  }

  /** Who has not read a stream or a room up to where it ends now. */
  async #behind({ url, readers, members = [] }) {
    const { head } = await (await fetch(url, { headers: { Accept: "application/json" } })).json();
    return () => [...readers, ...members].filter(({ cursor }) => seqOf(cursor ?? "0.0") < seqOf(head));
  }

  /** Waits until nobody is left; those who are, when it was given up. */
  async #until(left) {
    const deadline = Date.now() + PATIENCE_MS;
    while (left().length > 0 && Date.now() < deadline) {
      if (this.fault) throw this.fault;
      await setTimeout(25);
    }
    return left();
  }

  /** Ends everybody, wherever they stand. */
  abandon() {
    for (const publisher of this.#all("publishers")) publisher.giveUp();
    for (const client of [...this.#all("readers"), ...this.#all("members")]) client.stop();
    return Promise.allSettled(this.#running);
  }

  /** Compares what is stored with what was sent, answered and seen: the findings, and all of that. */
  async audit() {
    const findings = this.#all("publishers").flatMap(({ name, complaints }) => complaints.map((what) => ({ promise: "protocol", place: name, what })));
    const evidence = {};
    const audit = async (place, work) => {
      evidence[place.name] = account(place);
      try {
        Object.assign(evidence[place.name], await work(place));
      } catch (error) {
        findings.push({ promise: "reading", place: place.name, what: error.message });
      }
    };
    for (const place of this.#streams) {
      await audit(place, async (stream) => {
        const stored = (await readStream(stream.url)).map(({ cursor, data }) => ({ cursor, ...STREAM.recognise(data) }));
        findings.push(...this.#auditPlace(stream, stored));
        return { stored };
      });
    }
    for (const place of this.#rooms) {
      await audit(place, async (room) => {
        const { events, messages, state } = await readRoom(this.#origin, room.name);
        const stored = events.map((frame) => ({ cursor: frame.cursor, ...ROOM.recognise(frame) }));
        findings.push(...this.#auditPlace(room, stored));
        const texts = new Map(sentTo(room).map(({ token, text }) => [token, text]));
        findings.push(...auditMessages(room.name, texts, events.map((frame, n) => ({ ...frame, token: stored[n].token })), messages));
        const sets = room.members.flatMap((member) => member.sets);
        findings.push(...auditState(room.name, { sets, views: room.members.flatMap(({ views }) => views), final: state }));
        return { events, messages, state };
      });
    }
    return { findings, evidence };
  }

  #auditPlace(place, stored) {
    const { name, readers, members = [] } = place;
    const seen = [...readers, ...members].flatMap((client) => auditSeen({ who: client.name, ...client }, stored));
    return [...auditLog(name, sentTo(place), stored), ...seen];
  }

  /** Forgets the streams and rooms. */
  async remove() {
    for (const { url } of this.#places) await fetch(url, { method: "DELETE" });
  }
}

/** What was sent to a stream or a room, in the order of sending for each sender. */
const sentTo = ({ publishers, members = [] }) => [...publishers, ...members].flatMap(({ sent }) => sent);

/** What the clients of a stream or a room have to say. */
const account = ({ publishers, readers, members = [] }) => ({
  sent: Object.fromEntries([...publishers, ...members].map(({ name, sent }) => [name, sent])),
  sets: members.flatMap(({ sets }) => sets),
  seen: Object.fromEntries([...readers, ...members].map(({ name, seen }) => [name, seen])),
  views: members.flatMap(({ views }) => views),
});
