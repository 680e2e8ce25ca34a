// What workerd is told of a peer: https://github.com/cloudflare/workerd/blob/main/src/workerd/server/workerd.capnp

/** The name of the one socket. */
export const SOCKET = "http";

/**
 * One Worker behind one socket; the system chooses the port. There are no assets, no rate
 * limits and no TLS. `disk` is the folder of the objects, and modules lie beside the
 * configuration.
 *
 * @param {{modules: {name: string, kind: string}[], objects: Record<string, string>,
 *   vars: Record<string, string>, disk: string, compatibility: {date: string, flags: string[]}}} worker
 */
export function configuration({ modules, objects, vars, disk, compatibility }) {
  const classes = [...new Set(Object.values(objects))];
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "peer", worker = .peer),
    (name = "objects", disk = (path = ${text(disk)}, writable = true)),
  ],
  sockets = [(name = ${text(SOCKET)}, address = "127.0.0.1:0", http = (), service = "peer")],
);

const peer :Workerd.Worker = (
  modules = ${list(modules, ({ name, kind }) => `(name = ${text(name)}, ${kind} = embed ${text(name)})`)},
  compatibilityDate = ${text(compatibility.date)},
  compatibilityFlags = ${list(compatibility.flags, text)},
  bindings = ${list(
    [
      ...Object.entries(objects).map(([name, className]) => `(name = ${text(name)}, durableObjectNamespace = ${text(className)})`),
      ...Object.entries(vars).map(([name, value]) => `(name = ${text(name)}, text = ${text(value)})`),
    ],
    String,
  )},
  durableObjectNamespaces = ${list(classes, (name) => `(className = ${text(name)}, uniqueKey = ${text(name)}, enableSql = true)`)},
  durableObjectStorage = (localDisk = "objects"),
);
`;
}

/** A text in Cap'n Proto's notation; for ASCII that is JSON's. */
const text = (value) => JSON.stringify(value);

const list = (things, write) => `[\n${things.map((thing) => `    ${write(thing)},\n`).join("")}  ]`;
