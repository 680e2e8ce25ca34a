/** One entry of a conversation as a list item. Everything of a stranger's becomes text, of its own direction and of no known language. */

import { fullTimeText, nameOf, refusalText, timeText } from './chat-words.js';
import { deedsView, reactionsView } from './deeds-view.js';
import { phrase } from './labels.js';
import { morph } from './morph.js';
import { node } from './node.js';

const QUOTE_CHARACTERS = 140;

/** A stranger's text. */
const theirs = (tag, attributes, text) => node(tag, { dir: 'auto', lang: '', ...attributes }, text);

/** Draws `entry` into `item`, with what may be done to it unless it is to be `bare`. */
export function drawEntry(item, entry, context) {
  const { labels, bare } = context;
  const { kind, own, intent } = entry;
  item.className = `${kind}${own || kind === 'pending' ? ' own' : ''}${intent?.editing ? ' editing' : ''}`;
  item.setAttribute('part', kind === 'hole' ? 'hole' : `message${own || kind === 'pending' ? ' own' : ''}`);
  if (kind === 'hole') morph(item, [document.createTextNode(labels.hole)]);
  else if (kind === 'pending') morph(item, pendingParts(entry, labels));
  else morph(item, [...messageParts(entry, labels), ...reactionsView(entry, context), ...(bare ? [] : deedsView(entry, context))]);
}

function messageParts({ message, own, quoted, intent }, labels) {
  const { from, at, text: stored, edited_at: edited, deleted, reply_to: target } = message;
  const text = intent?.text ?? stored;
  const author = own ? node('span', { class: 'author', part: 'author' }, labels.you)
    : theirs('bdi', { class: 'author', part: 'author' }, nameOf(from, labels));
  const time = node('time', { part: 'time', dir: 'auto', datetime: new Date(at).toISOString(), title: fullTimeText(at, labels) },
    timeText(at, Date.now(), labels));
  const head = node('p', { class: 'by' }, author, time);
  if (edited && !deleted) head.append(node('span', { class: 'edited', part: 'edited', dir: 'auto' }, labels.edited));
  const waiting = intentText(intent, labels);
  if (waiting) head.append(node('span', { class: 'waiting', part: 'pending', dir: 'auto' }, waiting));
  const parts = [head];
  if (target !== undefined) parts.push(quote(quoted, labels));
  if (deleted) parts.push(node('p', { class: 'text gone', part: 'text', dir: 'auto' }, labels.deleted));
  else if (typeof text === 'string') parts.push(theirs('p', { class: 'text', part: 'text' }, text));
  else parts.push(node('p', { class: 'text gone', part: 'text', dir: 'auto' }, labels.wordless));
  if (intent?.refusal) {
    // Of what is gone too: what was to be said is not lost with it.
    if (deleted) parts.push(theirs('p', { class: 'text unsaved', part: 'text' }, text));
    parts.push(...troubleParts(phrase(labels.unsaved, refusalText(intent.refusal, labels)), labels));
  }
  return parts;
}

function intentText(intent, labels) {
  if (intent?.deleted) return labels.deleting;
  return intent?.text !== undefined && !intent.refusal ? labels.saving : '';
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

function pendingParts({ text, refusal }, labels) {
  const state = refusal ? '' : labels.pending;
  const head = node('p', { class: 'by' }, node('span', { class: 'author', part: 'author' }, labels.you),
    node('span', { class: 'waiting', part: 'pending', dir: 'auto' }, state));
  const parts = [head, theirs('p', { class: 'text', part: 'text' }, text)];
  if (refusal) parts.push(...troubleParts(phrase(labels.unsent, refusalText(refusal, labels)), labels));
  return parts;
}

/** Why it was refused, and what can be done about it. */
function troubleParts(reason, labels) {
  const button = (deed) => node('button', { type: 'button', part: 'button', 'data-deed': deed, 'data-key': deed }, labels[deed]);
  return [
    node('p', { class: 'trouble', part: 'trouble', dir: 'auto' }, reason),
    node('p', { class: 'actions' }, button('retry'), button('discard')),
  ];
}
