/** The past of a room, a page at a time, from the newest backwards. */

const PAGE = 50;

export class History {
  #url;
  #token;
  #asking = null;

  /** `token` is as in the SDK: a text, or a function that gets one. */
  constructor(url, token) {
    this.#url = url;
    this.#token = token;
  }

  /** `{ messages, more }` before a cursor; rejects where it cannot be had. */
  async before(cursor) {
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    const token = typeof this.#token === 'function' ? await this.#token() : this.#token;
    const address = new URL(this.#url);
    const given = address.searchParams.get('token');
    address.search = new URLSearchParams({ before: cursor, limit: String(PAGE), ...(given && { token: given }) });
    address.pathname += '/messages';
    const response = await fetch(address, { signal, headers: token ? { authorization: `Bearer ${token}` } : {} });
    if (!response.ok) throw new Error(`The history was answered with ${response.status}.`);
    return response.json();
  }

  stop() {
    this.#asking?.abort();
  }
}
