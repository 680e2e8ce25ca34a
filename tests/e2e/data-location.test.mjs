// Where the data is, as far as that can be seen on one machine.

import assert from "node:assert/strict";
import { test } from "node:test";

import { roomAt } from "./rooms.mjs";
import { startServer } from "./server.mjs";
import { streamAt } from "./streams.mjs";

async function withServer(vars, check) {
  const server = await startServer({ vars });
  try {
    await check(server);
  } finally {
    await server.stop();
  }
}

test("a location hint is a wish, and changes nothing here", () =>
  withServer({ DATA_LOCATION_HINT: "weur", DATA_JURISDICTION: "" }, async (server) => {
    const stream = streamAt(server.origin);
    await stream.publish({ data: 1 });
    assert.equal((await stream.snapshot()).readers, 0);
    assert.equal((await roomAt(server.origin).configure({})).status, 201);
  }));

test("a jurisdiction is a rule: where it cannot be had, nothing is done anywhere else", () =>
  // workerd has none, and says so when it is asked for one.
  withServer({ DATA_JURISDICTION: "eu" }, async (server) => {
    const stream = streamAt(server.origin);
    await assert.rejects(stream.publish({ data: 1 }), /503/);
    assert.equal((await roomAt(server.origin).configure({})).status, 503);
    const job = await fetch(`${server.origin}/v1/jobs/link-check/links`, { method: "POST", body: "http://127.0.0.1:9/" });
    assert.equal(job.status, 503);
    const health = await fetch(`${server.origin}/v1/health`);
    assert.equal(health.status, 503);
    assert.match((await health.json()).detail, /DATA_JURISDICTION/);
    assert.match(server.output, /Jurisdiction restrictions/);
    assert.deepEqual(server.objects, []);
  }));
