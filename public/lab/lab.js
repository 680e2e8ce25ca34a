/**
 * The laboratory: a sender, and a stream and a room that hear the same from it. The wire
 * of both can be cut; the sender's never is.
 */

import { Demo } from './demo.js';
import { Log } from './log.js';
import { Panel } from './panel.js';
import { RoomLine } from './room-line.js';
import { Sender } from './sender.js';
import { Side, WINDOW } from './side.js';
import { StreamLine } from './stream-line.js';
import { absenceSentence } from './wording.js';

const part = (id) => document.getElementById(id);
const demo = new Demo('lab');
const log = new Log(part('log'));
const panels = { stream: new Panel('stream', WINDOW), room: new Panel('room', WINDOW) };
const sides = {
  stream: new Side(StreamLine, demo, (news) => heard('Stream', news)),
  room: new Side(RoomLine, demo, (news) => heard('Room', news)),
};
const both = Object.values(sides);
const sender = new Sender(demo, {
  published: (side, cursor) => sides[side].audit.published(cursor),
  refused: (side, sentence) => refused(side, sentence),
});

let prepared = null;
let cutTimer = null;
/** Whether the sum of an absence is still to be said. */
let owed = false;
let drawing = false;

function heard(name, news) {
  log.add(name, news);
  if (both.every(({ state }) => state === 'lost')) {
    sender.leave();
    owed = false;
    say('Nothing can be sent here. Each side below says why.');
  }
  if (owed && cutTimer === null && both.every((side) => side.isSettled)) {
    owed = false;
    say(`Back. Stream: ${sum(sides.stream)} Room: ${sum(sides.room)}`);
  }
  draw();
}

function sum({ audit, trouble }) {
  return trouble || (absenceSentence(audit) ?? 'it was not cut.');
}

function refused(side, sentence) {
  const { trouble, audit } = sides[side];
  // Once something went through, a message that does not is a message that was not sent.
  if (!trouble && audit.seen === 0) sides[side].refuse(sentence);
}

/** Once a frame at most, however much arrives. */
function draw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    for (const name of ['stream', 'room']) panels[name].draw(sides[name]);
    part('run').textContent = sender.isRunning ? 'Stop sending' : 'Start sending';
    part('cut').setAttribute('aria-disabled', String(!both.some((side) => side.isOpen)));
    part('sent').textContent = String(sender.sent);
  });
}

function say(sentence) {
  part('status').textContent = sentence;
}

async function start() {
  prepared ??= demo.prepare().catch(() => {}); // who may not configure may perhaps still write
  await prepared;
  if (cutTimer === null) for (const side of both) side.connect();
  const settings = { rate: Number(part('rate').value), size: Number(part('size').value) };
  sender.start(settings);
  say(`Sending ${settings.rate} a second to both.`);
  draw();
}

function stop(sentence) {
  sender.stop();
  say(sentence);
  draw();
}

function cut() {
  const seconds = Math.min(60, Math.max(1, Math.round(Number(part('seconds').value)) || 1));
  part('seconds').value = String(seconds);
  owed = true;
  for (const side of both) side.cut();
  cutTimer = setTimeout(comeBack, seconds * 1000);
  const running = sender.isRunning ? 'The sender goes on.' : 'The sender is stopped: nothing will be missed.';
  say(`Both connections are closed for ${seconds} s. ${running}`);
  draw();
}

function comeBack() {
  cutTimer = null;
  for (const side of both) side.connect();
  draw();
}

/** A tab that nobody looks at costs nothing. */
function rest() {
  const wasBusy = sender.isRunning || cutTimer !== null || both.some((side) => side.isOpen);
  if (!wasBusy) return;
  clearTimeout(cutTimer);
  cutTimer = null;
  owed = false;
  sender.leave();
  for (const side of both) side.cut();
  stop('Stopped, because this tab was hidden. Start again to go on where it was.');
}

part('run').addEventListener('click', () => (sender.isRunning ? stop('Stopped. The connections stay.') : start()));
part('cut').addEventListener('click', () => {
  if (part('cut').getAttribute('aria-disabled') !== 'true') cut();
});
for (const id of ['rate', 'size']) part(id).addEventListener('change', () => sender.isRunning && start());
document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && rest());
addEventListener('pagehide', () => {
  rest();
  demo.forget();
});
// Taken out of the cache of the browser its stream and room are gone: new ones.
addEventListener('pageshow', ({ persisted }) => persisted && location.reload());

part('name').textContent = demo.name;
draw();
