/**
 * Copies the text of an element, and says on the button that it did.
 *
 * `navigator.clipboard` exists on https and localhost only, and may be denied;
 * then the text is selected, so that the usual keys do the rest.
 */

/** Long enough to be read, short enough not to be taken for the label. */
const SAID_FOR_MS = 2000;

/** `announce` tells those who listen: a button's new label is not read to them. */
export function copyOnClick(button, source, announce) {
  const label = button.textContent;
  let reset;
  button.addEventListener('click', async () => {
    const copied = await copy(source);
    button.textContent = copied ? 'Copied' : 'Selected';
    announce(copied ? 'Copied.' : 'Selected: copy it with the keyboard.');
    clearTimeout(reset);
    reset = setTimeout(() => {
      button.textContent = label;
      announce('');
    }, SAID_FOR_MS);
  });
}

async function copy(source) {
  try {
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    return true;
  } catch {
    select(source);
    return false;
  }
}

function select(source) {
  if (source instanceof HTMLInputElement) source.select();
  else getSelection().selectAllChildren(source);
}
