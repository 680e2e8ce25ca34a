// Tidings as it is deployed, with everything open and no limits on frames.

import { startServer } from "../../../tests/e2e/server.mjs";
import { ready } from "../ready.mjs";

const server = await startServer({
  vars: {
    LOG_LEVEL: "warn",
    STATS_REPORT_SECONDS: "0",
    LIMIT_FRAMES_PER_SECOND: "0",
    LIMIT_SIGNALS_PER_SECOND: "0",
  },
  // Requests are counted, as in production, but none is refused.
  limit: 1_000_000_000,
});
ready(server, () => server.stop());
