/**
 * A chat in one room, written on the SDK: who is there, what is said, changed, taken back
 * and reacted to, and who types. The SDK reconnects, resumes and sends again; this page
 * draws what it is told. (`<tidings-chat>` is the same as one element for any page.)
 */

import { joinRoom } from '/sdk/tidings.js';
import { showPeople } from '/room/people.js';
import { settle } from '/room/place.js';
import { showLink } from '/room/share.js';
import { showStanding } from '/room/standing.js';
import { keepName, nameOfVisitor, tidyName } from '/room/visitor.js';
import { element } from '/room/element.js';
import { bubble } from './bubble.js';
import { refusalSentence, typingSentence } from './thread.js';

/** Of one member at most; the room itself ends a "typing" after 5 s. */
const TYPING_EVERY_MS = 3000;
/** As many as the SDK knows as they are now, and a room gives at once. */
const SHOWN = 500;

const part = (id) => document.getElementById(id);
const [log, messages, unsent, form, text, name] = ['log', 'messages', 'unsent', 'form', 'text', 'name'].map(part);
const url = settle('chat');
let room;
let edited; // the message that is being edited, if any
let draft = ''; // what was being written before that
let typedAt = 0;

function enter() {
  // Under the former name it is not sent any more: it is in the field again.
  for (const { dataset } of unsent.children) giveBack(dataset.text);
  room?.close();
  messages.replaceChildren();
  unsent.replaceChildren();
  room = joinRoom(url, { name: keepName(name.value), tail: SHOWN });
  showStanding(room);
  showPeople(room, part('people'));
  room.on('message', draw);
  room.on('gap', () => messages.prepend(element('li', { className: 'gone' }, 'Some messages are no longer kept.')));

  const typists = new Map();
  room.on('typing', ({ id, name: who }, on) => {
    if (on) typists.set(id, who);
    else typists.delete(id);
    part('typing').textContent = typingSentence([...typists.values()]);
  });
  // Who typed before a cut may have stopped since.
  room.on('welcome', () => {
    typists.clear();
    part('typing').textContent = '';
  });
  // What came before we did is not read aloud; it follows the welcome at once.
  room.on('welcome', () => setTimeout(() => { log.ariaLive = 'polite'; }, 1000));
}

/** New or changed: the message as it is now takes the place of what is drawn of it. */
function draw(message) {
  const drawn = [...messages.children].find(({ dataset }) => dataset.cursor === message.cursor);
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  const item = bubble(message, room.me.id, act);
  if (drawn) {
    const held = drawn.contains(document.activeElement) ? document.activeElement.dataset.deed : undefined;
    drawn.replaceWith(item);
    if (held) [...item.querySelectorAll('button')].find(({ dataset }) => dataset.deed === held)?.focus();
  } else {
    messages.append(item);
    if (messages.children.length > SHOWN) messages.firstElementChild.remove();
  }
  if (atEnd) log.scrollTop = log.scrollHeight;
}

function act(deed, message, emoji) {
  if (deed === 'react' || deed === 'unreact') settled(room.react(message.cursor, emoji, deed === 'react'));
  else if (deed === 'edit') compose(message);
  else if (confirm('Delete this message for everybody?')) settled(room.delete(message.cursor));
}

/** Puts a message into the field to edit it, or what was being written before. */
function compose(message) {
  if (message && !edited) draft = text.value;
  edited = message;
  text.value = message?.text ?? draft;
  if (!message) draft = '';
  part('send').textContent = message ? 'Save' : 'Send';
  part('stop').hidden = !message;
  text.focus();
}

/** What was not sent is not lost: it is in the field again, before what is there. */
function giveBack(said) {
  const before = (rest) => [said, rest].filter(Boolean).join(' ');
  if (edited) draft = before(draft);
  else text.value = before(text.value);
}

/** `said` is what is given back where it is refused. */
async function settled(promise, said) {
  const asked = room;
  try {
    await promise;
    part('trouble').textContent = '';
  } catch (refusal) {
    // Of one that was left for another name everything was given back.
    if (asked !== room) return;
    if (said) giveBack(said);
    part('trouble').textContent = refusalSentence(refusal);
  }
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const said = text.value.trim();
  if (!said) return;
  if (edited) {
    settled(room.edit(edited.cursor, said), said);
  } else {
    // It is in the list once it is stored; until then it waits here, also without a wire.
    const waiting = element('li', { dir: 'auto', dataset: { text: said } }, said, ' · sending…');
    unsent.append(waiting);
    text.value = '';
    settled(room.send(said).finally(() => waiting.remove()), said);
  }
  typedAt = 0;
  compose();
});

text.addEventListener('input', () => {
  if (Date.now() - typedAt < TYPING_EVERY_MS) return;
  typedAt = Date.now();
  room.typing(true);
});
text.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && edited) compose();
});
part('stop').addEventListener('click', () => compose());

part('naming').addEventListener('submit', (event) => {
  event.preventDefault();
  name.value = tidyName(name.value) || nameOfVisitor();
  enter();
});

name.value = nameOfVisitor();
showLink();
enter();
