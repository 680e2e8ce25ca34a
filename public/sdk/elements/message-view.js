/** One entry of a conversation as a list item. Everything of a stranger's becomes text, of its own direction and of no known language. */

import { fullTimeText, nameOf, refusalText, timeText } from './chat-words.js';
import { phrase } from './labels.js';
import { node } from './node.js';

const QUOTE_CHARACTERS = 140;

/** A stranger's text. */
const theirs = (tag, attributes, text) => node(tag, { dir: 'auto', lang: '', ...attributes }, text);

/** Draws `entry` into `item`; `act(what, id)` is called for the buttons of what was refused. */
export function drawEntry(item, entry, { labels, me, act }) {
  const { kind, own } = entry;
  item.className = own || kind === 'pending' ? `${kind} own` : kind;
  item.setAttribute('part', kind === 'hole' ? 'hole' : `message${own || kind === 'pending' ? ' own' : ''}`);
  if (kind === 'hole') item.replaceChildren(labels.hole);
  else if (kind === 'pending') item.replaceChildren(...pendingParts(entry, labels, act));
  else item.replaceChildren(...messageParts(entry, labels, me));
}

function messageParts({ message, own, quoted }, labels, me) {
  const { from, at, text, edited_at: edited, deleted, reply_to: target, reactions } = message;
  const author = own ? node('span', { class: 'author', part: 'author' }, labels.you)
    : theirs('bdi', { class: 'author', part: 'author' }, nameOf(from, labels));
  const time = node('time', { part: 'time', dir: 'auto', datetime: new Date(at).toISOString(), title: fullTimeText(at, labels) },
    timeText(at, Date.now(), labels));
  const head = node('p', { class: 'by' }, author, time);
  if (edited && !deleted) head.append(node('span', { part: 'edited', dir: 'auto' }, labels.edited));
  const parts = [head];
  if (target !== undefined) parts.push(quote(quoted, labels));
  if (deleted) parts.push(node('p', { class: 'text gone', part: 'text', dir: 'auto' }, labels.deleted));
  else if (typeof text === 'string') parts.push(theirs('p', { class: 'text', part: 'text' }, text));
  else parts.push(node('p', { class: 'text gone', part: 'text', dir: 'auto' }, labels.wordless));
  const counted = deleted ? [] : Object.entries(reactions ?? {}).filter(([, members]) => members.length > 0);
  if (counted.length > 0) parts.push(node('ul', { class: 'reactions', role: 'list' }, ...counted.map((one) => reaction(one, labels, me))));
  return parts;
}

function reaction([emoji, members], labels, me) {
  const own = me && members.includes(me.id) ? ' mine' : '';
  return theirs('li', { class: `reaction${own}`, part: 'reaction' }, phrase(labels.reaction, emoji, members.length));
}

function quote(quoted, labels) {
  const made = node('p', { class: 'quote', part: 'quote', dir: 'auto' });
  if (!quoted) {
    made.append(phrase(labels.replying, labels.lost));
    return made;
  }
  // Cut by characters, not in the middle of one.
  const text = [...(quoted.deleted ? labels.deleted : (quoted.text ?? labels.wordless))];
  const cut = text.length > QUOTE_CHARACTERS ? `${text.slice(0, QUOTE_CHARACTERS).join('')}…` : text.join('');
  made.append(`${phrase(labels.replying, nameOf(quoted.from, labels))}: `, theirs('bdi', {}, cut));
  return made;
}

function pendingParts({ id, text, refusal }, labels, act) {
  const state = refusal ? '' : labels.pending;
  const head = node('p', { class: 'by' }, node('span', { class: 'author', part: 'author' }, labels.you), node('span', { part: 'pending', dir: 'auto' }, state));
  const parts = [head, theirs('p', { class: 'text', part: 'text' }, text)];
  if (refusal) {
    const button = (what) => {
      const made = node('button', { type: 'button', part: 'button' }, labels[what]);
      made.addEventListener('click', () => act(what, id));
      return made;
    };
    parts.push(
      node('p', { class: 'trouble', part: 'trouble', dir: 'auto' }, phrase(labels.unsent, refusalText(refusal, labels))),
      node('p', { class: 'actions' }, button('retry'), button('discard')),
    );
  }
  return parts;
}
