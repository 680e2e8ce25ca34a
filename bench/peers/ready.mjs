// What every server of the benchmark says once it can be reached, and when it ends.

/**
 * Prints where a server is as one line of JSON, and calls `stop` when the runner, at the
 * other end of our standard input, wants it no more or is gone.
 *
 * @param {{port: number, pid: number}} server `pid` is the process that does the work
 * @param {() => unknown} stop
 */
export function ready({ port, pid }, stop) {
  console.log(JSON.stringify({ port, pid }));
  const end = async () => {
    // workerd waits for open streams; nobody here does.
    setTimeout(() => process.exit(0), 1_000);
    await stop();
    process.exit(0);
  };
  process.stdin.on("end", end).on("error", end).resume();
}

/** Listens on a port that the system chooses, then says so. */
export function serve(server) {
  server.listen(0, "127.0.0.1", () => {
    ready({ port: server.address().port, pid: process.pid }, () => {});
  });
}
