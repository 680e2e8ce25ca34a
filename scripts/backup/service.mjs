// Asks the service, again and again where it cannot be reached: a backup of
// many pages must not fail for one of them. Export and import may both be
// repeated without harm.

import { setTimeout as sleep } from "node:timers/promises";

import { Failure } from "../terminal/failure.mjs";

/** How often a page is asked for: with these pauses that is some half a minute. */
const TRIES = 8;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 8_000;

/** The URL of a stream or a room that a person gave, without what may follow it. */
export function urlOf([text], usage) {
  let url;
  try {
    url = new URL(text);
  } catch {
    throw new Failure("the URL of a stream or a room is missing", usage);
  }
  if (!/^https?:$/.test(url.protocol) || !/^\/v1\/(streams|rooms)\/[^/]+$/.test(url.pathname)) {
    throw new Failure(`${url.href} is not the URL of a stream or a room`, usage);
  }
  return url;
}

/**
 * Sends a request; the response, its body read.
 *
 * @param {URL} url
 * @param {RequestInit} [init]
 * @returns {Promise<{text: string, headers: Headers}>}
 */
export async function ask(url, init = {}) {
  const token = process.env.TIDINGS_TOKEN;
  const headers = { ...init.headers, ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  let problem;
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (tries > 0) await sleep(Math.min(FIRST_PAUSE_MS * 2 ** (tries - 1), LONGEST_PAUSE_MS));
    try {
      const response = await fetch(url, { ...init, headers, redirect: "error" });
      const text = await response.text();
      if (response.ok) return { text, headers: response.headers };
      problem = `${response.status}, ${detailOf(text)}`;
      if (response.status < 500 && response.status !== 429) {
        throw new Failure(`${url.host} answered ${problem}`, mendOf(response.status));
      }
    } catch (error) {
      if (error instanceof Failure) throw error;
      problem = error.cause?.message ?? error.message;
    }
  }
  throw new Failure(`${url.href} could not be reached: ${problem}`, "Run the command again when it can.");
}

function detailOf(text) {
  try {
    return JSON.parse(text).detail.replace(/\.$/, "");
  } catch {
    return "and said nothing more";
  }
}

function mendOf(status) {
  switch (status) {
    case 401:
    case 403:
      return "Put a token that may manage the stream, or moderate the room, into TIDINGS_TOKEN.";
    case 404:
      return "Check the URL.";
    default:
      return "Nothing of this page was stored.";
  }
}
