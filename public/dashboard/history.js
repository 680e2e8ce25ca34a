/**
 * What the service has reported, and what can be read from it: a pace, a line, a sentence. Pure.
 *
 * A report is `{streams, readers, events}`. They come at most once a second, and none
 * while nothing happens.
 */

/** As far back as the lines go, in reports. */
export const REPORTS = 60;

/** Reports that come faster than this are old ones, caught up with: they say nothing of the pace. */
const CATCHING_UP_MS = 500;

/** The pace is measured over so long, and is zero when nothing comes for so long. */
const WINDOW_MS = 10_000;

/** As many reports as the window can hold, and the one before it. */
const PACED = WINDOW_MS / CATCHING_UP_MS + 1;

/** Before that, any pace would be chance. */
const MEASURABLE_MS = 1_000;

export const FIGURES = ['streams', 'readers', 'events'];

export const EMPTY = Object.freeze({ reports: [], paced: [] });

/** Takes what an event says, at the time it came; what is no report changes nothing. */
export function add({ reports, paced }, data, now) {
  if (!FIGURES.every((figure) => Number.isFinite(data?.[figure]) && data[figure] >= 0)) return { reports, paced };
  const report = { streams: data.streams, readers: data.readers, events: data.events, at: now };
  const caughtUp = paced.length > 0 && now - paced.at(-1).at < CATCHING_UP_MS;
  return {
    reports: [...reports, report].slice(-REPORTS),
    paced: caughtUp ? [report] : [...paced, report].slice(-PACED),
  };
}

/** Events per second, or `null` where that cannot be known yet. */
export function pace({ paced }, now) {
  // The last report before the window holds at its beginning; nothing was reported since.
  const base = paced.findLast(({ at }) => now - at >= WINDOW_MS) ?? paced[0];
  if (base === undefined || now - base.at < MEASURABLE_MS) return null;
  return Math.max(0, paced.at(-1).events - base.events) / (Math.min(now - base.at, WINDOW_MS) / 1000);
}

/** The line of one figure as an SVG's `points`; from edge to edge, the newest to the right. */
export function points(values, width, height) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const step = width / Math.max(1, values.length - 1);
  // What never changed lies in the middle, and says neither much nor little.
  const y = (value) => (high === low ? height / 2 : height - ((value - low) / (high - low)) * height);
  const line = values.length === 1 ? [values[0], values[0]] : values;
  return line.map((value, n) => `${round(n * (values.length === 1 ? width : step))},${round(y(value))}`).join(' ');
}

/** A line for those who cannot see it. */
export function spanWords(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? `${low} throughout` : `From ${low} to ${high}, now ${values.at(-1)}`;
}

/** What the lines are of. */
export function lineWords(count) {
  if (count === 0) return '';
  return count === 1 ? 'One report so far.' : `The lines show the last ${count} reports, the newest on the right.`;
}

const round = (value) => Math.round(value * 100) / 100;
