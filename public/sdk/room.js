/** A room over a WebSocket. */

import { Link } from './link.js';
import { Listeners } from './listeners.js';
import { Messages } from './messages.js';
import { Outbox, refusal } from './outbox.js';

const EVENTS = ['message', 'edited', 'deleted', 'reaction'];

/** `crypto.randomUUID` is missing on origins that are not secure. */
const fresh = () =>
  crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** The same member after a reload; another one in another tab. */
const keyOf = (url) => {
  const name = `tidings ${url}`;
  try {
    return (sessionStorage[name] ??= fresh());
  } catch {
    return fresh();
  }
};

export class Room {
  url;
  cursor;
  me;
  members = [];
  count = 0;
  state = new Map();
  limits;
  #query;
  #listeners = new Listeners();
  #messages = new Messages();
  #outbox;
  #link;
  /** While there is a welcome on it. */
  #socket;
  #presence;

  constructor(url, { token, after, tail = 50, name, key, queue = 500 } = {}) {
    this.url = new URL(url, globalThis.location?.href).href;
    this.#query = { key: key ?? keyOf(this.url), ...(name && { name }), ...(after ? { after } : { tail }) };
    this.#outbox = new Outbox(queue, (frame) => this.#send(frame));
    this.#link = new Link(token, true, {
      open: (held, tell) => this.#open(held, tell),
      ping: () => this.#socket.send('ping'),
      status: (status) => this.#onStatus(status),
    });
    this.#link.tell({ type: 'wake' });
  }

  get status() {
    return this.#link.status;
  }

  on(name, listener) {
    return this.#listeners.on(name, listener);
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

  close() {
    this.#link.tell({ type: 'close' });
  }

  #say(type, said, fields) {
    if (this.#link.isClosed) return Promise.reject(refusal('closed'));
    return this.#outbox.say({ ...(typeof said === 'string' ? { text: said } : said), ...fields, type, id: fresh() });
  }

  #send(frame) {
    this.#socket?.send(JSON.stringify(frame));
  }

  #open(token, tell) {
    const url = new URL(this.url.replace(/^http/, 'ws'));
    const { after, tail, ...who } = this.#query;
    const place = this.cursor ? { after: this.cursor } : after ? { after } : { tail };
    for (const [name, value] of Object.entries({ ...who, ...place })) url.searchParams.set(name, value);
    const socket = new WebSocket(url, ['tidings.v1', ...(token ? [`bearer.${token}`] : [])]);
    socket.binaryType = 'arraybuffer';
    let current = true;
    let retry;
    const lost = (code) => {
      if (!current) return;
      current = false;
      if (code === 4401) this.#link.refuse();
      else if (this.#socket === socket || code !== 1006) tell({ type: 'lost', code, retry });
      else this.#askWhy(token, tell);
    };
    socket.onclose = ({ code }) => lost(code);
    // In Node no close may follow.
    socket.onerror = () => setTimeout(lost, 100, 1006);
    socket.onmessage = ({ data }) => {
      if (!current) return;
      tell({ type: 'heard' });
      if (typeof data !== 'string') return this.#listeners.emit('binary', data);
      if (data === 'pong') return;
      for (const frame of [JSON.parse(data)].flat()) {
        if (!current) return;
        if (frame.type === 'bye') retry = frame.retry_ms;
        if (frame.type === 'welcome') {
          this.#socket = socket;
          tell({ type: 'opened' });
        }
        this.#hear(frame);
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
      const { status } = await fetch(this.url, { headers, cache: 'no-store' });
      if (status === 401) this.#link.refuse();
      else if (status === 400 || status === 403) tell({ type: 'end', reason: 'refused' });
      else tell({ type: 'lost', code: 1006 });
    } catch {
      tell({ type: 'lost', code: 1006 });
    }
  }

  #onStatus(status) {
    if (status.state === 'closed') this.#outbox.close();
    this.#listeners.emit('status', status);
  }

  #hear(frame) {
    const { type } = frame;
    const emit = (...details) => this.#listeners.emit(...details);
    const isNews = EVENTS.includes(type);
    if (type === 'welcome') this.#onWelcome(frame);
    else if (isNews) {
      const message = this.#messages.take(frame);
      if (message) emit('message', message);
    } else if (type === 'ack') this.#outbox.answer(frame);
    else if (type === 'error') this.#outbox.answer(frame) || emit('error', refusal(frame.code, frame.message, frame));
    else if (type === 'joined') this.#setMembers([...this.#without(frame.member.id), frame.member], frame.count);
    else if (type === 'left') this.#setMembers(this.#without(frame.member.id), frame.count);
    else if (type === 'count') this.#setMembers(this.members, frame.count);
    else if (type === 'presence') this.#setMembers(this.members.map((member) => (member.id === frame.from.id ? { ...member, data: frame.data } : member)));
    else if (type === 'state') this.#setState(frame.key, frame);
    else if (type === 'typing') emit('typing', frame.from, frame.on);
    else if (type === 'signal' || type === 'gap') emit(type, frame);
    emit('frame', frame);
    // Last: never ahead of what was delivered.
    if (isNews) this.cursor = frame.cursor;
  }

  #onWelcome(frame) {
    this.me = frame.you;
    this.limits = frame.limits;
    const former = [...this.state.keys()];
    if (this.#presence) this.#send(this.#presence);
    this.#outbox.flush();
    this.#listeners.emit('welcome', frame);
    this.#setMembers(frame.members, frame.count);
    for (const key of former) if (!frame.state[key]) this.#setState(key, { value: null, version: 0 });
    for (const [key, entry] of Object.entries(frame.state)) if (this.state.get(key)?.version !== entry.version) this.#setState(key, entry);
  }

  #without(id) {
    return this.members.filter((member) => member.id !== id);
  }

  #setMembers(members, count = this.count) {
    this.members = members;
    this.count = count;
    this.#listeners.emit('members', members, count);
  }

  #setState(key, { value, version }) {
    if (value === null) this.state.delete(key);
    else this.state.set(key, { value, version });
    this.#listeners.emit('state', key, value ?? undefined, version);
  }
}
