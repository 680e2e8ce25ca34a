/**
 * Numbers for people, in the language of the labels: amounts, rates, durations,
 * percentages. What is not a usable number is `null`.
 */

const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'];
const BYTE_STEP = 1000;

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Formatters are slow to make, and a bar uses the same few all the time. */
const made = new Map();

function number(locale, options) {
  const key = JSON.stringify([locale, options]);
  if (!made.has(key)) made.set(key, new Intl.NumberFormat(locale, options));
  return made.get(key);
}

/** A finite number that is not negative, else `null`. Strings are not numbers. */
export function measure(value) {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}

/** Rounds down: `100%` is shown when all of it is there, not at 99.6. */
export function formatPercent(locale, percent) {
  return number(locale, { style: 'percent' }).format(Math.floor(percent) / 100);
}

/** `1.2 MB`, `17 links`, `17` */
export function formatAmount(locale, value, unit) {
  if (unit === 'bytes') return formatBytes(locale, value, '');
  const amount = number(locale, { maximumFractionDigits: 1 }).format(value);
  return unit ? `${amount} ${unit}` : amount;
}

/** `1.2 MB/s`; a rate of anything else is put in words by `perSecond`. */
export function formatRate(locale, value, unit, perSecond) {
  if (unit === 'bytes') return formatBytes(locale, value, '-per-second');
  return perSecond(formatAmount(locale, value, unit));
}

/** One decimal below 100, always, so that a growing number keeps its width. */
function formatBytes(locale, value, per) {
  let size = value;
  let step = 0;
  // 999.96 kB would be printed as "1,000 kB": step at what rounding shows.
  while (size >= (step ? BYTE_STEP - 0.5 : BYTE_STEP) && step < BYTE_UNITS.length - 1) {
    size /= BYTE_STEP;
    step += 1;
  }
  const digits = step > 0 && size < 99.95 ? 1 : 0;
  const fraction = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return number(locale, { style: 'unit', unit: BYTE_UNITS[step] + per, unitDisplay: step > 0 ? 'short' : 'long', ...fraction }).format(size);
}

/**
 * `8 seconds`, `1 minute, 20 seconds`, `2 hours, 5 minutes`: two places, because a third is
 * never true of an estimate. Rounds up: nothing left should mean done.
 */
export function formatDuration(locale, exact) {
  const seconds = Math.ceil(exact);
  if (seconds < MINUTE) return places(locale, seconds, [1, 'second']);
  if (seconds < HOUR) return places(locale, seconds, [MINUTE, 'minute'], [1, 'second']);
  if (seconds < DAY) return places(locale, seconds, [HOUR, 'hour'], [MINUTE, 'minute']);
  return places(locale, seconds, [DAY, 'day'], [HOUR, 'hour']);
}

function places(locale, seconds, ...units) {
  let rest = seconds;
  const parts = [];
  for (const [length, unit] of units) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0 || units.length === 1) {
      parts.push(number(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(count));
    }
  }
  return new Intl.ListFormat(locale, { type: 'unit' }).format(parts);
}
