// What every server of the benchmark says once it can be reached, and when it ends: when
// the runner, at the other end of our standard input, wants it no more or is gone.

const end = () => process.exit(0);
process.stdin.on("end", end).on("error", end).resume();
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, end);

/**
 * Prints where a server is, as one line of JSON.
 *
 * @param {{port: number, pid: number}} server `pid` is the process that does the work
 */
export function ready({ port, pid }) {
  console.log(JSON.stringify({ port, pid }));
}

/** Listens on a port that the system chooses, then says so. */
export function serve(server) {
  server.listen(0, "127.0.0.1", () => ready({ port: server.address().port, pid: process.pid }));
}
