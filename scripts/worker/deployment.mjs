// What `npm run deploy` was asked for: which environment, and is it a rehearsal?
//
// Everything goes to wrangler as it was given; this only finds out what has to be
// known, and adds the environment where none is named.

import { Failure } from "../terminal/failure.mjs";

const DEFAULT_ENVIRONMENT = "production";

/** Those of wrangler's options that say which Worker is meant, for its other commands too. */
const WHICH = { "--config": "--config", "-c": "--config", "--name": "--name", "--env-file": "--env-file" };

/** Options that npm takes for itself when the `--` before them is forgotten. */
const TAKEN_BY_NPM = ["dry-run", "env", "name", "config", "var"];

/**
 * @param {string[]} argv what follows `npm run deploy --`
 * @param {Record<string, string | undefined>} env
 * @returns {{environment: string, args: string[], which: string[], dryRun: boolean, help: boolean, bringsSecret: boolean}}
 *   `args` is for `wrangler deploy`, `which` for its other commands; the environment
 *   "" is the top level of wrangler.toml
 */
export function deployment(argv, env = {}) {
  refuseWhatNpmTook(argv, env);
  const given = argv[0] === "--" ? argv.slice(1) : argv;
  if (given[0] !== undefined && !given[0].startsWith("-")) {
    throw new Failure(
      `npm run deploy knows no "${given[0]}"`,
      "What it deploys stands in wrangler.toml; options begin with a dash, as in: npm run deploy -- --env staging",
    );
  }
  const named = optionValue(given, ["--env", "-e"]);
  const environment = named ?? chosenEnvironment(env);
  const which = Object.entries(WHICH).flatMap(([option, name]) => {
    const value = optionValue(given, [option]);
    return value === undefined ? [] : [name, value];
  });
  return {
    environment,
    args: named === undefined ? [`--env=${environment}`, ...given] : given,
    which: [`--env=${environment}`, ...which],
    dryRun: given.some((argument) => /^--dry-?run(=true)?$/i.test(argument)),
    help: given.some((argument) => argument === "--help" || argument === "-h"),
    bringsSecret: optionValue(given, ["--secrets-file"]) !== undefined,
  };
}

function chosenEnvironment({ CLOUDFLARE_ENV, WORKERS_CI }) {
  if (CLOUDFLARE_ENV !== undefined) {
    return CLOUDFLARE_ENV; // wrangler's own way to choose one
  }
  // Cloudflare's own builds, which the Deploy button sets up, know one Worker, by the
  // name at the top of wrangler.toml. Environments are Workers of other names.
  return WORKERS_CI ? "" : DEFAULT_ENVIRONMENT;
}

/**
 * `npm run deploy --dry-run` would deploy: npm takes the option for one of its own,
 * and we never see it.
 */
function refuseWhatNpmTook(argv, env) {
  for (const option of TAKEN_BY_NPM) {
    const taken = env[`npm_config_${option.replace("-", "_")}`];
    if (taken && !argv.some((argument) => argument.startsWith(`--${option}`))) {
      const value = taken === "true" ? "" : ` ${taken}`;
      throw new Failure(
        `npm has taken --${option} for itself, and nothing was deployed`,
        `Put two dashes before it: npm run deploy -- --${option}${value}`,
      );
    }
  }
}

/** The value of the last of these options, as wrangler reads them; undefined where there is none. */
function optionValue(args, names) {
  for (let i = args.length - 1; i >= 0; i -= 1) {
    for (const name of names) {
      if (args[i] === name) {
        return args[i + 1] ?? "";
      }
      if (args[i].startsWith(`${name}=`)) {
        return args[i].slice(name.length + 1);
      }
    }
  }
  return undefined;
}
