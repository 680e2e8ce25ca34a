// `npm run --silent backup -- URL > file.ndjson`: everything of a stream or a
// room, page by page, as lines that `npm run restore` takes.

import { once } from "node:events";

import { ask, urlOf } from "./backup/service.mjs";
import { main } from "./terminal/failure.mjs";

const USAGE =
  "It is like this: npm run --silent backup -- https://example.com/v1/rooms/lobby > lobby.ndjson";

/** Prints; waits where whoever reads is slow. */
async function print(text) {
  if (!process.stdout.write(text)) await once(process.stdout, "drain");
}

main(async (args) => {
  const url = urlOf(args, USAGE);
  let next = new URL(`${url.pathname}/export`, url);
  let events = 0;
  while (next) {
    const { text, headers } = await ask(next);
    await print(text);
    events += text.split("\n").filter((line) => line.startsWith('{"cursor"')).length;
    const link = /<([^>]+)>; rel="next"/.exec(headers.get("Link") ?? "");
    next = link && new URL(link[1], url);
  }
  // Not where the lines go.
  console.error(`tidings: ${events} events of ${url.href}`);
});
