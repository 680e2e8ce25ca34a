// `npm run token`: prints a token that this or any other deployment with the same
// secret accepts. For trying things and for programs of one's own; an application
// signs its users' tokens in its backend (docs/deploy.md, "Tokens").

import { root } from "./project.mjs";
import { main } from "./terminal/failure.mjs";
import { claims } from "./worker/claims.mjs";
import { sign } from "./worker/jwt.mjs";
import { findSecret } from "./worker/secret.mjs";

const USAGE = `npm run --silent token -- --sub ID [--name NAME] [--ttl 1h] [--stream PATTERN=RIGHTS]… [--room PATTERN=RIGHTS]…

  --sub      whose token it is: the id of a member in rooms
  --name     the name that others see
  --ttl      how long it is good for: 90s, 15m, 1h (if nothing is said), 30d
  --stream   what may be done with which streams: 'build-*=read,publish,manage'
  --room     what may be done with which rooms: 'lobby=read,write,moderate'

It is signed with TIDINGS_SECRET, from the environment, .dev.vars or .env. Without
--silent, npm prints lines of its own before it.`;

main((argv) => {
  if (argv.some((argument) => argument === "--help" || argument === "-h")) {
    console.log(USAGE);
    return 0;
  }
  const said = claims(argv, Math.floor(Date.now() / 1000));
  const secret = findSecret({ env: process.env, folder: root });
  // On the other stream: the token is the output.
  const nothing = Object.keys({ ...said.tidings.streams, ...said.tidings.rooms }).length === 0;
  console.error(
    `tidings: for ${said.sub}, until ${new Date(said.exp * 1000).toISOString()}${nothing ? "; it grants nothing (no --stream, no --room)" : ""}`,
  );
  console.log(sign(said, secret));
  return 0;
});
