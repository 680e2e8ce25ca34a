/** What the visitor is called: asked for nowhere, chosen at random, changed where they like. */

const SLOT = 'tidings name';
const MAX_LENGTH = 64; // of a display name; see docs/rooms.md

const ANIMALS = ['Badger', 'Crane', 'Dormouse', 'Finch', 'Hare', 'Heron', 'Lynx', 'Marten', 'Otter', 'Raven', 'Stork', 'Vole'];

export function nameOfVisitor() {
  return read() ?? keepName(ANIMALS[Math.floor(Math.random() * ANIMALS.length)]);
}

/** Without control characters and surplus space, which the service refuses; `''` where nothing is left. */
export function tidyName(text) {
  return [...text.replace(/[\p{Cc}\p{Cs}]/gu, '')].slice(0, MAX_LENGTH).join('').trim();
}

export function keepName(name) {
  try {
    localStorage[SLOT] = name;
  } catch {
    // Without storage it is for this page only.
  }
  return name;
}

function read() {
  try {
    return tidyName(localStorage[SLOT] ?? '') || undefined;
  } catch {
    return undefined;
  }
}
