/** The link to the room, to copy: whoever opens it is in the same room. */

import { copyOnClick } from '/upload/clipboard.js';

export function showLink() {
  const part = (id) => document.getElementById(id);
  part('share').value = location.href;
  copyOnClick(part('copy-share'), part('share'), (sentence) => {
    part('announcement').textContent = sentence;
  });
}
