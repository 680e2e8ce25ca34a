/**
 * What the page says, in whole sentences, for each state of a view.
 *
 * Kept apart from the drawing so that the words can be tested and, one day,
 * translated. The status sentence changes with the *phase* only, never with
 * the percentage: it is read aloud to people who listen to the page.
 */

import { phaseOf } from './progress-view.js';
import { formatAmount, formatCount, formatDuration, formatPercent, formatRate } from './quantity.js';

/** Stands in for a number nobody knows (yet). */
export const UNKNOWN = '–';

const CONNECTION_WORDS = {
  idle: '',
  connecting: 'connecting…',
  live: 'live',
  reconnecting: 'reconnecting…',
  lost: 'not connected',
  done: 'done',
};

export function connectionWord(view) {
  return CONNECTION_WORDS[view.connection];
}

export function statusSentence(view) {
  const said = ending(view);
  switch (phaseOf(view)) {
    case 'empty':
      return '';
    case 'waiting':
      return view.role === 'uploader' ? 'Starting the upload.' : 'Waiting for the first report.';
    case 'running':
      return view.role === 'uploader' ? 'Uploading.' : 'In progress.';
    case 'cancelling':
      return 'Cancelling…';
    case 'succeeded':
      return said ? `Done: ${said}` : 'Done.';
    case 'failed':
      return `Failed: ${said ?? view.trouble ?? 'no reason was given.'}`;
    case 'cancelled':
      return said ? `Cancelled: ${said}` : 'Cancelled.';
    case 'refused':
      return `Not accepted. ${view.trouble ?? 'This name is already in use.'}`;
    case 'lost':
      return view.trouble;
    default:
      return 'This stream has ended.';
  }
}

/** The four figures under the bar. */
export function figures(view) {
  const { done, total, rate, etaSeconds, unit } = view.progress ?? {};
  const running = phaseOf(view) === 'running';
  const amount = formatAmount(done, unit) ?? UNKNOWN;
  return {
    done: total && done < total ? `${amount} of ${formatAmount(total, unit)}` : amount,
    rate: (running && formatRate(rate, unit)) || UNKNOWN,
    left: (running && formatDuration(etaSeconds)) || UNKNOWN,
    lines: formatCount(view.ending?.data.lines) ?? UNKNOWN,
  };
}

/** Room for `100 %`; padded with spaces as wide as a digit, it grows without moving. */
const PERCENT_WIDTH = 5;

export function percentText(view) {
  return (formatPercent(view.progress?.percent) ?? '').padStart(PERCENT_WIDTH, '\u2007');
}

/** The bar for those who hear it: `42 %, 1.2 MB of 3 MB, 8 s left`. */
export function barText(view) {
  const { done, left } = figures(view);
  const parts = [formatPercent(view.progress?.percent), done === UNKNOWN ? null : done];
  if (left !== UNKNOWN) parts.push(`${left} left`);
  return parts.filter(Boolean).join(', ') || 'not started';
}

function ending(view) {
  const message = view.ending?.data.message;
  return typeof message === 'string' && message ? message : null;
}
