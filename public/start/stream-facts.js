/**
 * The facts of a stream, each measured with what every browser has: `EventSource` and
 * `fetch`. `tell(fact, figure, sentence)` is called as soon as one is known.
 */

import { eventBytes } from '../lab/wire-size.js';
import { bytes, milliseconds } from '../lab/wording.js';
import { once, pause } from './once.js';
import { SAID, BYTES } from './sample.js';

export async function measureStream(demo, tell) {
  // Refused, it says why; an EventSource would not.
  const first = await demo.publish({ data: { n: 0 } });
  const source = new EventSource(`${demo.stream}?after=start`);
  try {
    await next(source, 'message');
    tell('direction', ...await direction(demo, source));
    tell('bytes', ...await size(demo));
    tell('binary', ...await binary(demo, source));
    tell('infrastructure', ...await infrastructure(demo, first.cursor));
    // After a request that is over: only then does a browser say how it went.
    tell('protocol', ...protocol(demo));
    tell('reconnection', ...await reconnection(demo, source));
  } finally {
    source.close();
  }
}

const next = (source, type) => once((resolve) => source.addEventListener(type, resolve, { once: true }));

async function direction(demo, source) {
  const began = performance.now();
  const [event] = await Promise.all([next(source, 'message'), demo.publish({ data: SAID })]);
  const took = milliseconds(event.timeStamp - began);
  return [took, 'From the POST of an event to this page. The stream only tells: it takes nothing from the page.'];
}

/** Reads the response itself, where an EventSource would hide its bytes. */
async function size(demo) {
  const aborter = new AbortController();
  const response = await fetch(`${demo.stream}?tail=1`, { headers: { accept: 'text/event-stream' }, signal: aborter.signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  let event;
  while (!event) {
    text += (await once((resolve, reject) => reader.read().then(resolve, reject))).value;
    [event] = /data: .*\nid: .*\n\n/.exec(text) ?? [];
  }
  aborter.abort();
  const inside = JSON.stringify(SAID).length;
  return [bytes(event.length), `For ${inside} bytes of JSON: the names of two fields and the cursor come on top.`];
}

async function binary(demo, source) {
  const text = btoa(String.fromCharCode(...BYTES));
  const [event] = await Promise.all([next(source, 'bytes'), demo.publish({ type: 'bytes', data: text })]);
  const whole = atob(JSON.parse(event.data)) === String.fromCharCode(...BYTES);
  const size = bytes(eventBytes({ type: 'bytes', data: event.data, id: event.lastEventId }));
  return [size, `For ${BYTES.length} bytes, as base64 in text. ${whole ? 'They came whole' : 'They came changed'}, and are kept like any event.`];
}

async function infrastructure(demo, cursor) {
  const url = `${demo.stream}/events?after=${cursor}`;
  const began = performance.now();
  const response = await fetch(url);
  const { events } = await response.json();
  const took = milliseconds(performance.now() - began);
  return [`GET ${response.status}`, `A plain GET after the first cursor brought the other ${events.length} events in ${took}, through whatever is between.`];
}

function protocol(demo) {
  const [page] = performance.getEntriesByType('resource').filter(({ name }) => name.includes(`${demo.name}/events?`));
  const version = page?.nextHopProtocol || 'HTTP';
  const meaning = version.startsWith('http/1')
    ? 'An ordinary response without an end. Over this version a browser keeps six of a site, for all tabs.'
    : 'An ordinary response without an end, beside everything else on the one connection to this site.';
  return [version, meaning];
}

/**
 * Deleting the stream ends its response; the events after it are of a new life. Who comes
 * back with the old cursor is told of the gap, in a frame that repeats what was asked for.
 */
async function reconnection(demo, source) {
  const asked = once((resolve) => source.addEventListener('gap', resolve, { once: true }));
  const deleted = next(source, 'deleted');
  const came = [];
  source.addEventListener('message', ({ data }) => came.push(data));
  if (!(await demo.forgetStream())) return ['–', 'Not measured: the stream may not be deleted here. An EventSource comes back by itself.'];
  const lost = (await deleted).timeStamp;
  await demo.publish([{ data: 1 }, { data: 2 }]);
  const gap = await asked;
  const { requested } = JSON.parse(gap.data);
  for (let waits = 0; came.length < 2 && waits < 20; waits += 1) await pause(50);
  return [milliseconds(gap.timeStamp - lost), `After the worker had ended it, the browser was back, unasked, with Last-Event-ID ${requested}, and got ${came.length} of 2 new events.`];
}
