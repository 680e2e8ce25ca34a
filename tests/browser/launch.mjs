/** How often a browser may fail to come up before that is believed. */
const ATTEMPTS = 3;

/**
 * What `launch` answers, a browser. On a machine that has just started, Chromium's first process
 * now and then dies of a signal before it has opened anything; that says nothing of the page
 * under test, so it is started again, and said.
 */
export async function launched(launch) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await launch();
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      console.error(`the browser did not come up, and is started again: ${error.message.split('\n', 1)[0]}`);
    }
  }
}
