/**
 * An order book, computed from messages in the order in which a room's log has them. It
 * has no clock and no chance: the same messages make the same book and the same trades,
 * on every page and on a server too.
 *
 * An order is met by those of the other side that are at least as good, the best price
 * first and of one price the oldest, at the price of the one that was there before. What
 * is left of it waits. Prices are cents and amounts pieces, both whole numbers: nothing
 * is rounded.
 */

export const MAX_PRICE = 1_000_000_00;
export const MAX_AMOUNT = 1_000_000;

const isWhole = (value, most) => Number.isSafeInteger(value) && value >= 1 && value <= most;

export class Book {
  /** Open orders, the best first. */
  bids = [];
  offers = [];
  trades = [];
  /** How many orders were placed, and how many pieces were traded. */
  placed = 0;
  traded = 0;

  /** Takes a message; one that is neither an order nor a cancellation changes nothing. */
  take({ cursor, from, data }) {
    if (typeof data?.cancel === 'string') this.#cancel(data.cancel, from.id);
    const order = data?.order;
    const isOne = (order?.side === 'buy' || order?.side === 'sell') && isWhole(order.price, MAX_PRICE) && isWhole(order.amount, MAX_AMOUNT);
    if (isOne) this.#place({ id: cursor, owner: from.id, side: order.side, price: order.price, open: order.amount });
  }

  #place(order) {
    this.placed += 1;
    const [own, other] = order.side === 'buy' ? [this.bids, this.offers] : [this.offers, this.bids];
    const meets = ({ price }) => (order.side === 'buy' ? price <= order.price : price >= order.price);
    while (order.open > 0 && other.length > 0 && meets(other[0])) {
      const [best] = other;
      const amount = Math.min(order.open, best.open);
      order.open -= amount;
      best.open -= amount;
      this.traded += amount;
      const [bid, offer] = order.side === 'buy' ? [order, best] : [best, order];
      this.trades.push({ price: best.price, amount, bid: bid.id, offer: offer.id });
      if (best.open === 0) other.shift();
    }
    if (order.open > 0) {
      const isWorse = ({ price }) => (order.side === 'buy' ? price < order.price : price > order.price);
      const place = own.findIndex(isWorse);
      own.splice(place < 0 ? own.length : place, 0, order);
    }
  }

  /** Only by whom it is from. What was traded of it stays traded. */
  #cancel(id, owner) {
    const isIt = (order) => order.id === id && order.owner === owner;
    this.bids = this.bids.filter((order) => !isIt(order));
    this.offers = this.offers.filter((order) => !isIt(order));
  }

  /** The open orders of somebody, the latest last. */
  of(owner) {
    const seq = ({ id }) => Number(id.split('.')[1]);
    return [...this.bids, ...this.offers].filter((order) => order.owner === owner).sort((a, b) => seq(a) - seq(b));
  }

  /** What two who have the same book both see: FNV-1a over all of it. */
  get fingerprint() {
    let hash = 0x811c9dc5;
    for (const letter of JSON.stringify([this.placed, this.bids, this.offers, this.trades])) {
      hash = Math.imul(hash ^ letter.codePointAt(0), 0x01000193);
    }
    return (hash >>> 0).toString(16).padStart(8, '0');
  }
}

/** The first `count` prices of a side, with what is open at each. */
export function levels(orders, count) {
  const found = new Map();
  for (const { price, open } of orders) {
    if (!found.has(price) && found.size === count) break;
    found.set(price, (found.get(price) ?? 0) + open);
  }
  return [...found].map(([price, amount]) => ({ price, amount }));
}
