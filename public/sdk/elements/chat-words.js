/** What a chat says. Kept apart from the drawing, so that it can be tested and translated. */

import { LOCALE, phrase, STATE_LABELS } from './labels.js';

const counted = (count, one, many) => (count === 1 ? one : many);

export const CHAT_LABELS = Object.freeze({
  locale: LOCALE,
  ...STATE_LABELS,
  messages: 'Messages',
  composer: 'Message',
  hint: 'Enter sends, Shift and Enter begins a new line.',
  send: 'Send',
  you: 'You',
  nobody: 'somebody',
  people: (count) => `${count} here`,
  typing: (names, count) => `${names} ${counted(count, 'is', 'are')} typing…`,
  several: 'Several people',
  earlier: 'Earlier messages',
  loading: 'Loading…',
  fresh: 'New messages',
  hole: 'Some messages are not there any more.',
  pending: 'sending…',
  edited: 'edited',
  deleted: 'This message was deleted.',
  wordless: 'This message has no text.',
  replying: (name) => `In reply to ${name}`,
  lost: 'a message that is not shown',
  reaction: (emoji, count) => `${emoji} ${count}`,
  /** The buttons of a message, as a group. */
  deeds: (name) => `${name}: message actions`,
  react: (emoji) => `React with ${emoji}`,
  edit: 'Edit',
  editing: 'Editing…',
  editHint: 'Enter saves, Escape leaves the message as it is.',
  save: 'Save',
  stop: 'Stop',
  saving: 'saving…',
  unsaved: (reason) => `Not saved. ${reason}`,
  delete: 'Delete',
  /** In the place of `delete`, once it was pressed. */
  sure: 'Delete?',
  sureHint: 'Press again to delete the message for everybody.',
  deleting: 'deleting…',
  retry: 'Try again',
  discard: 'Discard',
  unsent: (reason) => `Not sent. ${reason}`,
  reader: 'You can read here, not write.',
  closedForWriting: 'Only moderators can write here now.',
  tooLong: (most) => `That is too long: ${most} characters at most.`,
  historyFailed: 'Earlier messages could not be loaded.',
  /** Why something was refused, or there is no connection any more, by the room's codes and the SDK's reasons. */
  refusals: Object.freeze({
    rate_limited: 'That was too fast: wait a little.',
    too_long: 'It is too long.',
    forbidden: 'You may not do that here.',
    not_found: 'That message is not there any more.',
    read_only: 'Only moderators can write here now.',
    queue_full: 'Too much is waiting to be sent.',
    done: 'This room has ended.',
    closed: 'You have left.',
    kicked: 'You were removed from this room.',
    deleted: 'This room was closed.',
    refused: 'You may not enter this room.',
    policy: 'You were disconnected: that was too much.',
    other: 'Something went wrong.',
  }),
});

export function refusalText(code, labels) {
  const { refusals } = labels;
  return phrase(Object.hasOwn(refusals, code) ? refusals[code] : refusals.other);
}

export function nameOf(member, labels) {
  return member?.name || labels.nobody;
}

/** Up to three are named. */
export function typingText(members, labels) {
  if (members.length === 0) return '';
  const names = members.map((member) => nameOf(member, labels));
  const list = names.length > 3 ? labels.several : new Intl.ListFormat(labels.locale).format(names);
  return phrase(labels.typing, list, names.length);
}

/** The time, with the date unless it was on the day of `now`. */
export function timeText(at, now, labels) {
  const sameDay = new Date(at).toDateString() === new Date(now).toDateString();
  const date = sameDay ? {} : { day: 'numeric', month: 'short', ...otherYear(at, now) };
  return clock(labels.locale, { hour: 'numeric', minute: '2-digit', ...date }).format(at);
}

export function fullTimeText(at, labels) {
  return clock(labels.locale, { dateStyle: 'full', timeStyle: 'short' }).format(at);
}

/** Formatters are slow to make, and every message needs two. */
const made = new Map();

function clock(locale, options) {
  const key = JSON.stringify([locale, options]);
  if (!made.has(key)) made.set(key, new Intl.DateTimeFormat(locale, options));
  return made.get(key);
}

function otherYear(at, now) {
  return new Date(at).getFullYear() === new Date(now).getFullYear() ? {} : { year: 'numeric' };
}
