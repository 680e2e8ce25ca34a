// The worker, with bystanders, for the tests of the file that imports this.

import { after, before } from "node:test";

import { startServer } from "../e2e/server.mjs";
import { bystanders } from "./bystanders.mjs";

/** Both are there from the first test on. */
export let server;
export let others;

before(async () => {
  server = await startServer({ vars: { STATS_REPORT_SECONDS: "0" } });
  others = await bystanders(server);
});
after(async () => {
  others?.leave();
  await server?.stop();
});
