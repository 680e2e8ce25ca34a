/** Shows how the connection of a stream is, and why it is refused where it is. */

import { readProblem } from '../upload/problem.js';
import { connectionWords, isPuzzling } from './connection-words.js';

/** `place` gets the word; `trouble`, the page's alert, the reason. */
export function showConnection(stream, place, trouble) {
  let opened = false;
  let asked = false;
  let reason = '';
  const say = (sentence) => {
    // What somebody else has said there is not ours to take away.
    if (trouble.textContent === reason) trouble.textContent = sentence;
    reason = sentence;
  };
  const draw = async (status) => {
    const [state, word] = connectionWords(status);
    place.dataset.state = state;
    // A live region is read aloud when it is written: only what is new.
    if (place.textContent !== word) place.textContent = word;
    if (status.state === 'open') {
      opened = true;
      say('');
    } else if (isPuzzling(status, opened) && !asked) {
      asked = true;
      const sentence = await whyNot(stream.url);
      if (!opened) say(sentence);
    }
  };
  stream.on('status', draw);
  draw(stream.status);
}

/** A browser tells a script nothing of why a stream was refused; a snapshot's answer does. */
async function whyNot(url) {
  try {
    const response = await fetch(url, { headers: { Accept: 'application/json' }, cache: 'no-store' });
    // Where nothing is yet there is nothing wrong: one may wait for it.
    return response.ok || response.status === 404 ? '' : await readProblem(response);
  } catch {
    return ''; // nobody there: the word for the connection says that
  }
}
