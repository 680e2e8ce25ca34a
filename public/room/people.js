/** Who is there, as a list of names. Above 200 a room names not everybody, but counts them. */

import { element } from './element.js';

/** `draw(member)` makes the item of one. */
export function showPeople(room, list, draw = ({ name }) => element('li', { dir: 'auto' }, name)) {
  room.on('members', (members, count) => {
    const items = members.map((member) => {
      const item = draw(member);
      if (member.id === room.me?.id) item.append(' (you)');
      return item;
    });
    if (count > members.length) items.push(element('li', {}, `and ${count - members.length} more`));
    list.replaceChildren(...items);
  });
}
