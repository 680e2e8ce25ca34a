// The auditor of shared state: versions only grow, and what was acknowledged is not lost.

/**
 * Audits the shared state of a room.
 *
 * Of each key that was never removed, the versions also count the changes: one that was
 * made twice, or lost, shows in them. (They begin at 1 where nothing in the room was ever
 * removed, else somewhere above what was.) `outcome` is as in audit.mjs; a change that was sent
 * more than once and then refused counts as `given up`: the first may have been made.
 *
 * @param {string} place
 * @param {{
 *   sets: {id: string, by: string, key: string, value: any, outcome: string, version?: number}[],
 *   views: {who: string, connection: number, key: string, value: any, version: number, whole?: boolean}[],
 *   final: Record<string, {value: any, version: number}>,
 * }} state `sets` in the order of sending, `views` what clients saw, in the order in which
 *   each saw it, `whole` where it was among all of the state at the beginning of a connection
 */
export function auditState(place, { sets, views, final }) {
  const findings = [];
  const found = (promise, what) => findings.push({ promise, place, what });

  // A version of a key has one value, whoever tells of it.
  const values = new Map();
  const tell = (who, key, version, value) => {
    const name = `${key} at version ${version}`;
    const told = values.get(name);
    const json = JSON.stringify(value);
    if (told && told.json !== json) found("fork", `${name} is ${told.json} to ${told.who}, and ${json} to ${who}`);
    else values.set(name, { who, json });
  };

  const versions = new Map();
  for (const { who, connection, key, value, version, whole = false } of views) {
    tell(who, key, version, value);
    const name = `${who} ${key}`;
    const before = versions.get(name);
    if (before && version < before.version) found("growth", `${who} saw ${key} at version ${before.version}, then at ${version}`);
    else if (before && !whole && before.connection === connection && version === before.version) found("repetition", `${who} was told of ${key} at version ${version} twice`);
    versions.set(name, { connection, version });
  }

  const owners = new Map();
  const latest = new Map();
  for (const { id, by, key, value, outcome, version } of sets) {
    if (outcome === "open") found("answer", `${id} was sent until the end and never answered`);
    if (outcome !== "acked") continue;
    tell(id, key, version, value);
    const name = `${key} at version ${version}`;
    if (owners.has(name)) found("repetition", `${name} was given to ${owners.get(name)} and to ${id}`);
    owners.set(name, id);
    const before = latest.get(`${by} ${key}`);
    if (before >= version) found("order", `${by} made ${key} version ${before}, then ${version}`);
    latest.set(`${by} ${key}`, version);
  }

  for (const [key, { value, version }] of Object.entries(final)) tell("the end", key, version, value);
  const isPlain = sets.every(({ value }) => value !== null);
  for (const key of new Set(sets.map((set) => set.key))) {
    const all = sets.filter((set) => set.key === key);
    const acked = all.filter(({ outcome }) => outcome === "acked");
    const newest = Math.max(0, ...acked.map(({ version }) => version));
    const isRemoved = all.some(({ value }) => value === null);
    const end = final[key]?.version ?? 0;
    if (isRemoved) {
      const last = acked.find(({ version }) => version === newest);
      const mayBeGone = last?.value === null || all.some(({ value, outcome }) => value === null && outcome === "given up");
      if (end < newest && !mayBeGone) found("loss", `${key} was acknowledged at version ${newest}, and is at ${end}`);
      continue;
    }
    const first = isPlain ? 1 : Math.min(...acked.map(({ version }) => version));
    const most = acked.length + all.filter(({ outcome }) => outcome === "given up").length;
    const changes = end - first + 1;
    if (end < newest || changes < acked.length) found("loss", `${key} was changed ${acked.length} times, up to version ${newest}, and is at ${end}`);
    if (changes > most) found("repetition", `${key} was changed ${most} times at the most, and went from version ${first} to ${end}`);
  }
  return findings;
}
