/**
 * The newest price of every symbol, and how many ticks came and how many were skipped
 * because a newer one of their symbol took their place. Pure.
 */

/** More rows than that are for no screen; what others publish may have any symbols. */
export const MAX_SYMBOLS = 50;
const MAX_SYMBOL_LENGTH = 12;

export const EMPTY = Object.freeze({ rows: new Map(), arrived: 0, skipped: 0, last: null });

/** A tick on the board; what is none changes nothing but the count. */
export function add(board, { cursor, data }) {
  const place = placeOf(cursor);
  const skipped = board.last?.epoch === place.epoch ? Math.max(0, place.seq - board.last.seq - 1) : 0;
  const counted = { ...board, arrived: board.arrived + 1, skipped: board.skipped + skipped, last: place };
  const symbol = typeof data?.symbol === 'string' ? data.symbol.slice(0, MAX_SYMBOL_LENGTH) : '';
  if (symbol === '' || !Number.isFinite(data.price)) return counted;
  const before = board.rows.get(symbol);
  if (before === undefined && board.rows.size >= MAX_SYMBOLS) return counted;
  const change = before === undefined ? null : data.price - before.price;
  return { ...counted, rows: new Map(board.rows).set(symbol, { symbol, price: data.price, change }) };
}

/** `['up', '+0.25']`: a change has a sign besides its colour, and the style sheet adds an arrow. */
export function changeWords(change) {
  if (change === null) return ['none', '–'];
  const size = Math.abs(change).toFixed(2);
  if (size === '0.00') return ['same', '0.00'];
  return change > 0 ? ['up', `+${size}`] : ['down', `−${size}`];
}

/**
 * A cursor's number counts without holes: a hole is what was skipped. For a figure only; to
 * go on somewhere, a cursor is passed as it is.
 */
function placeOf(cursor) {
  const [epoch, seq] = cursor.split('.');
  return { epoch, seq: Number(seq) };
}
