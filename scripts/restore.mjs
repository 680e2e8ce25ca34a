// `npm run restore -- URL < file.ndjson`: what `npm run backup` has written
// becomes a stream or a room again, under this URL. It may be run again where
// it was cut off: what is there already is not stored twice.

import { createInterface } from "node:readline";

import { ask, urlOf } from "./backup/service.mjs";
import { Failure, main } from "./terminal/failure.mjs";

const USAGE = "It is like this: npm run restore -- https://example.com/v1/rooms/lobby < lobby.ndjson";

/** How large a page is: as an export's. */
const PAGE_EVENTS = 500;
const PAGE_BYTES = 1024 * 1024;

/** The file in pages. What comes before the first event stays together. */
async function* pages(input) {
  let lines = [];
  let events = 0;
  let bytes = 0;
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    // npm's own two lines, where it was not told to be silent.
    if (line.trim() === "" || (lines.length === 0 && line.startsWith("> "))) continue;
    if (events >= PAGE_EVENTS || (events > 0 && bytes >= PAGE_BYTES)) {
      yield `${lines.join("\n")}\n`;
      [lines, events, bytes] = [[], 0, 0];
    }
    lines.push(line);
    bytes += Buffer.byteLength(line) + 1;
    if (line.startsWith('{"cursor"')) events += 1;
  }
  if (lines.length > 0) yield `${lines.join("\n")}\n`;
}

main(async (args) => {
  const url = urlOf(args, USAGE);
  const to = new URL(`${url.pathname}/import`, url);
  const sum = { accepted: 0, duplicates: 0, cursor: undefined };
  for await (const body of pages(process.stdin)) {
    const headers = { "Content-Type": "application/x-ndjson" };
    const receipt = JSON.parse((await ask(to, { method: "POST", headers, body })).text);
    sum.accepted += receipt.accepted;
    sum.duplicates += receipt.duplicates;
    sum.cursor = receipt.cursor;
  }
  if (sum.cursor === undefined) throw new Failure("there is nothing on standard input", USAGE);
  const before = sum.duplicates > 0 ? `, ${sum.duplicates} were there already` : "";
  console.log(`tidings: restored ${sum.accepted} events of ${url.href}${before}; the last is ${sum.cursor}`);
});
