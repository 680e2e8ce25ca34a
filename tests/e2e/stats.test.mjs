// The service's own figures, as a stream like any other.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { openStream } from "./event-source.mjs";
import { startServer } from "./server.mjs";
import { streamAt } from "./streams.mjs";

let server;
before(async () => {
  server = await startServer({ vars: { STATS_REPORT_SECONDS: "0.2" } });
});
after(() => server?.stop());

test("streams, readers and events of the whole service, live", async () => {
  const dashboard = openStream(`${server.origin}/v1/streams/tidings.stats`);
  await dashboard.untilHeaders();
  const shows = (what) =>
    dashboard.until(
      (s) => s.data.length > 0 && Object.entries(what).every(([name, n]) => s.data.at(-1)[name] === n),
      JSON.stringify(what),
    );

  const one = streamAt(server.origin);
  const two = streamAt(server.origin);
  await one.publish({ data: 1 }, { data: 2 });
  await two.publish({ data: 3 });
  await shows({ streams: 2, readers: 0, events: 3 });
  assert.equal(dashboard.events.at(-1).type, "stats");

  const readers = [openStream(one.url), openStream(one.url), openStream(two.url)];
  await shows({ streams: 2, readers: 3, events: 3 });
  readers[0].cut();
  await shows({ readers: 2 });

  await two.remove();
  await shows({ streams: 1, readers: 1, events: 3 });

  // What was counted survives the process; those who were connected did not.
  await server.kill();
  await one.publish({ data: 4 });
  const again = openStream(`${server.origin}/v1/streams/tidings.stats`);
  await again.until((s) => s.data.at(-1)?.events === 4, "the sum of before and after");
  assert.deepEqual(again.data.at(-1), { streams: 1, readers: 0, events: 4 });
  again.cut();
});

test("nobody else publishes under the service's own names", async () => {
  const { url } = streamAt(server.origin, "tidings.stats");
  for (const [method, path] of [
    ["POST", `${url}/events`],
    ["POST", `${url}/cancel`],
    ["PUT", url],
    ["DELETE", url],
    ["PUT", `${server.origin}/v1/jobs/digest/tidings.x`],
  ]) {
    const response = await fetch(path, { method });
    assert.equal(response.status, 403, `${method} ${path}`);
  }
});
