/** How often a browser may fail to come up before that is believed. */
const ATTEMPTS = 3;

/**
 * What `launch` answers, a browser. On a machine that had just booted, Chromium was once seen to
 * die of a segmentation fault before it had opened anything, and never since. That says nothing of
 * the page under test, so it is started again, and said where the tests write.
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
