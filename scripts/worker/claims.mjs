// What a token says, from the options of `npm run token`.

import { Failure } from "../terminal/failure.mjs";

const RIGHTS = {
  streams: ["read", "publish", "manage"],
  rooms: ["read", "write", "moderate"],
};

/** A name of a stream or a room, or the beginning of one and a star. */
const PATTERN = /^(?:\*|[A-Za-z0-9][A-Za-z0-9._~-]{0,127}\*?)$/;

const UNITS = { s: 1, m: 60, h: 3600, d: 86_400 };
const DEFAULT_TTL = "1h";

/** Of a display name, in the Worker too. */
const NAME_CHARACTERS = 64;

const EXAMPLE = "For example: npm run token -- --sub ann --room 'lobby=read,write' --ttl 1h";

/**
 * @param {string[]} argv
 * @param {number} now in seconds since 1970
 */
export function claims(argv, now) {
  const given = options(argv);
  if (!given.sub) {
    throw new Failure("a token is somebody's: --sub is missing", EXAMPLE);
  }
  if (given.name !== undefined && [...given.name].length > NAME_CHARACTERS) {
    throw new Failure(`--name has more than ${NAME_CHARACTERS} characters`, "Give a shorter one.");
  }
  return {
    sub: given.sub,
    ...(given.name === undefined ? {} : { name: given.name }),
    iat: now,
    exp: now + seconds(given.ttl ?? DEFAULT_TTL),
    tidings: { streams: grants("streams", given.stream), rooms: grants("rooms", given.room) },
  };
}

function options(argv) {
  const given = { stream: [], room: [] };
  const rest = argv[0] === "--" ? argv.slice(1) : argv;
  for (let i = 0; i < rest.length; i += 1) {
    const [, name, joined] = /^--(sub|name|ttl|stream|room)(?:=(.*))?$/s.exec(rest[i]) ?? [];
    if (!name) {
      throw new Failure(`npm run token knows no "${rest[i]}"`, EXAMPLE);
    }
    const value = joined ?? rest[(i += 1)];
    if (value === undefined) {
      throw new Failure(`--${name} needs a value`, EXAMPLE);
    }
    if (Array.isArray(given[name])) {
      given[name].push(value);
    } else {
      given[name] = value;
    }
  }
  return given;
}

/** `lobby=read,write` and the like, as the claim has it. */
function grants(realm, list) {
  const granted = {};
  const option = `--${realm.slice(0, -1)}`;
  for (const text of list) {
    const equals = text.indexOf("=");
    const [pattern, rights] = equals < 0 ? [text, ""] : [text.slice(0, equals), text.slice(equals + 1)];
    if (!PATTERN.test(pattern)) {
      throw new Failure(
        `${option} "${pattern}" is no name`,
        "A name has letters, digits and . _ ~ - in it; a star at its end stands for any rest.",
      );
    }
    const wanted = rights.split(",").filter(Boolean);
    const unknown = wanted.find((right) => !RIGHTS[realm].includes(right));
    if (wanted.length === 0 || unknown !== undefined) {
      throw new Failure(
        unknown === undefined ? `${option} "${text}" says not what may be done` : `of ${realm} there is no "${unknown}"`,
        `Write ${option} '${pattern}=${RIGHTS[realm].join(",")}', or some of these.`,
      );
    }
    granted[pattern] = [...new Set([...(granted[pattern] ?? []), ...wanted])];
  }
  return granted;
}

function seconds(ttl) {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(ttl) ?? [];
  if (!Number(count)) {
    throw new Failure(`--ttl "${ttl}" is no time`, "Write a number and s, m, h or d: 90s, 15m, 1h, 30d.");
  }
  return Number(count) * UNITS[unit];
}
