// `npm run deploy`: from a bare clone to Cloudflare.
//
// Installs what is missing, builds what has changed, says what is going where and who
// will be let in, and hands over to `wrangler deploy`. Arguments after `--` are
// wrangler's: npm run deploy -- --dry-run, npm run deploy -- --env staging

import { buildWorker } from "./build.mjs";
import { exitCode, run } from "./process.mjs";
import { root } from "./project.mjs";
import { findNode } from "./setup/node.mjs";
import { installPackages } from "./setup/npm.mjs";
import { setUp } from "./setup.mjs";
import { Failure, main } from "./terminal/failure.mjs";
import { say } from "./terminal/step.mjs";
import { checkLogin, configuration, quiet, secretNames, WRANGLER } from "./worker/account.mjs";
import { deployment } from "./worker/deployment.mjs";
import { address, nextSteps, whatIsKnown } from "./worker/notice.mjs";

const USAGE = `npm run deploy                       the environment "production" of wrangler.toml
npm run deploy -- --env staging      another one
npm run deploy -- --dry-run          everything but the upload; needs no account
What follows -- goes to wrangler: npx wrangler deploy --help. All of it: docs/deploy.md`;

main(async (argv) => {
  const asked = deployment(argv, process.env);
  if (asked.help) {
    console.log(USAGE);
    return 0;
  }
  // What may be refused comes first: the build is minutes, the first time.
  await installPackages();
  const node = await findNode();
  const found = await configuration(node, asked);
  if (!asked.dryRun) {
    await checkLogin(node);
  }
  await buildWorker(await setUp());
  const secrets = asked.dryRun ? undefined : await secretNames(node, asked);
  for (const line of whatIsKnown({ ...asked, ...found, secrets })) {
    say(line);
  }
  const { code, output } = await run(node, [WRANGLER, "deploy", ...asked.args], { cwd: root, env: quiet(), echo: true });
  if (code !== 0) {
    throw new Failure("wrangler deploy has failed", mendFor(output), { exitCode: exitCode(code) });
  }
  for (const line of nextSteps({ ...asked, ...found, secrets, origin: address(output, found) })) {
    say(line);
  }
  return 0;
});

function mendFor(output) {
  if (/\b(10000|9109|9106|10001)\b|authentication error|unauthorized/i.test(output)) {
    return 'Give the API token what the template "Edit Cloudflare Workers" has (docs/deploy.md, "An account"), then run the command again.';
  }
  if (/resolve Cloudflare's API|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|fetch failed/i.test(output)) {
    return "Connect to the network, then run the command again.";
  }
  if (/\b10089\b/.test(output)) {
    return "Enable Analytics Engine once in Cloudflare's dashboard, or take the binding ANALYTICS out of wrangler.toml, then run the command again.";
  }
  return "Mend what it says above, then run the command again.";
}
