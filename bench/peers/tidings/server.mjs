// Tidings as it is built for a deployment, with everything open and no limits on frames.
// BENCH_VARS in the environment, JSON, may say more.

import { readFileSync } from "node:fs";

import { objectsOfTidings, startWorkerd } from "../workerd.mjs";

const built = (name) => readFileSync(new URL(`../../../build/${name}`, import.meta.url));

await startWorkerd({
  modules: [
    { name: "index.js", kind: "esModule", content: built("index.js") },
    { name: "index_bg.wasm", kind: "wasm", content: built("index_bg.wasm") },
  ],
  objects: objectsOfTidings(),
  vars: {
    PUBLIC_ACCESS: '{"streams":{"*":["read","publish","manage"]},"rooms":{"*":["read","write","moderate"]}}',
    LOG_LEVEL: "warn",
    STATS_REPORT_SECONDS: "0",
    LIMIT_FRAMES_PER_SECOND: "0",
    LIMIT_SIGNALS_PER_SECOND: "0",
    ...JSON.parse(process.env.BENCH_VARS ?? "{}"),
  },
});
