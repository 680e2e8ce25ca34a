/** What a bar knows, as one value, and how it changes. No DOM, no network, no clock. */

import { measure } from './quantity.js';

/** Types by which a job says that it is over. */
export const ENDINGS = ['succeeded', 'failed', 'cancelled'];

export const EMPTY = Object.freeze({
  progress: null,
  cancelling: false,
  /** `{ outcome, data }`; the outcome is one of the above, or `ended`. */
  ending: null,
  status: Object.freeze({ state: 'connecting' }),
});

export function withEvent(view, { type, data }) {
  if (view.ending) return view;
  if (type === 'progress') return { ...view, progress: progressFrom(data) ?? view.progress };
  if (type === 'cancel') return { ...view, cancelling: true };
  return ENDINGS.includes(type) ? { ...view, ending: { outcome: type, data } } : view;
}

export function withStatus(view, status) {
  if (view.ending) return view;
  // The end was not of a type that we know.
  const ending = status.state === 'closed' && status.reason === 'done' ? { outcome: 'ended', data: null } : null;
  return { ...view, status, ending };
}

/** The one word that a bar is drawn from. */
export function phaseOf({ ending, status, cancelling, progress }) {
  if (ending) return ending.outcome;
  if (status.state === 'closed') return 'lost';
  if (cancelling) return 'cancelling';
  return progress ? 'running' : 'waiting';
}

/** 0 to 100, or `null` where nobody knows. */
export function percentOf({ ending, progress }) {
  return ending?.outcome === 'succeeded' ? 100 : (progress?.percent ?? null);
}

/** `null` for what is no report; the bar then stays where it was. */
function progressFrom(data) {
  const done = measure(data?.done);
  if (done === null) return null;
  const total = measure(data.total) || null;
  return {
    done,
    total,
    percent: total === null ? null : Math.min(100, measure(data.percent) ?? (100 * done) / total),
    rate: measure(data.rate),
    eta_seconds: measure(data.eta_seconds),
    unit: text(data.unit),
    message: text(data.message),
  };
}

export function text(value) {
  return typeof value === 'string' && value !== '' ? value : null;
}
