/** The buttons of a message. `data-deed` says what each does: the timeline listens for all of them. */

import { nameOf } from './chat-words.js';
import { deedsOf, isOn, reactionsOf } from './deeds.js';
import { phrase } from './labels.js';
import { node } from './node.js';

/** A `stop` is one for the arrow keys; only one of all can be reached with Tab. */
function stop(deed, attributes, text) {
  return node('button', { type: 'button', tabindex: '-1', 'data-deed': deed, 'data-key': deed, ...attributes }, text);
}

/** The group that is shown while somebody is at the message; nothing where nothing may be done. */
export function deedsView(entry, { labels, me, rights }) {
  const deeds = deedsOf(entry, rights);
  const buttons = [];
  if (deeds.react) buttons.push(...rights.emoji.map((emoji) => emojiButton(emoji, isOn(entry, emoji, me), labels)));
  if (deeds.edit) buttons.push(stop('edit', { class: 'stop', part: 'button edit', dir: 'auto' }, labels.edit));
  if (deeds.delete) {
    const armed = entry.intent?.armed;
    buttons.push(stop('delete', { class: armed ? 'stop sure' : 'stop', part: 'button delete', dir: 'auto' }, armed ? labels.sure : labels.delete));
  }
  if (buttons.length === 0) return [];
  const name = entry.own ? labels.you : nameOf(entry.message.from, labels);
  return [
    // For fingers, which cannot hover. It opens what everything else finds without it.
    stop('open', { class: 'handle', part: 'button handle', 'aria-hidden': 'true' }, '⋯'),
    node('div', { class: 'deeds' },
      node('div', { class: 'bar', part: 'deeds', role: 'toolbar', 'aria-live': 'off', 'aria-label': phrase(labels.deeds, name) }, ...buttons)),
  ];
}

function emojiButton(emoji, on, labels) {
  const attributes = { class: 'stop emoji', part: 'button react', 'data-emoji': emoji, 'data-key': `react ${emoji}`, lang: '' };
  return stop('react', { ...attributes, 'aria-pressed': String(on), 'aria-label': phrase(labels.react, emoji) }, emoji);
}

/** Who reacted with what, in numbers; whoever may react does so here too. */
export function reactionsView(entry, { labels, me, rights }) {
  const shown = reactionsOf(entry, me);
  if (shown.length === 0) return [];
  const may = deedsOf(entry, rights).react;
  const items = shown.map(({ emoji, count, mine }) => {
    const look = { class: `reaction${mine ? ' mine' : ''}`, part: 'reaction', dir: 'auto', lang: '' };
    const text = phrase(labels.reaction, emoji, count);
    if (!may) return node('li', { ...look, 'data-key': emoji }, text);
    const pressed = { 'data-emoji': emoji, 'aria-pressed': String(mine), 'data-key': 'chip' };
    return node('li', { 'data-key': emoji }, stop('react', { ...look, class: `stop ${look.class}`, ...pressed }, text));
  });
  return [node('ul', { class: 'reactions', role: 'list', 'data-key': 'reactions' }, ...items)];
}
