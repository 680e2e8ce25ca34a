// A JSON Web Token, signed with HMAC and SHA-256 (RFC 7519; HS256 of RFC 7518).

import { createHmac } from "node:crypto";

const base64url = (text) => Buffer.from(text).toString("base64url");

/** @returns {string} the token, in its compact form */
export function sign(claims, secret) {
  const signed = `${base64url('{"alg":"HS256","typ":"JWT"}')}.${base64url(JSON.stringify(claims))}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}
