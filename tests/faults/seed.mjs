// Chance that can be had again: what a run draws depends on its seed and nothing else.

import { freshSeed, Random } from "./cycle-random.mjs";

/** The seed of this run; that of a run to be had again is named in TIDINGS_SEED. */
export const seed = Number(process.env.TIDINGS_SEED ?? freshSeed());

/** Draws numbers in 0..1; `what` makes them another sequence than everybody else's. */
export function chance(what = "") {
  const random = new Random(seed).fork(what);
  return () => random.next();
}
