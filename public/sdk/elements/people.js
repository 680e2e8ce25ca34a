/** Who is there, behind a number that opens a list; and who is typing. */

import { nameOf, typingText } from './chat-words.js';
import { phrase } from './labels.js';
import { node, write } from './node.js';

/** The room says when somebody stops; this is for when that is lost with a connection. */
const TYPING_MS = 6000;

export class People {
  #summary = node('summary', { part: 'people', dir: 'auto' });
  #list = node('ul', { class: 'names', part: 'names', role: 'list', tabindex: '0' });
  node = node('details', { class: 'people' }, this.#summary, this.#list);
  typingNode = node('p', { class: 'typing line', part: 'typing', dir: 'auto' });

  /** Who is typing, by id: the member and the alarm. */
  #typing = new Map();
  #labels = null;

  constructor() {
    this.node.addEventListener('keydown', ({ key }) => {
      if (key !== 'Escape' || !this.node.open) return;
      this.node.open = false;
      this.#summary.focus();
    });
  }

  show(members, count, labels) {
    this.#labels = labels;
    write(this.#summary, phrase(labels.people, count));
    this.#list.replaceChildren(...members.map((member) => node('li', { dir: 'auto', lang: '' }, nameOf(member, labels))));
  }

  typing(member, on) {
    clearTimeout(this.#typing.get(member.id)?.alarm);
    this.#typing.delete(member.id);
    if (on) this.#typing.set(member.id, { member, alarm: setTimeout(() => this.typing(member, false), TYPING_MS) });
    this.#drawTyping();
  }

  nobodyTypes() {
    for (const { alarm } of this.#typing.values()) clearTimeout(alarm);
    this.#typing.clear();
    this.#drawTyping();
  }

  #drawTyping() {
    const members = [...this.#typing.values()].map(({ member }) => member);
    write(this.typingNode, this.#labels ? typingText(members, this.#labels) : '');
  }
}
