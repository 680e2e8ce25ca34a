// curl, and a person (or a script) who starts it again with the last id.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { Stream } from "../e2e/event-source.mjs";
import { startServer } from "../e2e/server.mjs";
import { Follower } from "./follower.mjs";
import { lossyJourney, RESTLESS, rotatedJourney, SHORT_LIVED } from "./journey.mjs";

const SCRIPT = fileURLToPath(new URL("curl.sh", import.meta.url));

/** Exit codes of curl: what happened to the connection, not to the stream. */
const PROPER_END = 0;
const COULD_NOT_CONNECT = 7;
const CUT_IN_THE_BODY = 18;
const EMPTY_REPLY = 52;
const RESET = 56;

/** Between two attempts, so as not to spin. */
const PAUSE_MS = 100;

const missing = spawnSync("curl", ["--version"]).error ? "there is no curl" : false;

let restless;
let shortLived;
before(async () => {
  if (missing) return;
  restless = await startServer({ vars: RESTLESS });
  shortLived = await startServer({ vars: SHORT_LIVED });
});
after(async () => {
  await restless?.stop();
  await shortLived?.stop();
});

function start(url) {
  const follower = new Follower();
  follower.exits = [];
  (async () => {
    let last = "";
    for (;;) {
      const { status, code, lastEventId } = await curl(url, last, follower);
      if (status === "204") return follower.stop(status);
      follower.exits.push(code);
      last = lastEventId || last;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  })().catch((error) => follower.stop(error));
  return follower;
}

/** One run of curl. Only a whole event counts: of one that was cut, curl has printed a part. */
function curl(url, last, follower) {
  const child = spawn("sh", [SCRIPT, url, last], { stdio: ["ignore", "pipe", "pipe"] });
  const output = new Stream();
  let told = 0;
  let words = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output.feed(text);
    while (told < output.events.length) follower.add(output.events[told++]);
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    words += text;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      const status = /^\d{3}$/m.exec(words)?.[0];
      resolve({ status, code, lastEventId: output.lastEventId });
    });
  });
}

test("curl: cut and refused, started again it has every event once", { skip: missing }, async () => {
  const { exits } = await lossyJourney(restless, start);
  const cuts = [COULD_NOT_CONNECT, CUT_IN_THE_BODY, EMPTY_REPLY, RESET];
  assert.equal(exits.at(-1), PROPER_END);
  for (const code of exits.slice(0, -1)) assert.ok(cuts.includes(code), `exit code ${code}`);
});

test("curl: ended by the server between events, started again it has every event once", { skip: missing }, async () => {
  const { exits } = await rotatedJourney(shortLived, start);
  assert.deepEqual([...new Set(exits)], [PROPER_END]);
});
