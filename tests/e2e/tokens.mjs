// Tokens for the tests, made by hand: also those that no library would make.

import { createHmac } from "node:crypto";

/** The operator's secret in the tests. */
export const SECRET = "a secret of the tests, 32 bytes or more";

const encode = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** Seconds of Unix time, so many from now. */
export const inSeconds = (seconds) => Math.floor(Date.now() / 1000) + seconds;

/**
 * A token: signed, with `header` and `hash` as they should be unless said otherwise.
 *
 * @param {object} claims
 */
export function tokenOf(claims, { secret = SECRET, header = { alg: "HS256", typ: "JWT" }, hash = "sha256" } = {}) {
  const signed = `${encode(header)}.${encode({ exp: inSeconds(3600), ...claims })}`;
  return `${signed}.${createHmac(hash, secret).update(signed).digest("base64url")}`;
}

/** A token that grants something for streams and rooms. */
export const tokenFor = (granted, claims = {}) => tokenOf({ sub: "ann", tidings: granted, ...claims });

/** Tokens that are worth nothing, by what is wrong with them. They claim to grant everything. */
export function worthless() {
  const tidings = { streams: { "*": ["read", "publish", "manage"] }, rooms: { "*": ["read", "write", "moderate"] } };
  const claims = { sub: "eve", tidings };
  const good = tokenOf(claims);
  const [header, , signature] = good.split(".");
  return {
    "forged: another secret": tokenOf(claims, { secret: "another secret, not the operator's" }),
    "forged: other claims": `${header}.${encode({ ...claims, exp: inSeconds(9), sub: "bob" })}.${signature}`,
    "without a signature": good.slice(0, good.lastIndexOf(".") + 1),
    "a signature cut short": good.slice(0, -1),
    "a signature of zeros": `${good.slice(0, good.lastIndexOf("."))}.${"A".repeat(43)}`,
    "alg none": tokenOf(claims, { header: { alg: "none" } }),
    "alg none, no signature": `${encode({ alg: "none" })}.${encode({ exp: inSeconds(60), ...claims })}.`,
    "alg HS512": tokenOf(claims, { header: { alg: "HS512" }, hash: "sha512" }),
    "alg RS256, signed with the secret": tokenOf(claims, { header: { alg: "RS256" } }),
    "alg in capitals and small letters": tokenOf(claims, { header: { alg: "hs256" } }),
    "no alg": tokenOf(claims, { header: { typ: "JWT" } }),
    "a critical extension": tokenOf(claims, { header: { alg: "HS256", crit: ["exp"] } }),
    "expired": tokenOf({ ...claims, exp: inSeconds(-30) }),
    "not yet valid": tokenOf({ ...claims, nbf: inSeconds(600) }),
    "without exp": tokenOf({ ...claims, exp: undefined }),
    "exp is a string": tokenOf({ ...claims, exp: String(inSeconds(60)) }),
    "grants that cannot be read": tokenOf({ ...claims, tidings: { streams: "*", rooms: "*" } }),
    "sub is a number": tokenOf({ ...claims, sub: 7 }),
    "not a token": "open-sesame",
    "empty": "",
    "very long": `${good}${"A".repeat(9000)}`,
  };
}
