// What the platform calls: the handler of requests, and the classes of objects.
//
// worker-build wraps these in proxies, one for every class, every object and every call, so
// that an object is made anew where the memory of the isolate was lost. They cost more than
// many a call does. The same without them: an object asks in which memory it is, and that
// is one call into the wasm.

import { DurableObject } from "cloudflare:workers";
// What worker-build has made, which scripts/worker/exports.mjs puts here.
import Entrypoint, { JobObject as Jobs, RoomObject as Rooms, StatsObject as Stats, StreamObject as Streams } from "built";

const { fetch, whichMemory } = Entrypoint.prototype;

// Not a class: the platform would make an instance of it for every request.
export default { fetch: (request, env, ctx) => fetch.call({ env, ctx }, request) };

/** Of all that the platform may ask of an object, what ours answer. */
const HANDLERS = ["ask", "fetch", "alarm", "webSocketMessage", "webSocketClose", "webSocketError"];

/**
 * A class of objects that outlive the memory in which they are.
 *
 * @param {Function} built the class in its proxy
 */
function lasting(built) {
  const Inner = built.prototype.constructor;

  // Of the platform's class: only such an object can be called.
  class Lasting extends DurableObject {
    #state;
    #env;
    #memory;
    #inner;

    constructor(state, env) {
      super(state, env);
      this.#state = state;
      this.#env = env;
      this.#enter(whichMemory());
    }

    #enter(now) {
      this.#inner = new Inner(this.#state, this.#env);
      this.#memory = now;
    }

    /** In the memory that is there; what was in the last one is lost. */
    get #living() {
      const now = whichMemory();
      if (now !== this.#memory) this.#enter(now);
      return this.#inner;
    }

    static {
      for (const name of HANDLERS.filter((name) => name in Inner.prototype)) {
        this.prototype[name] = function (first, second, third) {
          return this.#living[name](first, second, third);
        };
      }
    }
  }
  return Lasting;
}

export const JobObject = lasting(Jobs);
export const RoomObject = lasting(Rooms);
export const StatsObject = lasting(Stats);
export const StreamObject = lasting(Streams);
