/** A pointer's place and looks, without a browser. A place is two numbers from 0 to 1. */

/** As many as cursors.css has. */
export const COLOURS = 8;

/** What a press of an arrow key is worth; with Shift five times as much. */
const STEP = 0.02;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const within = (value) => Math.min(1, Math.max(0, value));
/** A thousandth of the area is less than a pixel or two, and half as many bytes. */
const round = (value) => Math.round(within(value) * 1000) / 1000;

export const placeAt = (x, y) => ({ x: round(x), y: round(y) });

/** Where an arrow key leads; nothing for other keys. */
export function moved({ x, y }, key, fast) {
  const arrow = ARROWS[key];
  if (!arrow) return undefined;
  const step = fast ? STEP * 5 : STEP;
  return placeAt(x + arrow[0] * step, y + arrow[1] * step);
}

/** What somebody sent as their place: anybody may send anything, so it is looked at first. */
export function placeOf(data) {
  const isPlace = Number.isFinite(data?.x) && Number.isFinite(data?.y);
  return isPlace ? placeAt(data.x, data.y) : undefined;
}

/** The colour that somebody says is theirs, else one made of their id. */
export function colourOf({ id, data }) {
  const said = data?.colour;
  if (Number.isInteger(said) && said >= 0 && said < COLOURS) return said;
  return [...id].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 65_521, 7) % COLOURS;
}
