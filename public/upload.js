/**
 * The upload page: connects what happens (files, clicks, the stream, the
 * upload's answer) to one view, and the view to the screen. Everything that
 * can be decided without a browser is decided in `upload/progress-view.js`.
 *
 * The address says what the page is for: with a name (`#NAME`) it follows that
 * stream, read-only; without one it takes a file.
 */

import { keepToAddress } from './live/own-address.js';
import { copyOnClick } from './upload/clipboard.js';
import { acceptFiles } from './upload/drop-zone.js';
import { Feed } from './upload/feed.js';
import { EMPTY, EVENT_TYPES, isSettled, reduce } from './upload/progress-view.js';
import { Screen } from './upload/screen.js';
import { freshName, isName, namedBy, shareUrl, streamUrl } from './upload/stream-address.js';
import { Transfer } from './upload/transfer.js';

const BAD_NAME = 'A name has up to 128 letters, digits or . _ ~ - and begins with a letter or digit.';

const part = (id) => document.getElementById(id);
const screen = new Screen();
let view = EMPTY;
let feed = null;
let transfer = null;

function dispatch(action) {
  view = reduce(view, action);
  if (isSettled(view)) {
    feed?.close();
    transfer?.abort();
    view = { ...view, connection: 'done' };
  } else if (view.ending && transfer) {
    // Ended on the stream, unanswered here. If we wanted that, stop sending;
    // if not, the answer must first say whether this was our upload at all.
    if (view.cancelling) transfer.abort();
    else transfer.abortSoon();
  }
  screen.draw(view);
}

/** Follows `name`; `ready` is called once, when the stream answers or fails to. */
function follow(name, ready = () => {}) {
  let waiting = true;
  feed = new Feed(streamUrl(name), EVENT_TYPES, (action) => {
    dispatch(action);
    if (waiting) {
      waiting = false;
      ready();
    }
  });
}

/** Listens first, sends second: so not even the first report is missed. */
function upload(file) {
  const name = part('name').value.trim();
  if (!isName(name)) {
    refuse(BAD_NAME);
    part('name').focus();
    return;
  }
  dispatch({ type: 'upload_began', name, file: { name: file.name, size: file.size } });
  // A reload would end the upload; it should then at least show how it ended.
  history.replaceState(null, '', shareUrl(location.href, name));
  part('subject').focus();
  follow(name, () => {
    transfer = new Transfer(name, file, dispatch);
  });
}

function watch(name) {
  dispatch({ type: 'watch_began', name });
  if (isName(name)) follow(name);
  else dispatch({ type: 'stream_lost', sentence: `This link names no stream. ${BAD_NAME}` });
}

function refuse(sentence) {
  part('refusal').textContent = sentence;
}

function offer() {
  const name = part('name');
  name.value = freshName();
  name.addEventListener('input', () => {
    const valid = isName(name.value.trim());
    name.setAttribute('aria-invalid', String(!valid));
    refuse(valid ? '' : BAD_NAME);
    if (valid) screen.commands(name.value.trim());
  });
  acceptFiles({ zone: part('drop'), input: part('file'), onFile: upload, onRefusal: refuse });
  screen.commands(name.value);
  screen.draw(view);
}

part('cancel').addEventListener('click', () => {
  if (view.cancelling) return;
  dispatch({ type: 'cancel_asked' });
  transfer?.cancel();
});
const announce = (sentence) => {
  part('announcement').textContent = sentence;
};
copyOnClick(part('copy-digest'), part('digest'), announce);
copyOnClick(part('copy-share'), part('share'), announce);

keepToAddress();
addEventListener('beforeunload', (event) => {
  if (view.upload === 'sending') event.preventDefault();
});

const named = namedBy(location.href);
if (named === null) offer();
else watch(named);
