/** Which of a site's tabs holds the connection: whoever has the lock. */
export class Tabs {
  leading = false;
  #name;
  #onLead;
  #onWord;
  #channel;
  #leaving;
  #release;

  static get possible() {
    return Boolean(globalThis.navigator?.locks && globalThis.BroadcastChannel);
  }

  constructor(name, onLead, onWord) {
    this.#name = name;
    this.#onLead = onLead;
    this.#onWord = onWord;
  }

  join() {
    const leaving = new AbortController();
    this.#leaving = leaving;
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }) => this.#onWord(data);
    const lead = () => {
      if (leaving.signal.aborted) return undefined;
      this.leading = true;
      const held = new Promise((resolve) => { this.#release = resolve; });
      this.#onLead();
      return held;
    };
    navigator.locks.request(this.#name, { signal: leaving.signal }, lead).catch(() => {});
  }

  say(word) {
    this.#channel?.postMessage(word);
  }

  /** A lock or a channel would keep a page out of the back-forward cache. */
  leave() {
    this.leading = false;
    this.#leaving?.abort();
    this.#release?.();
    this.#channel?.close();
    this.#channel = undefined;
  }
}
