/** What the laboratory says, in words. */

const tenths = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

export const UNKNOWN = '–';

/** `3.2 ms`, `41 ms`, `2.0 s`; a clock of a browser is no better than a tenth. */
export function milliseconds(value) {
  if (value === null || value === undefined) return UNKNOWN;
  if (value >= 1000) return `${tenths.format(value / 1000)} s`;
  return `${value < 10 ? tenths.format(value) : whole.format(value)} ms`;
}

export function bytes(value) {
  return value === null || value === undefined ? UNKNOWN : `${whole.format(value)} B`;
}

/** What an absence came to. `null` while something is still on its way. */
export function absenceSentence({ absence, lost, doubled }) {
  if (!absence?.complete) return null;
  const { missed, replayed } = absence;
  if (missed === 0) return 'Nothing was sent meanwhile.';
  const within = milliseconds(replayed.at(-1)?.after);
  return `${missed} missed, ${replayed.length} replayed within ${within}; ${lost} lost, ${doubled} doubled.`;
}
