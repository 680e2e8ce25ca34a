// The service's HTTP surface in a few verbs, for the tests.

let counter = 0;

/** A name that no other test uses. */
export function freshName(prefix = "test") {
  counter += 1;
  return `${prefix}-${process.pid}-${counter}`;
}

/** A client of one stream. */
export function streamAt(origin, name = freshName()) {
  const url = `${origin}/v1/streams/${name}`;
  return {
    name,
    url,
    digestUrl: `${origin}/v1/jobs/digest/${name}`,
    async publish(...events) {
      const response = await fetch(`${url}/events`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(events),
      });
      const body = await response.json();
      if (!response.ok) throw new Error(`${response.status}: ${body.detail}`);
      return body;
    },
    async snapshot() {
      const response = await fetch(url, { headers: { Accept: "application/json" } });
      return await response.json();
    },
    cancel: () => fetch(`${url}/cancel`, { method: "POST" }),
    remove: () => fetch(url, { method: "DELETE" }),
  };
}

/** Asks again and again until `condition` holds of the answer. */
export async function eventually(ask, condition, patience = 20_000) {
  const deadline = Date.now() + patience;
  for (;;) {
    const answer = await ask();
    if (condition(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`waited in vain; the last answer was ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
