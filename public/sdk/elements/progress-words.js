/** What a bar says. Kept apart from the drawing, so that it can be tested and translated. */

import { LOCALE, phrase, STATE_LABELS } from './labels.js';
import { percentOf, phaseOf, text } from './progress-model.js';
import { formatAmount, formatDuration, formatPercent, formatRate } from './quantity.js';

export const PROGRESS_LABELS = Object.freeze({
  locale: LOCALE,
  ...STATE_LABELS,
  starting: 'Waiting for the first report.',
  cancelling: 'Cancelling…',
  succeeded: (reason) => (reason ? `Done: ${reason}` : 'Done.'),
  failed: (reason) => (reason ? `Failed: ${reason}` : 'Failed.'),
  cancelled: (reason) => (reason ? `Cancelled: ${reason}` : 'Cancelled.'),
  ended: 'This stream has ended.',
  of: (done, total) => `${done} of ${total}`,
  rate: (amount) => `${amount}/s`,
  left: (duration) => `${duration} left`,
  /** Why there is no connection any more, by the SDK's reasons. */
  refusals: Object.freeze({
    deleted: 'This stream was deleted.',
    refused: 'You may not follow this stream.',
    other: 'This stream cannot be followed.',
  }),
});

/** Amount, rate and time left; what nobody knows is empty. */
export function figures(view, labels) {
  const { progress } = view;
  if (!progress) return { amount: '', rate: '', left: '' };
  const { locale } = labels;
  const { done, total, unit, rate, eta_seconds: left } = progress;
  const phase = phaseOf(view);
  const running = phase === 'running';
  const amount = (value) => formatAmount(locale, value, unit);
  // An ending may overtake the last report.
  const there = phase === 'succeeded' && total ? total : done;
  // `3 of 10 links`, but `3.0 MB of 10.0 MB`.
  const part = unit === 'bytes' ? amount(there) : formatAmount(locale, there);
  return {
    amount: total && there < total ? phrase(labels.of, part, amount(total)) : amount(there),
    rate: running && rate !== null ? formatRate(locale, rate, unit, (amount) => phrase(labels.rate, amount)) : '',
    left: running && left !== null ? phrase(labels.left, formatDuration(locale, left)) : '',
  };
}

export function percentText(view, labels) {
  const percent = percentOf(view);
  return percent === null ? '' : formatPercent(labels.locale, percent);
}

/** The sentence under the bar. */
export function sentence(view, labels) {
  const phase = phaseOf(view);
  if (view.ending) return phrase(labels[phase], text(view.ending.data?.message) ?? text(view.ending.data));
  if (phase === 'lost') return labels.refusals[view.status.reason] ?? labels.refusals.other;
  if (phase === 'cancelling') return labels.cancelling;
  return phase === 'waiting' ? labels.starting : (view.progress.message ?? '');
}

/** The bar for those who hear it: `42%, 3 of 10, 8 seconds left`. */
export function barText(view, labels) {
  const { amount, left } = figures(view, labels);
  const parts = [percentText(view, labels), amount, left].filter(Boolean);
  return parts.join(', ') || sentence(view, labels);
}

/** What is read aloud by itself: every ten per cent, what is wrong, and the end. */
export function announcement(view, labels, name) {
  const percent = percentOf(view);
  const { state } = view.status;
  const phase = phaseOf(view);
  let said = sentence(view, labels);
  if (phase === 'running' && state !== 'open') said = labels[state === 'connecting' ? 'waiting' : state];
  else if (phase === 'running') said = percent === null ? '' : formatPercent(labels.locale, Math.floor(percent / 10) * 10);
  return said && `${name}: ${said}`;
}
