// What a log must look like after everything that was done to it: the auditor.
//
// It knows nothing of the service but its promises, and gets three things: what was sent
// with the answers to it, what is stored now, and what each client saw. Each promise that
// was broken is a finding, `{promise, place, what}`.
//
// An event is known by its `token`, which its sender put into it and no other event has.
// `print` is a fingerprint of what it says; where there is none, that is not compared.

/** The number in a cursor. */
export const seqOf = (cursor) => Number(cursor.split(".")[1]);
const epochOf = (cursor) => cursor.split(".")[0];

/**
 * Audits what a log stores.
 *
 * `sent` is in the order of sending for each sender. An `outcome` is
 *
 * - `acked`: it was acknowledged, with `cursor` where the answer had one for it;
 * - `refused`: it was answered that it was not taken;
 * - `open`: it was sent, again and again, and never answered, which is a finding;
 * - `given up`: sent once, without an answer: it may be there or not.
 *
 * @param {string} place
 * @param {{token: string, by: string, print?: string, outcome: string, cursor?: string}[]} sent
 * @param {{cursor: string, token: string, print?: string}[]} stored
 */
export function auditLog(place, sent, stored) {
  const findings = [];
  const found = (promise, what) => findings.push({ promise, place, what });
  const byToken = new Map(sent.map((item) => [item.token, item]));
  const cursors = new Map();
  let last = 0;
  for (const { cursor, token, print } of stored) {
    if (epochOf(cursor) !== epochOf(stored[0].cursor)) found("epoch", `${cursor} is of another life than ${stored[0].cursor}`);
    const seq = seqOf(cursor);
    if (seq <= last) found("order", `${cursor} comes after ${last}`);
    else if (seq > last + 1) found("hole", `nothing is stored between ${last} and ${cursor}`);
    last = Math.max(last, seq);
    if (cursors.has(token)) found("repetition", `${token} is at ${cursors.get(token)} and at ${cursor}`);
    else cursors.set(token, cursor);
    const item = byToken.get(token);
    if (!item) found("invention", `${token} at ${cursor} was never sent`);
    else if (differ(item, { print })) found("change", `${token} at ${cursor} does not say what was sent`);
  }
  const latest = new Map();
  for (const item of sent) {
    const at = cursors.get(item.token);
    if (item.outcome === "open") found("answer", `${item.token} was sent until the end and never answered`);
    if (item.outcome === "acked" && !at) found("loss", `${item.token} was acknowledged ${item.cursor ? `with ${item.cursor} ` : ""}and is not there`);
    if (item.outcome === "refused" && at) found("refusal", `${item.token} was refused and is at ${at}`);
    if (item.cursor && at && item.cursor !== at) found("cursor", `${item.token} was acknowledged with ${item.cursor} and is at ${at}`);
    // What was given up may still have been on its way when its sender went on.
    if (!at || item.outcome === "given up") continue;
    const before = latest.get(item.by);
    if (before && seqOf(cursors.get(before)) > seqOf(at)) found("order", `${item.by} sent ${before} before ${item.token}, stored at ${cursors.get(before)} and ${at}`);
    latest.set(item.by, item.token);
  }
  return findings;
}

/**
 * Audits what a client saw of a log over all of its connections, from the first event on.
 *
 * @param {{who: string, seen: {cursor: string, token: string, print?: string}[], complaints?: string[]}} client
 *   `complaints` are what it was told and never should have been
 * @param {{cursor: string, token: string, print?: string}[]} stored
 */
export function auditSeen({ who, seen, complaints = [] }, stored) {
  const findings = complaints.map((what) => ({ promise: "protocol", place: who, what }));
  const found = (promise, what) => findings.push({ promise, place: who, what });
  const byCursor = new Map(stored.map((event) => [event.cursor, event]));
  const had = new Set();
  let last = 0;
  for (const event of seen) {
    const { cursor, token } = event;
    const seq = seqOf(cursor);
    if (had.has(cursor)) found("repetition", `saw ${cursor} twice`);
    else if (seq <= last) found("order", `saw ${cursor} after ${last}`);
    else if (seq > last + 1) found("loss", `saw ${cursor} right after ${last}`);
    had.add(cursor);
    last = Math.max(last, seq);
    const kept = byCursor.get(cursor);
    if (kept?.token !== token) found("phantom", `saw ${token} at ${cursor}, where ${kept?.token ?? "nothing"} is`);
    else if (differ(kept, event)) found("change", `saw ${token} at ${cursor} say something else`);
  }
  const head = stored.length > 0 ? seqOf(stored.at(-1).cursor) : 0;
  if (last < head) found("loss", `saw nothing after ${last}, and the head is ${head}`);
  return findings;
}

/**
 * Audits what a room shows of its messages, as they are now, against what happened to
 * them, in order.
 *
 * @param {string} place
 * @param {Map<string, string>} texts what was sent, by token
 * @param {{type: string, token: string, cursor: string, target?: string, text?: string, emoji?: string, op?: string, from: {id: string}}[]} events
 * @param {{cursor: string, text?: string, deleted?: boolean, reactions?: Record<string, string[]>}[]} shown
 */
export function auditMessages(place, texts, events, shown) {
  const findings = [];
  const found = (promise, what) => findings.push({ promise, place, what });
  const expected = new Map();
  for (const { type, token, cursor, target, text, emoji, op, from } of events) {
    const message = expected.get(target);
    if (type === "message") expected.set(cursor, { text: texts.get(token), deleted: false, reactions: new Set() });
    else if (!message) found("order", `${token} at ${cursor} is about ${target}, which is no message before it`);
    else if (type === "edited") message.text = message.deleted ? message.text : text;
    else if (type === "deleted") message.deleted = true;
    else if (op === "add") message.reactions.add(`${emoji} ${from.id}`);
    else message.reactions.delete(`${emoji} ${from.id}`);
  }
  const cursors = shown.map(({ cursor }) => cursor);
  if (cursors.join() !== [...expected.keys()].join()) found("loss", `its pages have ${cursors.length} messages, its log ${expected.size}, or in another order`);
  for (const { cursor, text, deleted = false, reactions = {} } of shown) {
    const message = expected.get(cursor);
    if (!message) continue;
    if (deleted !== message.deleted) found("change", `${cursor} is ${deleted ? "" : "not "}shown as deleted`);
    if (deleted || message.deleted) {
      if (text !== undefined) found("change", `${cursor} is deleted and has a text`);
      continue;
    }
    if (text !== message.text) found("change", `${cursor} does not show what it was edited to say`);
    const shownOf = Object.entries(reactions).flatMap(([emoji, ids]) => ids.map((id) => `${emoji} ${id}`));
    if (shownOf.sort().join() !== [...message.reactions].sort().join()) found("change", `${cursor} shows other reactions than it was given`);
  }
  return findings;
}

/** Whether two tell of the same event and say different things of it. */
const differ = (one, other) => one.print !== undefined && other.print !== undefined && one.print !== other.print;
