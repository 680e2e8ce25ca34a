// The room and the stream of ../object/worker.js, which also keep every message: in
// SQLite, before anybody gets it, with the newest thousand retained.

import worker, { Room, Stream } from "../object/worker.js";
import { Log } from "./log.js";

class DurableRoom extends Room {
  #log = new Log(this.ctx);

  webSocketMessage(socket, message) {
    this.figures.rows_written += this.#log.append(message);
    // Nothing leaves by a socket before what was written is on the disk.
    return super.webSocketMessage(socket, message);
  }
}

class DurableStream extends Stream {
  #log = new Log(this.ctx);

  publish(data) {
    this.figures.rows_written += this.#log.append(data);
    return super.publish(data);
  }
}

export { DurableRoom as Room, DurableStream as Stream };
export default worker;
