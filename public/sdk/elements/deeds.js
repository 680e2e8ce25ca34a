/**
 * What a member can do to a message: react, edit, delete. Which of it is offered is what
 * the room would allow. No DOM.
 *
 * What was done here and has no answer yet is an entry's *intent*, and shown at once:
 * `{ text?, deleted?, reactions?: { [emoji]: { on } } }`; with a `refusal` where the text
 * was not taken, and `armed` or `editing` while somebody is about to.
 */

import { membersOf } from './conversation.js';

/** Offered where the page does not say. */
export const REACTIONS = '👍 ❤️ 😂';

/** The room takes no longer ones. */
const EMOJI_CHARACTERS = 32;

/** The emoji of an attribute, with spaces between them. */
export function emojiOf(attribute) {
  return [...new Set(attribute.split(/\s+/))].filter((emoji) => emoji !== '' && [...emoji].length <= EMOJI_CHARACTERS);
}

/** `rights` is `{ write, moderate, emoji }`: what the member may do here, and what there is to react with. */
export function deedsOf({ kind, own, message, intent }, { write, moderate, emoji }) {
  const there = kind === 'message' && write && !message.deleted && !intent?.deleted;
  return {
    react: there && emoji.length > 0,
    // Of what has no text there is nothing to put into a field.
    edit: there && own && typeof message.text === 'string',
    delete: there && (own || moderate),
  };
}

export function isOn({ message, intent }, emoji, me) {
  const reactions = intent?.reactions;
  return reactions && Object.hasOwn(reactions, emoji) ? reactions[emoji].on : membersOf(message, emoji).includes(me?.id);
}

/** `{ emoji, count, mine }` of each that somebody reacted with, as it will be. */
export function reactionsOf(entry, me) {
  const { message, intent } = entry;
  if (message.deleted) return [];
  const all = new Set([...Object.keys(message.reactions ?? {}), ...Object.keys(intent?.reactions ?? {})]);
  return [...all].map((emoji) => {
    const mine = isOn(entry, emoji, me);
    const others = membersOf(message, emoji).filter((id) => id !== me?.id);
    return { emoji, count: others.length + Number(mine), mine };
  }).filter(({ count }) => count > 0);
}
