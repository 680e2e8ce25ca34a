/**
 * What the upload page knows, as one value, and how it changes:
 * `(view, action) → view`. No DOM, no network, no clock, so that every
 * order in which answers and events can arrive is a plain test.
 *
 * Two independent voices report on an upload: the stream (which everyone
 * hears) and the answer to the PUT (which only the uploader hears). They race.
 * The rules that settle it:
 *
 * - While the PUT is unanswered, an ending heard on the stream is kept but not
 *   yet believed: if the name was used before, it is the ending of *somebody
 *   else's* upload, and the answer will be 409.
 * - A refusal beats an ending, unless we asked to cancel: then refusing the
 *   rest of the body is how the server obeys.
 * - A broken PUT is not the last word: the stream may still say how it ended.
 */

import { measure } from './quantity.js';

/** Types by which a job says that it is over. */
export const ENDINGS = ['succeeded', 'failed', 'cancelled'];

/** Every type this page listens to. `cancel` is the wish, `cancelled` the fact. */
export const EVENT_TYPES = ['progress', 'cancel', ...ENDINGS];

export const EMPTY = Object.freeze({
  role: null, // 'uploader' or 'watcher'
  name: null,
  file: null, // { name, size }, known to the uploader only
  connection: 'idle', // 'connecting', 'live', 'reconnecting', 'lost', 'done'
  upload: 'none', // 'sending', 'answered', 'refused', 'broken', 'aborted'
  cancelling: false,
  progress: null,
  ending: null, // { type, data }
  trouble: null, // a sentence for what neither the stream nor a phase explains
});

export function reduce(view, action) {
  switch (action.type) {
    case 'upload_began':
      return { ...EMPTY, role: 'uploader', name: action.name, file: action.file, upload: 'sending', connection: 'connecting' };
    case 'watch_began':
      return { ...EMPTY, role: 'watcher', name: action.name, connection: 'connecting' };

    case 'stream_opened':
      return { ...view, connection: 'live' };
    case 'stream_dropped':
      // EventSource says "error" for every reconnect; it is not one yet.
      return view.connection === 'live' ? { ...view, connection: 'reconnecting' } : view;
    case 'stream_lost':
      return { ...view, connection: 'lost', trouble: action.sentence };
    case 'stream_ended':
      // The server says there is no more, and we saw no ending we know.
      return withEnding(view, { type: 'ended', data: {} });
    case 'stream_event':
      return onEvent(view, action.event, parsed(action.data));

    case 'upload_answered':
      return withEnding({ ...view, upload: 'answered' }, { type: 'succeeded', data: action.result });
    case 'upload_refused':
      return refused(view, action.sentence);
    case 'upload_broke':
      return { ...view, upload: 'broken', trouble: action.sentence };
    case 'upload_aborted':
      return isForeign(view) ? refused(view, null) : { ...view, upload: 'aborted' };

    case 'cancel_asked':
      return { ...view, cancelling: true };
    default:
      return view;
  }
}

/** The one word the page is drawn from. */
export function phaseOf(view) {
  if (view.role === null) return 'empty';
  if (view.upload === 'refused' && !view.cancelling) return 'refused';
  if (view.ending && view.upload !== 'sending') return view.ending.type;
  // From here on the stream has not said how it ended.
  if (view.upload === 'aborted' || view.upload === 'refused') return 'cancelled';
  if (view.upload === 'broken') return 'failed';
  if (view.connection === 'lost' && view.role === 'watcher') return 'lost';
  if (view.cancelling) return 'cancelling';
  return view.progress === null ? 'waiting' : 'running';
}

/** Nothing more will change, so there is nothing more to listen to. */
export function isSettled(view) {
  return phaseOf(view) === 'refused' || (view.ending !== null && view.upload !== 'sending');
}

function onEvent(view, event, data) {
  if (event === 'progress') {
    const progress = progressFrom(data);
    return progress ? { ...view, progress } : view;
  }
  // An uploader knows its own wish; one in the snapshot may be about another upload.
  if (event === 'cancel') return view.role === 'watcher' ? { ...view, cancelling: true } : view;
  if (ENDINGS.includes(event)) return withEnding(view, { type: event, data: data ?? {} });
  return view;
}

/** The first ending stands: the PUT's answer and the stream bring the same one twice. */
function withEnding(view, ending) {
  if (view.ending) return view;
  const done = ending.type === 'succeeded' ? measure(ending.data?.bytes) : null;
  // An ending may overtake the last report, and an empty file has no total.
  const progress = done === null ? view.progress : { ...(view.progress ?? {}), done, total: done, unit: 'bytes', percent: 100, etaSeconds: null };
  return { ...view, ending: { type: ending.type, data: ending.data ?? {} }, progress };
}

/** What the stream told us so far was about somebody else's upload: forget it. */
function refused(view, sentence) {
  const heard = view.cancelling ? {} : { progress: null, ending: null };
  return { ...view, ...heard, upload: 'refused', trouble: sentence };
}

/** `null` for what is no progress report; the bar then stays where it was. */
function progressFrom(data) {
  const done = measure(data?.done);
  if (done === null) return null;
  const total = measure(data.total) || null;
  return {
    done,
    total,
    percent: total === null ? null : Math.min(100, measure(data.percent) ?? (100 * done) / total),
    rate: measure(data.rate),
    etaSeconds: measure(data.eta_seconds),
    unit: typeof data.unit === 'string' ? data.unit : null,
    message: typeof data.message === 'string' ? data.message : null,
  };
}

/** A success heard while still sending, of another size: this name was not ours. */
function isForeign({ ending, file }) {
  return ending?.type === 'succeeded' && ending.data.bytes !== file?.size;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
