/** The life of a connection. Time and chance are passed in; `at` is when it wants a `timer`. */

const BACKOFF_MS = 500;
const BACKOFF_MAX_MS = 20_000;
const SETTLED_MS = 5_000;
const OPENING_MS = 10_000;
const SILENCE_MS = 25_000;
const PONG_MS = 10_000;
const RETRY_MAX_MS = 600_000;
const LATE_MS = 2_000; // throttled or frozen, as what it waits for may be

const REASONS = { 1000: 'done', 1003: 'policy', 1008: 'policy', 1009: 'policy', 4403: 'kicked', 4404: 'deleted' };

export const finality = (code) =>
  REASONS[code] ?? (code >= 4400 && code < 4500 && code !== 4401 ? 'refused' : undefined);

export const birth = (beats) => ({ phase: 'away', at: 0, tries: 0, since: 0, pings: 0, notBefore: 0, online: true, beats });

export function step(state, event, now, random) {
  const { phase } = state;
  const tries = phase === 'open' && now - state.since >= SETTLED_MS ? 0 : state.tries;
  const live = phase === 'connecting' || phase === 'open' || phase === 'retrying';
  const stay = (change) => [{ ...state, ...change }, []];
  const become = (next, at, change, ...actions) => [
    { ...state, tries, phase: next, at, pings: 0, ...change },
    live && next !== 'open' && next !== 'retrying' ? ['drop', ...actions] : actions,
  ];
  const open = (change) => become('connecting', now + OPENING_MS, change, 'open');
  const closed = (reason, code) => become('closed', 0, { reason, code });
  const ping = () => [{ ...state, at: now + PONG_MS, pings: state.pings + 1 }, ['ping']];
  const hurry = (change) => (now < state.notBefore ? stay({ ...change, at: state.notBefore }) : open(change));
  const lose = (code = 1006, retry = 0) => {
    const reason = finality(code);
    if (reason) return closed(reason, code);
    const renew = code === 4401 ? ['renew'] : [];
    const change = { tries: tries + 1, code };
    if (!state.online) return become('offline', 0, change, ...renew);
    if (renew[0] && !tries) return become('connecting', now + OPENING_MS, change, 'renew', 'open');
    const notBefore = now + Math.min(retry, RETRY_MAX_MS);
    const pause = random * Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** tries);
    return become('waiting', notBefore + pause, { ...change, notBefore }, ...renew);
  };

  if (phase === 'closed') return stay();
  switch (event.type) {
    case 'wake':
      return phase === 'away' ? open({ online: true }) : stay();
    case 'sleep':
      return become('away', 0);
    case 'opened':
      return live ? become('open', state.beats ? now + SILENCE_MS : 0, { since: now, code: undefined }) : stay();
    case 'heard':
      return phase === 'open' && state.beats ? stay({ at: now + SILENCE_MS, pings: 0 }) : stay();
    case 'retrying':
      return live ? become('retrying', 0) : stay();
    case 'reopen':
      return live ? open() : stay();
    case 'lost':
      return live ? lose(event.code, event.retry) : stay();
    case 'online':
    case 'visible': {
      const change = event.type === 'online' ? { online: true } : {};
      if (phase === 'waiting' || phase === 'retrying' || (phase === 'offline' && change.online)) return hurry(change);
      return phase === 'open' && state.beats && !state.pings ? ping() : stay(change);
    }
    case 'offline':
      return phase === 'away' ? stay({ online: false }) : become('offline', 0, { online: false });
    case 'timer':
      if (!state.at || now < state.at) return stay();
      if (phase === 'waiting' || phase === 'offline') return open();
      if (phase === 'connecting') return lose();
      return state.pings > 1 || (state.pings && now < state.at + LATE_MS) ? lose() : ping();
    case 'close':
      return closed('closed');
    case 'end':
      return closed(event.reason, event.code);
    default:
      return stay();
  }
}
