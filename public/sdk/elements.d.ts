/** `<tidings-progress>` and `<tidings-chat>`. What each attribute, event and part is: docs/elements.md. */

import type { Message, Room, Status, Token } from './tidings.js';

/** A text, or a function that makes one. */
export type Label<Values extends readonly unknown[] = []> = string | ((...values: Values) => string);

export interface StateLabels {
  /** The language of the labels, and of the numbers and times among them: a BCP 47 tag. */
  locale: string;
  connecting: string;
  open: string;
  waiting: string;
  offline: string;
  closed: string;
}

export interface ProgressLabels extends StateLabels {
  starting: string;
  cancelling: string;
  succeeded: Label<[reason: string | null]>;
  failed: Label<[reason: string | null]>;
  cancelled: Label<[reason: string | null]>;
  ended: Label<[reason: string | null]>;
  of: Label<[done: string, total: string]>;
  rate: Label<[amount: string]>;
  left: Label<[duration: string]>;
  /** By `Status.reason`; `other` for those that are not named. */
  refusals: Record<string, string>;
}

export interface ChatLabels extends StateLabels {
  messages: string;
  composer: string;
  hint: string;
  send: string;
  you: string;
  nobody: string;
  people: Label<[count: number]>;
  typing: Label<[names: string, count: number]>;
  several: string;
  earlier: string;
  loading: string;
  fresh: string;
  hole: string;
  pending: string;
  edited: string;
  deleted: string;
  wordless: string;
  replying: Label<[name: string]>;
  lost: string;
  reaction: Label<[emoji: string, count: number]>;
  deeds: Label<[name: string]>;
  react: Label<[emoji: string]>;
  edit: string;
  editing: string;
  editHint: string;
  save: string;
  stop: string;
  saving: string;
  unsaved: Label<[reason: string]>;
  delete: string;
  sure: string;
  sureHint: string;
  deleting: string;
  retry: string;
  discard: string;
  unsent: Label<[reason: string]>;
  reader: string;
  closedForWriting: string;
  tooLong: Label<[most: number]>;
  historyFailed: string;
  /** By the code of an `error` frame, or `Status.reason`; `other` for those that are not named. */
  refusals: Record<string, string>;
}

/** A report; null where it is not known. */
export interface Progress {
  readonly done: number;
  readonly total: number | null;
  readonly percent: number | null;
  /** Units per second. */
  readonly rate: number | null;
  readonly eta_seconds: number | null;
  readonly unit: string | null;
  readonly message: string | null;
}

/** `ended` is the end by an event of another type. */
export type Outcome = 'succeeded' | 'failed' | 'cancelled' | 'ended';

declare class LiveElement<Labels> extends HTMLElement {
  /** The address, reflected. */
  src: string;
  /** What it is called, reflected; the last part of the address unless given. */
  label: string;
  /** A token, or where to get one. Stronger than the attribute, and not reflected. */
  get token(): Token | undefined;
  set token(token: Token | null | undefined);
  get labels(): Readonly<Labels>;
  /** Replaces those that are given. */
  set labels(labels: Partial<Labels>);
}

export class TidingsProgress extends LiveElement<ProgressLabels> {
  readonly progress: Progress | null;
  readonly outcome: Outcome | null;
}

export class TidingsChat extends LiveElement<ChatLabels> {
  /** The display name of somebody without a token, reflected. */
  name: string;
  /** The emoji to react with, with spaces between them, reflected; `''` for none. */
  reactions: string;
  /** The SDK's room; null while the element is in no page. */
  readonly room: Room | null;
}

declare global {
  interface HTMLElementTagNameMap {
    'tidings-progress': TidingsProgress;
    'tidings-chat': TidingsChat;
  }

  interface HTMLElementEventMap {
    /** A report of a bar; `data` is all of it. */
    'tidings-progress': CustomEvent<Progress & { readonly data: any; readonly cursor: string }>;
    /** The end of a bar's job, once. */
    'tidings-end': CustomEvent<{ readonly outcome: Outcome; readonly data: any }>;
    /** A message of a chat, new or changed. */
    'tidings-message': CustomEvent<Message>;
    /** How the connection of an element is. */
    'tidings-status': CustomEvent<Status>;
  }
}
