/**
 * A check of links as its stream tells it: what was found, how far it is, how it ended.
 * Pure: `(report, event) → report`.
 */

import { formatCount } from '../upload/quantity.js';

const ENDINGS = ['succeeded', 'failed', 'cancelled'];

export const EMPTY = Object.freeze({ results: [], done: 0, total: null, cancelling: false, ending: null, reason: '' });

export function reduce(report, { type, data }) {
  if (type === 'result' && typeof data?.url === 'string') {
    return { ...report, results: [...report.results, { url: data.url, ok: data.ok === true, words: resultWords(data) }] };
  }
  if (type === 'progress' && Number.isFinite(data?.done)) {
    return { ...report, done: data.done, total: Number.isFinite(data.total) ? data.total : null };
  }
  if (type === 'cancel') return { ...report, cancelling: true };
  if (ENDINGS.includes(type)) return { ...report, ending: type, reason: typeof data?.message === 'string' ? data.message : '' };
  return report;
}

/** `200`, or why there is no status. The sign is for who cannot tell the colours. */
function resultWords({ ok, status, error }) {
  const words = Number.isInteger(status) ? String(status) : String(error ?? 'no answer');
  return `${ok === true ? '✓' : '✗'} ${words}`;
}

/** Between 0 and 1. */
export function shareDone({ done, total }) {
  return total > 0 ? Math.min(1, done / total) : 0;
}

/** What is read aloud: it changes with the phase, not with every link. */
export function statusWords({ results, cancelling, ending, total, reason }) {
  const broken = results.filter(({ ok }) => !ok).length;
  const found = `${count(results.length, 'link')} checked, ${broken === 0 ? 'none' : formatCount(broken)} broken.`;
  if (ending === 'succeeded') return `Done: ${found}`;
  if (ending === 'cancelled') return `Cancelled: ${found}`;
  if (ending === 'failed') return `Failed: ${reason || 'no reason was given.'}`;
  if (cancelling) return 'Cancelling…';
  return total === null ? 'Waiting for the first report.' : `Checking ${count(total, 'link')}.`;
}

const count = (number, noun) => `${formatCount(number)} ${noun}${number === 1 ? '' : 's'}`;
