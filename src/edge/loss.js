// What is done where the memory of an isolate is lost: a panic, or any other trap, ends the
// instance of the wasm, and with it all that it was about to do. What stands here goes on.

/**
 * What is called then. Weakly held: a request that is dropped by the platform never says
 * that it is over.
 */
const calls = new Set();
const forgotten = new FinalizationRegistry((call) => calls.delete(call));

function add(call) {
  const weak = new WeakRef(call);
  calls.add(weak);
  forgotten.register(call, weak);
  return weak;
}

/** How many there were. */
let memories = 0;

/**
 * A memory begins; where there was one before, that is lost.
 * @returns {number} the how-manieth it is, in the life of the isolate
 */
export function begun() {
  lost();
  memories += 1;
  return memories;
}

/** The memory is lost. */
export function lost() {
  const due = [...calls];
  calls.clear();
  for (const call of due) {
    call.deref()?.(new Error("The service failed while it handled this. Try again."));
  }
}

/**
 * @param {Promise<unknown>} promise
 * @returns the same, which fails should the memory be lost first
 */
export function held(promise) {
  return new Promise((resolve, reject) => {
    const call = add(reject);
    const over = (settle) => (value) => {
      calls.delete(call);
      settle(value);
    };
    promise.then(over(resolve), over(reject));
  });
}

/** What keeps a call as long as that for whose sake it is made. */
const keepers = new WeakMap();

/**
 * Acts when the memory is lost, for `keeper` and as long as that is there.
 *
 * By a promise: its continuation runs as work of the request or the object that made it,
 * and only that may touch what is its own. In an object where nothing is under way it runs
 * before the next event.
 */
function whenLost(keeper, act) {
  const told = new Promise((resolve) => {
    keepers.set(keeper, resolve);
    add(resolve);
  });
  told.then(act);
}

/**
 * Has the connections of an object closed when the memory is lost: nobody knows any more
 * what was sent and not yet stored, or stored and not yet shown. Whoever is closed with
 * 1011 comes back with a cursor, and sends again what was not acknowledged.
 *
 * @param {DurableObjectState} state
 */
export function watch(state) {
  whenLost(state, () => {
    for (const socket of state.getWebSockets()) {
      // Not of the room or the stream any more, whenever it answers.
      socket.serializeAttachment(null);
      socket.close(1011, "a fault of the server");
    }
  });
}

/** By what each response is ended. */
const enders = new WeakMap();

/**
 * Has a response ended when the memory is lost: nobody would write it any more.
 *
 * @param {WritableStream} output
 * @param {WritableStreamDefaultWriter | AbortController} by what is in charge of it from now on
 */
export function endBy(output, by) {
  if (!enders.has(output)) {
    whenLost(output, () => enders.get(output).abort());
  }
  enders.set(output, by);
}
