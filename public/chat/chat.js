/**
 * A chat. The element does all of it; the page says which room, and who one is.
 */

import { nameFrom } from '../live/address.js';
import '../sdk/elements.js';

const part = (id) => document.getElementById(id);
const room = nameFrom(location.href, 'demo-chat');
const chat = part('chat');

/** Kept for the next visit, where the browser keeps anything. */
const KEY = 'tidings chat name';

function remembered() {
  try {
    return localStorage.getItem(KEY) ?? '';
  } catch {
    return '';
  }
}

function take(name) {
  if (name) chat.setAttribute('name', name);
  else chat.removeAttribute('name');
}

part('name').value = remembered();
take(part('name').value);
chat.setAttribute('label', room);
chat.setAttribute('src', `/v1/rooms/${room}`);

part('form').addEventListener('submit', (event) => {
  event.preventDefault();
  const name = part('name').value.trim();
  try {
    localStorage.setItem(KEY, name);
  } catch {
    // Then the next visit begins without.
  }
  take(name);
});
// Another room is another page.
addEventListener('hashchange', () => location.reload());
