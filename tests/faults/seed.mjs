// Chance that can be had again: what a run draws depends on its seed and nothing else.

/** The seed of this run; that of a run to be had again is named in FAULT_SEED. */
export const seed = Number(process.env.FAULT_SEED) || Math.ceil(Math.random() * 2 ** 31);

/** Draws numbers in 0..1; `what` makes them another sequence than everybody else's (mulberry32). */
export function chance(what = "") {
  let state = [...what].reduce((sum, letter) => Math.imul(sum ^ letter.codePointAt(0), 0x01000193), seed);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
