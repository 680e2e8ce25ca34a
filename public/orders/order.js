/** An order as it is typed and as it is shown. */

import { MAX_AMOUNT, MAX_PRICE } from './book.js';

const AMOUNT = /^\d{1,7}$/;
const PRICE = /^(\d{1,7})(?:[.,](\d{1,2}))?$/;

/** What was typed as an order, or a sentence that says what is wrong. */
export function orderOf({ side, amount, price }) {
  const pieces = AMOUNT.test(amount.trim()) ? Number(amount) : 0;
  if (pieces < 1 || pieces > MAX_AMOUNT) return { wrong: 'amount', sentence: `An amount is a whole number from 1 to ${MAX_AMOUNT}.` };
  const [, whole, part = ''] = PRICE.exec(price.trim()) ?? [];
  // By the digits: 4.35 * 100 is 434.99999999999994.
  const cents = whole === undefined ? 0 : Number(whole) * 100 + Number(part.padEnd(2, '0'));
  if (cents < 1 || cents > MAX_PRICE) return { wrong: 'price', sentence: 'A price is a number such as 99.50, from 0.01 to 1000000.' };
  return { order: { side, amount: pieces, price: cents } };
}

export const formatPrice = (cents) => `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
