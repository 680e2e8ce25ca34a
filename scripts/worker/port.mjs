// The address to listen on, and whether it is free.
//
// Looked at before wrangler starts, because the runtime's own complaint comes
// late and does not say what to do.

import { createServer } from "node:net";

import { Failure } from "../terminal/failure.mjs";

const DEFAULT_PORT = 8787;

/** What wrangler's arguments say about the address. */
export function listenOptions(args) {
  const port = option(args, "port");
  const ip = option(args, "ip");
  if (port !== undefined && !/^\d{1,5}$/.test(port)) {
    throw new Failure(`--port is a number, not "${port}"`, "For example: npm start -- --port 9000");
  }
  const host = ip === "*" ? "::" : ip;
  return {
    given: port !== undefined,
    port: Number(port ?? DEFAULT_PORT),
    host,
    shown: host === undefined || host === "::" || host === "0.0.0.0" ? "localhost" : host,
  };
}

function option(args, name) {
  for (let i = args.length - 1; i >= 0; i -= 1) {
    if (args[i] === `--${name}`) {
      return args[i + 1] ?? "";
    }
    if (args[i].startsWith(`--${name}=`)) {
      return args[i].slice(name.length + 3);
    }
  }
  return undefined;
}

/** Throws when something else listens there. */
export async function checkPort({ port, host }) {
  if (port === 0) {
    return; // any free one
  }
  // `localhost` is two addresses, and wrangler listens on both.
  for (const address of host === undefined ? ["127.0.0.1", "::1"] : [host]) {
    const error = await tryListen(port, address);
    if (error === "EADDRINUSE") {
      throw new Failure(
        `port ${port} is in use`,
        `End what listens there, or take another port: npm start -- --port ${port < 65_000 ? port + 1 : 8788}`,
      );
    }
    if (error === "EACCES") {
      throw new Failure(`port ${port} may not be opened by you`, "Take one above 1023: npm start -- --port 8787");
    }
    if (error === "EADDRNOTAVAIL" && host !== undefined) {
      throw new Failure(`${host} is no address of this machine`, "Leave --ip away, or name one that is.");
    }
  }
}

function tryListen(port, host) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => resolve(error.code));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
