/** Which of a site's tabs holds the connection: whoever has the lock. */
export class Tabs {
  leading = false;
  #name;
  #onLead;
  #onWord;
  #channel;
  #gone;
  #release;

  constructor(name, onLead, onWord) {
    this.#name = name;
    this.#onLead = onLead;
    this.#onWord = onWord;
  }

  join() {
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }) => this.#onWord(data);
    this.#gone = new AbortController();
    const { signal } = this.#gone;
    const lead = () => {
      if (signal.aborted) return undefined;
      this.leading = true;
      this.#onLead();
      return new Promise((resolve) => { this.#release = resolve; });
    };
    navigator.locks.request(this.#name, { signal }, lead).catch(() => {});
  }

  say(word) {
    this.#channel.postMessage(word);
  }

  /** A lock or a channel would keep a page out of the back-forward cache. */
  leave() {
    this.leading = false;
    this.#gone?.abort();
    this.#release?.();
    this.#channel?.close();
  }
}
