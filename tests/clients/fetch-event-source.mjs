// Following a stream with the npm package `@microsoft/fetch-event-source`.
// The function is quoted in docs/clients.md.

import { fetchEventSource } from "@microsoft/fetch-event-source";

export async function follow(url, onEvent) {
  const ended = new AbortController();
  let lastEventId = "";
  let refusal;
  await fetchEventSource(url, {
    signal: ended.signal,
    openWhenHidden: true,
    // It takes an id as soon as it reads its line, before the event is whole: an
    // event that is cut would be skipped. So we say which was the last whole one.
    fetch: (input, init) =>
      fetch(input, { ...init, headers: { ...init.headers, "last-event-id": lastEventId } }),
    async onopen(response) {
      if (response.status === 204) ended.abort(); // resolves: all of it was read
      else if (!response.ok) throw (refusal = new Error(`HTTP ${response.status}`));
    },
    onmessage({ id, event, data }) {
      lastEventId = id || lastEventId;
      onEvent({ type: event || "message", data, id });
    },
    onclose() {
      // Without this a proper end is the end, and it would not come back.
      throw new Error("the response has ended, the stream may go on");
    },
    onerror(error) {
      if (error === refusal) throw error; // rejects; after anything else it comes back
    },
  });
}
