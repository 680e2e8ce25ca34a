// What `npm run deploy` tells its operator: before, what goes where and who will be let
// in; after, what is still to be done.

/**
 * As much as makes a key of 256 bits, in characters that no shell minds. Shown once:
 * the backend needs it too, and Cloudflare does not give it back.
 */
const NEW_SECRET = "openssl rand -base64 32 | tee /dev/stderr";

/** The environment as an option of wrangler's other commands. */
const inEnvironment = (environment) => (environment ? ` --env ${environment}` : ' --env ""');

/**
 * @param {{name: string, environment: string, dryRun: boolean, args: string[], bringsSecret: boolean,
 *   vars: Record<string, unknown>, patterns: string[], workersDev: boolean, secrets?: string[]}} deployment
 *   `secrets` are the names of those that are there, undefined where nobody knows
 */
export function whatIsKnown({ name, environment, dryRun, args, bringsSecret, vars, patterns, workersDev, secrets }) {
  const where = [...patterns, ...(workersDev ? ["a name below workers.dev"] : [])].join(" and ") || "no address yet";
  const of = environment ? `the environment "${environment}"` : "the top level of wrangler.toml";
  return [
    `${dryRun ? "a rehearsal of deploying" : "deploying"} the Worker ${name} (${of}) to ${where}`,
    opened(vars, args),
    ...(dryRun || bringsSecret ? [] : [secretsThere(secrets)]),
  ];
}

function opened(vars, args) {
  if (args.some((argument) => /^(--var=)?PUBLIC_ACCESS:/.test(argument))) {
    return "what needs no token is as PUBLIC_ACCESS on the command line says; the next deploy without it closes that again";
  }
  const grants = vars.PUBLIC_ACCESS;
  return grants
    ? `what needs no token: ${typeof grants === "string" ? grants : JSON.stringify(grants)}`
    : "nothing is open without a token: wrangler.toml has no PUBLIC_ACCESS for it";
}

function secretsThere(secrets) {
  if (secrets === undefined) {
    return "which secrets are there could not be looked up";
  }
  if (!secrets.includes("TIDINGS_SECRET")) {
    return "there is no TIDINGS_SECRET yet: until there is, no token is accepted";
  }
  return secrets.includes("TIDINGS_SECRET_PREVIOUS")
    ? "the secrets are there, TIDINGS_SECRET_PREVIOUS too: delete it when the last old token has run out"
    : "the secret TIDINGS_SECRET is there";
}

/** Where it can be reached, from what wrangler printed. */
export function address(output, { patterns }) {
  const shown = /https:\/\/[\w.-]+\.workers\.dev/.exec(output)?.[0];
  const own = patterns.find((pattern) => !/[*/]/.test(pattern));
  return own ? `https://${own}` : shown;
}

/** The commands that come next, in order. */
export function nextSteps({ environment, dryRun, args, bringsSecret, vars, secrets, origin }) {
  if (dryRun) {
    const rest = args.filter((argument) => !/^--dry-?run/i.test(argument));
    const others = rest.length === 1 && rest[0] === "--env=production" ? "" : ` -- ${rest.join(" ")}`;
    return [`nothing was uploaded; to deploy: npm run deploy${others}`];
  }
  const check = `curl ${origin ?? "https://YOUR-WORKER"}/v1/health`;
  if (bringsSecret || secrets?.includes("TIDINGS_SECRET")) {
    return [`next, see that it is well: ${check}`];
  }
  const put = `${NEW_SECRET} | npx wrangler secret put TIDINGS_SECRET${inEnvironment(environment)}`;
  const why = secrets === undefined ? "if there is no secret yet" : "tokens need a secret";
  return [
    `next, ${why}: ${put}`,
    ...(vars.PUBLIC_ACCESS || secrets === undefined ? [] : ["until then every call is answered with 503"]),
    `then see that it is well: ${check}`,
  ];
}
