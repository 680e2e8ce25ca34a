/**
 * Tidings in the browser: streams, one way, and rooms, both ways. A plain ES module
 * without dependencies. It reconnects by itself, goes on where it stopped, sends again
 * what was not acknowledged, and shares one connection among the tabs of a site.
 */

/** JSON, as it travels. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** What becomes JSON when it is sent. `object`, since a value whose type is an interface is no `Json`. */
export type Sent = Json | object;

/**
 * How a connection is.
 *
 * - `connecting`: on the way.
 * - `open`: everything that happens arrives.
 * - `waiting`: lost; it is tried again at `retryAt`.
 * - `offline`: the browser has no network; it is tried at once when it has.
 * - `closed`: for good. `reason` says why.
 */
export type State = 'connecting' | 'open' | 'waiting' | 'offline' | 'closed';

export interface Status {
  readonly state: State;
  /** When the next try is, in milliseconds of Unix time; only while `waiting`. */
  readonly retryAt?: number;
  /** Why it is closed: `done` (the stream has ended), `closed` (by `close()`), `kicked`, `deleted`, `refused` (no right, or an address or a name that is not valid), `policy`. */
  readonly reason?: string;
  /** The WebSocket close code behind it, where there was one. */
  readonly code?: number;
}

/**
 * A token or ticket, or where to get one. A function is called before a connection is
 * opened whenever there is no token yet, the last one was refused, or it has run out.
 */
export type Token = string | (() => string | Promise<string>);

export interface Options {
  token?: Token;
  /** Where to go on: a cursor, or `start` for everything that is retained. */
  after?: string;
}

/** An event of a stream. */
export interface StreamEvent {
  /** `message` unless the publisher said otherwise. */
  readonly type: string;
  /** The payload: parsed where it is JSON, else the text. */
  readonly data: any;
  /** Its place: `after` for whoever wants to go on behind it. */
  readonly cursor: string;
}

/** Some of the past cannot be had any more: what follows begins at `oldest`. */
export interface Gap {
  readonly requested: string;
  readonly oldest: string | null;
  readonly head: string | null;
}

export interface StreamOptions extends Options {
  /** Without `after`: begin with the last so many events instead of the latest of each type. */
  tail?: number;
  /**
   * Whether the tabs of this site that open the same address share one connection
   * (Web Locks and BroadcastChannel; each has its own where the browser lacks them).
   * `true` unless said otherwise. Rooms are never shared.
   */
  share?: boolean;
}

/** What the listeners of a stream get, by name. Any other name is a type of event. */
export interface StreamListeners {
  /**
   * Every event of the types that are heard: `message`, `progress`, `succeeded`, `failed`,
   * `cancelled`, `cancel`, `result`, and those that somebody listens to by name. EventSource
   * has no listener for all. Events whose type is `event` or `status` come here, and nowhere else.
   */
  event: (event: StreamEvent) => void;
  status: (status: Status) => void;
  gap: (gap: Gap) => void;
}

export interface Stream {
  readonly url: string;
  readonly status: Status;
  /** The cursor of the last event that was delivered. */
  readonly cursor: string | undefined;
  /** Listens; call the result to stop. A type of event as the name gets that event. */
  on<K extends keyof StreamListeners>(name: K, listener: StreamListeners[K]): () => void;
  on(type: string, listener: (event: StreamEvent) => void): () => void;
  /** Lets go. Nothing is delivered any more. */
  close(): void;
}

/** Follows a stream. `url` is as in `/v1/streams/build-42`; another site's works where it allows ours. */
export function openStream(url: string | URL, options?: StreamOptions): Stream;

/** Somebody in a room. */
export interface Member {
  readonly id: string;
  readonly name: string;
  readonly role?: 'reader' | 'member' | 'moderator';
  /** What they want others to know (`presence`). */
  readonly data?: Json;
}

/** A message as it is now. */
export interface Message {
  readonly cursor: string;
  readonly id?: string;
  readonly from: Member;
  readonly text?: string;
  readonly data?: Json;
  /** In milliseconds of Unix time. */
  readonly at: number;
  readonly reply_to?: string;
  readonly edited_at?: number;
  readonly deleted?: boolean;
  /** Members' ids by emoji. */
  readonly reactions?: Readonly<Record<string, readonly string[]>>;
}

/** What is sent in a message: a text, or either or both of text and data. */
export type Said = string | { text?: string; data?: Sent; reply_to?: string };

export interface RoomOptions extends Options {
  /** The display name of somebody without a token. */
  name?: string;
  /** The secret by which somebody without a token is known again, 16 to 64 characters. Made up, and kept in `sessionStorage`, unless given. */
  key?: string;
  /** How many messages of the past to begin with, at most 500; 50 unless said otherwise. */
  tail?: number;
  /** How many frames may wait for their answer, with or without a connection; 500 unless said otherwise. Beyond that `send` and its kin reject with `queue_full`. */
  queue?: number;
}

/** What was refused. */
export interface Refusal extends Error {
  /** As in the room's `error` frames (`forbidden`, `rate_limited`, `conflict`, …), or `closed` or `queue_full`. */
  readonly code: string;
  /** The rest of the frame: `retry_ms`, or for a `conflict` what is there. */
  readonly frame?: { readonly [name: string]: any };
}

/** What the listeners of a room get, by the type of frame; and of what the SDK makes of them. */
export interface RoomListeners {
  /** After every welcome: who is there, and whether the past goes on without a hole. */
  welcome: (frame: any) => void;
  /** New, or changed by `edited`, `deleted` or `reaction`: the message as it is now. */
  message: (message: Message) => void;
  /** Who is there has changed. */
  members: (members: readonly Member[], count: number) => void;
  /** A key of the shared state has changed; `undefined` where it was removed. */
  state: (key: string, value: Json | undefined, version: number) => void;
  typing: (from: Member, on: boolean) => void;
  signal: (signal: { from: Member; key?: string; to?: string; data: Json }) => void;
  binary: (bytes: ArrayBuffer) => void;
  status: (status: Status) => void;
  gap: (gap: Gap) => void;
  /** Something was refused that nobody waits for. */
  error: (refusal: Refusal) => void;
  /** Every frame of the server, as it came. */
  frame: (frame: any) => void;
}

export interface Room {
  readonly url: string;
  readonly status: Status;
  /** Everything up to it was delivered: of the last event, or, where there was nothing to show, of the room as it was joined. */
  readonly cursor: string | undefined;
  /** Who we are, once welcomed. */
  readonly me: Member | undefined;
  readonly members: readonly Member[];
  /** How many there are, also where they are too many to be listed. */
  readonly count: number;
  /** The shared state: values by key. */
  readonly state: ReadonlyMap<string, { value: Json; version: number }>;
  /** The limits of the room, once welcomed. */
  readonly limits: Readonly<Record<string, number>> | undefined;
  on<K extends keyof RoomListeners>(name: K, listener: RoomListeners[K]): () => void;
  /** Says something. Resolves when it is durable, with its cursor; survives reconnects, and is said once. */
  send(said: Said): Promise<{ cursor: string }>;
  edit(target: string, said: Said): Promise<{ cursor: string }>;
  delete(target: string): Promise<{ cursor: string }>;
  react(target: string, emoji: string, on?: boolean): Promise<{ cursor: string }>;
  /** Changes the shared state; `null` removes the key. */
  set(key: string, value: Sent, options?: { ifVersion?: number }): Promise<{ version: number }>;
  /** For the moment; dropped while there is no connection. */
  typing(on: boolean): void;
  signal(data: Sent, options?: { key?: string; to?: string }): void;
  binary(bytes: ArrayBuffer | ArrayBufferView): void;
  /** What others are to know of us; told again after every reconnect. */
  presence(data: Sent): void;
  /** Leaves. What was not acknowledged is rejected with `closed`. */
  close(): void;
}

/** Joins a room. `url` is as in `/v1/rooms/lobby`. */
export function joinRoom(url: string | URL, options?: RoomOptions): Room;
