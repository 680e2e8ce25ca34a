// What an object keeps, in SQLite.

/** Kept; what is older is deleted a hundred at a time. */
const RETAINED = 1_000;

export class Log {
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
