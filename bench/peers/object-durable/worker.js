// The room and the stream of ../object/worker.js, which also keep every message: in
// SQLite, before anybody gets it, with the newest thousand retained.

import { DurableObject } from "cloudflare:workers";

import worker, { Room, Stream } from "../object/worker.js";

/** Kept; what is older is deleted a hundred at a time. */
const RETAINED = 1_000;

class Log {
  #sql;
  #count = 0;

  constructor(ctx) {
    this.#sql = ctx.storage.sql;
    this.#sql.exec("CREATE TABLE IF NOT EXISTS log (seq INTEGER PRIMARY KEY, at INTEGER, body TEXT)");
  }

  /** How many rows it took; a deleted one is billed as one written. */
  append(body) {
    let { rowsWritten } = this.#sql.exec("INSERT INTO log (at, body) VALUES (?, ?)", Date.now(), body);
    if ((this.#count += 1) % 100 === 0) {
      rowsWritten += this.#sql.exec("DELETE FROM log WHERE seq <= (SELECT MAX(seq) FROM log) - ?", RETAINED).rowsWritten;
    }
    return rowsWritten;
  }
}

class DurableRoom extends Room {
  #log = new Log(this.ctx);

  webSocketMessage(socket, message) {
    this.figures.rows_written += this.#log.append(message);
    // Nothing leaves by a socket before what was written is on the disk.
    super.webSocketMessage(socket, message);
  }
}

class DurableStream extends Stream {
  #log = new Log(this.ctx);

  publish(data) {
    this.figures.rows_written += this.#log.append(data);
    super.publish(data);
  }
}

export { DurableRoom as Room, DurableStream as Stream };
export default worker;
