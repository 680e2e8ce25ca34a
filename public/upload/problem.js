/**
 * An HTTP refusal as a sentence.
 *
 * The server explains itself in `application/problem+json` (RFC 9457). What
 * stands between (a proxy, a captive portal) answers in HTML or not at all,
 * and its body is not for people: then the status has to do.
 */

/** For answers that bring no words of their own. */
const STATUS_WORDS = new Map([
  [401, 'This server asks for a token.'],
  [403, 'This server does not allow that here.'],
  [404, 'There is nothing at this address.'],
  [409, 'This name is already in use.'],
  [413, 'The file is too large for this server.'],
  [429, 'Too many requests: try again in a moment.'],
  [503, 'The server is not available right now.'],
]);

/** More than this is not a sentence, whatever the server thinks. */
const MAX_LENGTH = 300;

/** Reads a refused `response`; never rejects. */
export async function readProblem(response) {
  const type = response.headers.get('content-type') ?? '';
  const problem = type.startsWith('application/problem+json')
    ? await response.json().catch(() => null)
    : null;
  return problemSentence(response.status, problem);
}

/** `title` and `detail` joined, without saying the same thing twice. */
export function problemSentence(status, problem) {
  const title = words(problem?.title);
  const detail = words(problem?.detail);
  if (!title && !detail) {
    return STATUS_WORDS.get(status) ?? `The server answered with status ${status}.`;
  }
  if (!title || detail.toLowerCase().startsWith(title.toLowerCase())) return closed(detail);
  return detail ? `${title}: ${closed(detail)}` : closed(title);
}

function words(value) {
  return typeof value === 'string' ? value.trim().slice(0, MAX_LENGTH).replace(/[.:]$/, '') : '';
}

function closed(sentence) {
  return /[.!?…]$/.test(sentence) ? sentence : `${sentence}.`;
}
