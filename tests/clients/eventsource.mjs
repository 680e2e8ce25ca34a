// Following a stream in Node with the npm package `eventsource`.
// The function is quoted in docs/clients.md.

import { EventSource } from "eventsource";

export function follow(url, types, onEvent, onEnd) {
  const source = new EventSource(url);
  for (const type of types) source.addEventListener(type, onEvent);
  source.addEventListener("error", (error) => {
    // Otherwise it is about to come back by itself.
    if (source.readyState === EventSource.CLOSED) onEnd(error.code);
  });
  return source;
}
