/** What the chat says of messages and people, without a browser. */

/** Offered on every message; what others chose beside them is shown as well. */
export const OFFERED = ['👍', '❤️', '😄'];

/** Reactions as they are drawn: the offered ones first. `mine` says whether `me` is among them. */
export function reactionsOf({ reactions = {} }, me) {
  const all = new Set([...OFFERED, ...Object.keys(reactions)]);
  return [...all].map((emoji) => {
    const ids = reactions[emoji] ?? [];
    return { emoji, count: ids.length, mine: ids.includes(me) };
  });
}

/** `''` where nobody types: the line stays, and is empty. */
export function typingSentence(names) {
  if (names.length === 0) return '';
  if (names.length === 1) return `${names[0]} is typing…`;
  if (names.length === 2) return `${names[0]} and ${names[1]} are typing…`;
  return `${names.length} people are typing…`;
}

/** Why something was not done, by the code of the refusal. */
export function refusalSentence({ code, message }) {
  if (code === 'closed') return 'Not sent: the connection is closed for good.';
  if (code === 'forbidden') return 'Not done: you may not do that here.';
  if (code === 'read_only') return 'Not sent: only moderators may write here now.';
  return `Not done: ${message}`;
}

/** The hour of a message of today, the day of an older one. */
export function timeOf(at, now, locale) {
  const [then, today] = [new Date(at), new Date(now)];
  const isToday = then.toDateString() === today.toDateString();
  return then.toLocaleString(locale, isToday ? { timeStyle: 'short' } : { dateStyle: 'short', timeStyle: 'short' });
}
