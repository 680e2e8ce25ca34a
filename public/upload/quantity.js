/**
 * Numbers as a person reads them: sizes, rates, durations, percentages.
 *
 * The locale is fixed to the language of the page: a digit grouped the German
 * way inside an English sentence is harder to read than either.
 *
 * Every function takes whatever came over the wire. What is not a usable
 * number becomes `null`, and the caller decides what an unknown looks like.
 */

const LOCALE = 'en';

/** Decimal steps (1 kB = 1000 B): what disks and network rates are sold in. */
const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
const BYTE_STEP = 1000;

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const loose = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 1 });

/** A finite number that is not negative, else `null`. Strings are not numbers. */
export function measure(value) {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}

/** `41,234` */
export function formatCount(value) {
  const count = measure(value);
  return count === null ? null : whole.format(count);
}

/**
 * `999 B`, `1.2 MB`, `345 MB`.
 *
 * One decimal below 100, always, so that a growing number does not change its
 * width ten times a second (`1 MB`, `1.1 MB`).
 */
export function formatBytes(value) {
  let size = measure(value);
  if (size === null) return null;
  let unit = 0;
  // 999.96 kB would be printed as "1,000 kB": step at what rounding shows.
  while (roundedFor(size, unit) >= BYTE_STEP && unit < BYTE_UNITS.length - 1) {
    size /= BYTE_STEP;
    unit += 1;
  }
  const digits = decimals(size, unit);
  const number = new Intl.NumberFormat(LOCALE, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `${number.format(size)} ${BYTE_UNITS[unit]}`;
}

/** An amount in the unit the producer named: `1.2 MB`, `17 links`, `17`. */
export function formatAmount(value, unit) {
  if (unit === 'bytes') return formatBytes(value);
  const amount = measure(value);
  if (amount === null) return null;
  return unit ? `${loose.format(amount)} ${unit}` : loose.format(amount);
}

/** `1.2 MB/s`, `17 links/s` */
export function formatRate(value, unit) {
  const amount = formatAmount(value, unit);
  return amount === null ? null : `${amount}/s`;
}

/**
 * `8 s`, `1 min 20 s`, `2 h 5 min`, `3 d 4 h`: two places, because a third is
 * never true of an estimate. Rounds up: "0 s left" should mean done.
 */
export function formatDuration(value) {
  const exact = measure(value);
  if (exact === null) return null;
  const seconds = Math.ceil(exact);
  if (seconds < MINUTE) return `${seconds} s`;
  if (seconds < HOUR) return places(seconds, MINUTE, 'min', 1, 's');
  if (seconds < DAY) return places(seconds, HOUR, 'h', MINUTE, 'min');
  return places(seconds, DAY, 'd', HOUR, 'h');
}

/** Rounds down: `100 %` is shown when all of it is there, not at 99.6. */
export function formatPercent(value) {
  const percent = measure(value);
  return percent === null ? null : `${Math.floor(percent)} %`;
}

function decimals(size, unit) {
  return unit > 0 && size < 99.95 ? 1 : 0;
}

function roundedFor(size, unit) {
  const factor = 10 ** decimals(size, unit);
  return Math.round(size * factor) / factor;
}

function places(seconds, large, largeName, small, smallName) {
  const first = Math.floor(seconds / large);
  const second = Math.floor((seconds % large) / small);
  const head = `${whole.format(first)} ${largeName}`;
  return second === 0 ? head : `${head} ${second} ${smallName}`;
}
