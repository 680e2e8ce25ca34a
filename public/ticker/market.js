/** Invented prices that wander. Pure: chance is passed in. */

export const SYMBOLS = ['ACME', 'BOLT', 'CRUX', 'DUNE', 'ECHO', 'FERN', 'GLOW', 'HALO'];

/** Where a symbol begins that nobody has priced yet. */
const OPENING = 100;

/** A tick moves a price by 1 % at most. */
const REACH = 0.01;

/** `rounds` ticks of every symbol, from where `prices` (by symbol) stand. */
export function wander(prices, rounds, random) {
  const now = new Map(SYMBOLS.map((symbol) => [symbol, prices.get(symbol) ?? OPENING]));
  const ticks = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const symbol of SYMBOLS) {
      const price = Math.max(0.01, now.get(symbol) * (1 + (2 * random() - 1) * REACH));
      now.set(symbol, Math.round(price * 100) / 100);
      ticks.push({ type: 'tick', data: { symbol, price: now.get(symbol) } });
    }
  }
  return ticks;
}
