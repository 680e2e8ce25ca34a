import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Book, levels, MAX_AMOUNT, MAX_PRICE } from '../../public/orders/book.js';
import { Ledger } from '../../public/orders/ledger.js';
import { formatPrice, orderOf } from '../../public/orders/order.js';

let seq = 0;
const message = (from, data) => ({ type: 'message', cursor: `e.${(seq += 1)}`, from: { id: from, name: from }, data });
const order = (from, side, amount, price) => message(from, { order: { side, amount, price } });

function bookOf(...messages) {
  const book = new Book();
  for (const one of messages) book.take(one);
  return book;
}
const tradesOf = (book) => book.trades.map(({ amount, price }) => [amount, price]);

test('the best price first, then the oldest, at the price of who was there', () => {
  const book = bookOf(
    order('a', 'sell', 5, 102), order('b', 'sell', 5, 101), order('c', 'sell', 5, 101), order('d', 'buy', 12, 102),
  );
  assert.deepEqual(tradesOf(book), [[5, 101], [5, 101], [2, 102]]);
  assert.deepEqual(book.trades.map(({ offer }) => offer.split('.')[1] * 1), [2, 3, 1]);
  assert.deepEqual([book.bids.length, book.offers[0].open, book.traded], [0, 3, 12]);
});

test('what does not meet waits, best first', () => {
  const book = bookOf(order('a', 'buy', 1, 99), order('a', 'buy', 2, 100), order('a', 'buy', 4, 99), order('b', 'sell', 3, 101));
  assert.deepEqual(levels(book.bids, 2), [{ price: 100, amount: 2 }, { price: 99, amount: 5 }]);
  assert.deepEqual(levels(book.bids, 1), [{ price: 100, amount: 2 }]);
  assert.deepEqual(tradesOf(book), []);
  assert.deepEqual(book.of('a').map(({ open }) => open), [1, 2, 4], 'in the order of the log');
});

test('only whom it is from cancels an order, and only what is open of it', () => {
  const own = order('a', 'buy', 5, 100);
  const book = bookOf(own, order('b', 'sell', 2, 100), message('b', { cancel: own.cursor }));
  assert.equal(book.bids[0].open, 3);
  book.take(message('a', { cancel: own.cursor }));
  assert.equal(book.bids.length, 0);
  assert.equal(book.traded, 2);
});

test('what is no order changes nothing', () => {
  const good = { side: 'buy', amount: 1, price: 1 };
  const book = bookOf(...[
    undefined, null, 7, 'x', {}, { order: null }, { cancel: 7 }, { cancel: 'nothing' }, { order: { ...good, side: 'give' } },
    ...[0, -1, 1.5, '1', NaN, null, MAX_AMOUNT + 1].map((amount) => ({ order: { ...good, amount } })),
    ...[0, -1, 1.5, '1', 1e300, MAX_PRICE + 1].map((price) => ({ order: { ...good, price } })),
  ].map((data) => message('a', data)));
  assert.equal(book.placed, 0);
  assert.equal(book.fingerprint, new Book().fingerprint);
});

test('whatever is ordered, nothing appears or disappears, and no two prices cross', () => {
  for (let round = 0; round < 100; round += 1) {
    const book = new Book();
    const log = [];
    let bought = 0;
    let sold = 0;
    for (let i = 0; i < 80; i += 1) {
      const side = Math.random() < 0.5 ? 'buy' : 'sell';
      const amount = 1 + Math.floor(Math.random() * 9);
      if (side === 'buy') bought += amount;
      else sold += amount;
      log.push(order('abc'[i % 3], side, amount, 95 + Math.floor(Math.random() * 10)));
    }
    log.forEach((one) => book.take(one));
    const open = (orders) => orders.reduce((sum, one) => sum + one.open, 0);
    const traded = book.trades.reduce((sum, { amount }) => sum + amount, 0);
    assert.equal(open(book.bids) + traded, bought);
    assert.equal(open(book.offers) + traded, sold);
    assert.equal(book.traded, traded);
    if (book.bids.length && book.offers.length) assert.ok(book.bids[0].price < book.offers[0].price);
    assert.equal(bookOf(...log).fingerprint, book.fingerprint, 'the same messages, the same book');
  }
});

test('a message counts once, and one that was changed or deleted counts as it is now', () => {
  const first = order('a', 'buy', 5, 100);
  const second = order('b', 'sell', 5, 100);
  const ledger = new Ledger();
  for (const frame of [first, second, first, { type: 'typing' }, { type: 'deleted', target: 'e.0' }]) ledger.take(frame);
  assert.equal(ledger.book.traded, 5);
  ledger.take({ type: 'edited', target: second.cursor, data: { order: { side: 'sell', amount: 2, price: 100 } } });
  assert.equal(ledger.book.traded, 2);
  ledger.take({ type: 'deleted', target: second.cursor });
  assert.deepEqual([ledger.book.traded, ledger.book.placed], [0, 1]);
  const late = new Ledger();
  late.take(first);
  late.take({ ...second, data: undefined, deleted: true });
  assert.equal(late.book.fingerprint, ledger.book.fingerprint);
});

test('an order is typed in pieces and money, exactly', () => {
  const typed = (amount, price) => orderOf({ side: 'buy', amount, price });
  assert.deepEqual(typed(' 10 ', '4.35').order, { side: 'buy', amount: 10, price: 435 });
  for (const [price, cents] of [['1', 100], ['0,5', 50], ['99.9', 9990], ['0.01', 1], ['1000000', MAX_PRICE]]) {
    assert.equal(typed('1', price).order.price, cents, price);
    assert.equal(typed('1', formatPrice(cents)).order.price, cents);
  }
  for (const price of ['', '0', '-1', '1.234', 'x', '1e3', '1000000.01']) assert.equal(typed('1', price).wrong, 'price', price);
  for (const amount of ['', '0', '1.5', '-1', 'x', '1000001']) assert.equal(typed(amount, '1').wrong, 'amount', amount);
});
