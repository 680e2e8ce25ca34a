/** A room over a WebSocket. */

import { Link } from './link.js';
import { Messages } from './messages.js';
import { Outbox, refusal } from './outbox.js';

const EVENTS = ['message', 'edited', 'deleted', 'reaction'];

/** `crypto.randomUUID` is missing on origins that are not secure. */
const fresh = () => crypto.randomUUID?.() ?? crypto.getRandomValues(new Uint32Array(4)).join('-').padEnd(16, '-');

/** The same member after a reload; another one in another tab. */
const keyOf = (url) => {
  const name = `tidings ${url}`;
  try {
    return (sessionStorage[name] ??= fresh());
  } catch {
    return fresh();
  }
};

export class Room extends Link {
  cursor;
  me;
  members = [];
  count = 0;
  state = new Map();
  limits;
  #query;
  #head; // of the room when it was joined
  #messages = new Messages();
  #outbox;
  #socket;
  #presence;

  constructor(url, { token, after, tail, name, key, queue = 500 } = {}) {
    super(url, token, true);
    const asked = new URL(this.url).searchParams;
    tail ??= asked.get('tail') ?? 50;
    after ??= asked.get('after');
    key ??= asked.get('key') ?? keyOf(this.url);
    this.#query = { key, ...(name && { name }), ...(after ? { after } : { tail }) };
    this.#outbox = new Outbox(queue, (frame) => this.#send(frame));
    this.back();
  }

  ping() {
    this.#socket.send('ping');
  }

  send(said) {
    return this.#say('message', said);
  }

  edit(target, said) {
    return this.#say('edit', said, { target });
  }

  delete(target) {
    return this.#say('delete', {}, { target });
  }

  react(target, emoji, on = true) {
    return this.#say('react', {}, { target, emoji, op: on ? 'add' : 'remove' });
  }

  set(key, value, { ifVersion } = {}) {
    return this.#say('set', {}, { key, value, if_version: ifVersion });
  }

  typing(on) {
    this.#send({ type: 'typing', on });
  }

  signal(data, { key, to } = {}) {
    this.#send({ type: 'signal', data, key, to });
  }

  binary(bytes) {
    this.#socket?.send(bytes);
  }

  presence(data) {
    this.#presence = { type: 'presence', data };
    this.#send(this.#presence);
  }

  async #say(type, said, fields) {
    if (this.phase === 'closed') throw refusal('closed');
    const frame = { ...(typeof said === 'string' ? { text: said } : said), ...fields, type, id: fresh() };
    // The room would close for good.
    if (new Blob([JSON.stringify(frame)]).size > (this.limits?.frame_bytes ?? 65_536)) throw refusal('too_long');
    return this.#outbox.say(frame);
  }

  #send(frame) {
    this.#socket?.send(JSON.stringify(frame));
  }

  connect(token, tell) {
    const url = new URL(this.url.replace(/^http/, 'ws'));
    const query = { ...this.#query, ...(this.cursor && { after: this.cursor }) };
    for (const name in query) url.searchParams.set(name, query[name]);
    const socket = new WebSocket(url, ['tidings.v1', ...(token ? [`bearer.${token}`] : [])]);
    socket.binaryType = 'arraybuffer';
    let current = true;
    let retry;
    const lost = (code) => {
      if (!current) return;
      current = false;
      if (code === 4401) this.refuse(tell);
      else if (this.#socket === socket || code !== 1006) tell('lost', { code, retry });
      else this.#askWhy(token, tell);
    };
    socket.onclose = ({ code }) => lost(code);
    // In Node no close may follow.
    socket.onerror = () => setTimeout(lost, 100, 1006);
    socket.onmessage = ({ data }) => {
      if (!current) return;
      tell('heard');
      if (typeof data !== 'string') return this.emit('binary', data);
      if (data === 'pong') return this.#isUpToHead();
      for (const frame of [JSON.parse(data)].flat()) {
        if (!current) return;
        if (frame.type === 'bye') retry = frame.retry_ms;
        if (frame.type === 'welcome') {
          this.#socket = socket;
          tell('opened');
        }
        this.#hear(frame);
        // The platform may keep what it has closed for ten seconds.
        if (frame.type === 'bye' && frame.code) lost(frame.code);
      }
    };
    return () => {
      current = false;
      this.#socket = undefined;
      // Not waited for: a browser waits long for an answer that may never come.
      socket.close(1000);
    };
  }

  /** A refused upgrade does not say why. */
  async #askWhy(token, tell) {
    try {
      const headers = { accept: 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
      const url = new URL(this.url.replace(/^ws/, 'http'));
      for (const name in this.#query) url.searchParams.set(name, this.#query[name]);
      const { status } = await fetch(url, { headers, cache: 'no-store' });
      if (status === 401) this.refuse(tell);
      // 404: nobody has been there yet.
      else if (status >= 400 && status < 500 && ![404, 408, 429].includes(status)) tell('end', { reason: 'refused' });
      else tell('lost');
    } catch {
      tell('lost');
    }
  }

  show(status) {
    if (status.state === 'closed') this.#outbox.close();
    super.show(status);
  }

  #hear(frame) {
    const { type } = frame;
    const isNews = EVENTS.includes(type);
    if (type === 'welcome') this.#onWelcome(frame);
    else if (isNews) {
      const message = this.#messages.take(frame);
      if (message) this.emit('message', message);
    } else if (type === 'ack') this.#outbox.answer(frame);
    else if (type === 'error') this.#outbox.answer(frame) || this.emit('error', refusal(frame.code, frame.message, frame));
    else if (type === 'joined' || type === 'left' || type === 'count') {
      const others = frame.members ?? this.members.filter(({ id }) => id !== frame.member?.id);
      this.#setMembers(type === 'joined' ? [...others, frame.member] : others, frame.count);
    } else if (type === 'presence') {
      const { from, data } = frame;
      this.#setMembers(this.members.map((member) => (member.id === from.id ? { ...member, data } : member)), this.count);
    } else if (type === 'state') this.#setState(frame.key, frame);
    else if (type === 'typing') this.emit('typing', frame.from, frame.on);
    else if (type === 'signal' || type === 'gap') this.emit(type, frame);
    this.emit('frame', frame);
    if (isNews) this.cursor = frame.cursor; // never ahead of what was delivered
    else if (type !== 'welcome' && type !== 'gap') this.#isUpToHead();
  }

  /** What is to be shown of the past begins right behind the welcome; if not, there is nothing. */
  #isUpToHead() {
    if (!this.#query.after) this.cursor ??= this.#head;
  }

  #onWelcome(frame) {
    this.me = frame.you;
    this.limits = frame.limits;
    this.#head = frame.cursor;
    if (this.#head.endsWith('.0') || Number(this.#query.tail) === 0) this.#isUpToHead();
    if (this.#presence) this.#send(this.#presence);
    this.#outbox.flush();
    this.emit('welcome', frame);
    this.#setMembers(frame.members, frame.count);
    const state = new Map(Object.entries(frame.state));
    for (const key of [...this.state.keys(), ...state.keys()]) {
      const entry = state.get(key) ?? { value: null, version: 0 };
      if (this.state.get(key)?.version !== entry.version) this.#setState(key, entry);
    }
  }

  #setMembers(members, count) {
    this.members = members;
    this.count = count;
    this.emit('members', members, count);
  }

  #setState(key, { value, version }) {
    if (value === null) this.state.delete(key);
    else this.state.set(key, { value, version });
    this.emit('state', key, value ?? undefined, version);
  }
}
