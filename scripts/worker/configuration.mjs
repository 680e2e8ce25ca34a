// What wrangler.toml says of one environment, as JSON: a program of its own, because
// wrangler reads the file and needs a newer Node than the scripts do.
//
//   node scripts/worker/configuration.mjs ENVIRONMENT [FILE]

import { unstable_readConfig } from "wrangler";

const [environment, file] = process.argv.slice(2);
try {
  const { name, vars, routes, route, workers_dev } = unstable_readConfig({ env: environment, config: file });
  const patterns = [...(routes ?? []), ...(route ? [route] : [])].map((one) => one.pattern ?? one);
  process.stdout.write(JSON.stringify({ name, vars, patterns, workersDev: workers_dev ?? patterns.length === 0 }));
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
