/** One message on the screen. */

import { element } from '/room/element.js';
import { reactionsOf, timeOf } from './thread.js';

/** `me` is our own id; `act(deed, message, emoji)` is called for what is pressed. */
export function bubble(message, me, act) {
  const { cursor, from, text, at, edited_at: edited, deleted } = message;
  const head = element('p', { className: 'head' },
    element('strong', { dir: 'auto' }, from.name || 'somebody'), ' ',
    element('time', { dateTime: new Date(at).toISOString() }, timeOf(at, Date.now())), edited ? ' · edited' : '');
  const said = deleted
    ? element('p', { className: 'said gone' }, 'deleted')
    // Programs may post data without a text; people who read are told that much.
    : element('p', { className: 'said', dir: 'auto' }, text ?? '(data, without a text)');
  const item = element('li', { dataset: { cursor } }, head, said);
  if (deleted) return item;

  const button = (deed, label, words, emoji = '') => element('button', {
    type: 'button', ariaLabel: words, dataset: { deed: deed + emoji }, onclick: () => act(deed, message, emoji),
  }, label);
  const deeds = element('div', { className: 'deeds' });
  for (const { emoji, count, mine } of reactionsOf(message, me)) {
    const one = button(mine ? 'unreact' : 'react', count ? `${emoji} ${count}` : emoji, `React with ${emoji}`, emoji);
    one.ariaPressed = String(mine);
    one.dataset.deed = `react${emoji}`;
    deeds.append(one);
  }
  if (from.id === me) deeds.append(button('edit', 'Edit', 'Edit your message'), button('delete', 'Delete', 'Delete your message'));
  item.append(deeds);
  return item;
}
