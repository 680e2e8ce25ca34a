/**
 * A place to drop one file, or to choose it.
 *
 * The native file input does the choosing (keyboard, screen reader, phone)
 * and only looks like a drop zone; dropping is an addition to it.
 */

const ONE_AT_A_TIME = 'One file at a time, please.';
const A_FOLDER = 'That is a folder. Drop a file, or an archive of the folder.';
const NO_FILE = 'That is not a file.';

/** Calls `onFile(file)`, or `onRefusal(sentence)` for what cannot be taken. */
export function acceptFiles({ zone, input, onFile, onRefusal }) {
  input.addEventListener('change', () => {
    const [file] = input.files;
    if (!file) return;
    // The same one may be chosen again, where it was refused for its name.
    input.value = '';
    onFile(file);
  });

  // Anywhere else on the page a dropped file would be opened in its place.
  addEventListener('dragover', (event) => {
    event.preventDefault();
    const overZone = zone.contains(event.target);
    if (event.dataTransfer) event.dataTransfer.dropEffect = overZone ? 'copy' : 'none';
    zone.classList.toggle('drop-over', overZone);
  });
  addEventListener('dragleave', (event) => {
    if (!zone.contains(event.relatedTarget)) zone.classList.remove('drop-over');
  });
  addEventListener('drop', (event) => {
    event.preventDefault();
    zone.classList.remove('drop-over');
    if (!zone.contains(event.target)) return;
    const refusal = refusalOf(event.dataTransfer);
    if (refusal) onRefusal(refusal);
    else onFile(event.dataTransfer.files[0]);
  });
}

function refusalOf({ items, files }) {
  if (files.length === 0) return NO_FILE;
  if (files.length > 1) return ONE_AT_A_TIME;
  // A folder looks like a file until its bytes are read; the entry knows better.
  return items[0]?.webkitGetAsEntry?.()?.isDirectory ? A_FOLDER : null;
}
