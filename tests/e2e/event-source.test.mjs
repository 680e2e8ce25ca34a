// What the web-platform-tests ask of an EventSource, asked of the server: what a
// browser may send, what it must get back, and what happens when the wire is cut.
// Which case is held by which test is written in docs/web-platform-tests.md.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";

import { openStream } from "./event-source.mjs";
import { startServer } from "./server.mjs";
import { eventually, streamAt } from "./streams.mjs";

/** Texts that have broken encoders; the native tests publish the same. */
const TEXTS = JSON.parse(
  readFileSync(new URL("../event_stream/fixtures/texts.json", import.meta.url), "utf8"),
);

/** A text as a reader gets it: the standard knows one line end only. */
const asRead = (text) => text.replace(/\r\n|\r/g, "\n");

const FRIEND = "https://a.example";

let server;
before(async () => {
  server = await startServer({ vars: { ALLOWED_ORIGINS: FRIEND } });
});
after(() => server?.stop());

/** A stream with three events, and the epoch of its cursors. */
async function threeEvents() {
  const stream = streamAt(server.origin);
  const { cursor } = await stream.publish({ data: 1 }, { data: 2 }, { data: 3 });
  return { ...stream, epoch: cursor.split(".")[0] };
}

const publishText = (stream, body) =>
  fetch(`${stream.url}/events`, { method: "POST", headers: { "Content-Type": "text/plain" }, body });

describe("the request", () => {
  test("what a browser sends by itself changes nothing", async () => {
    const { url } = await threeEvents();
    const reader = openStream(`${url}?after=start`, {
      headers: {
        Accept: "text/event-stream",
        "Accept-Encoding": "gzip, deflate, br, zstd",
        "Accept-Language": "ar",
        "Cache-Control": "no-cache",
        Cookie: "a=b",
        Pragma: "no-cache",
        "Sec-Fetch-Dest": "empty",
        "Sec-Fetch-Mode": "cors",
        "Sec-Fetch-Site": "same-origin",
      },
    });
    await reader.untilEvents(3);
    assert.equal(reader.status, 200);
    assert.equal(reader.headers["content-encoding"], undefined);
    assert.equal(reader.headers["set-cookie"], undefined);
    assert.deepEqual(reader.data, [1, 2, 3]);
    reader.cut();
  });

  test("every stream has the media type to the letter, once", async () => {
    const { url, epoch } = await threeEvents();
    const options = [{}, { lastEventId: `${epoch}.1` }, { lastEventId: "junk" }, { method: "HEAD" }];
    for (const option of [...options, { headers: { Accept: "*/*" } }]) {
      const reader = openStream(url, option);
      await reader.untilHeaders();
      assert.equal(reader.status, 200);
      const types = reader.rawHeaders.filter((_, at, all) => at % 2 === 1 && /^content-type$/i.test(all[at - 1]));
      assert.deepEqual(types, ["text/event-stream"]);
      reader.cut();
    }
  });

  test("HEAD opens no connection to the stream", async () => {
    const stream = await threeEvents();
    const reader = openStream(stream.url, { method: "HEAD" });
    await reader.untilEnd();
    assert.equal(reader.status, 200);
    assert.equal(reader.text, "");
    assert.equal((await stream.snapshot()).readers, 0);
  });

  test("an address of a stream is never a redirect", async () => {
    const { url } = await threeEvents();
    for (const address of [url, `${url}/`, `${url}?`, `${url}?after=start`, `${url}//`, url.replace("/v1/", "/v1//")]) {
      const response = await fetch(address, { redirect: "manual", headers: { Accept: "text/event-stream" } });
      assert.ok(response.status < 300 || response.status >= 400, `${response.status} for ${address}`);
      await response.body?.cancel();
    }
  });

  test("a stream that nobody has published to is a 200, not an error that ends EventSource", async () => {
    for (const lastEventId of [undefined, "", "old.1", "junk"]) {
      const reader = openStream(streamAt(server.origin).url, { lastEventId });
      await reader.until((s) => s.retry === 2000, "the first bytes");
      assert.equal(reader.status, 200);
      reader.cut();
    }
  });
});

describe("Last-Event-ID", () => {
  /** The bytes of a text in UTF-8, as Node takes them for a header. */
  const utf8 = (text) => Buffer.from(text).toString("latin1");

  const junk = {
    "UTF-8": utf8("…é🦀\u{feff}"),
    "bytes that are no UTF-8": "\x80\xff\xc3",
    "every byte that a header may have": String.fromCharCode(
      ...Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => byte >= 0x20 && byte !== 0x7f),
    ),
    "markup and quotes": `<script>"'\\;--{}`,
    "very long": "a".repeat(8_000),
    "a cursor and more": "abc.1 ",
    "two headers": ["abc.1", "abc.2"],
  };
  for (const [what, lastEventId] of Object.entries(junk)) {
    test(`${what}: a gap, and everything that there is`, async () => {
      const { url, epoch } = await threeEvents();
      const reader = openStream(url, { lastEventId });
      await reader.untilEvents(4);
      assert.equal(reader.status, 200);
      const [gap, ...rest] = reader.events;
      assert.equal(gap.type, "gap");
      assert.equal(gap.id, undefined);
      const { requested, oldest, head } = JSON.parse(gap.data);
      assert.ok([...requested].length <= 64);
      assert.deepEqual([oldest, head], [`${epoch}.1`, `${epoch}.3`]);
      assert.deepEqual(rest.map((event) => event.id), [1, 2, 3].map((seq) => `${epoch}.${seq}`));
      reader.cut();
    });
  }

  test("an empty one is none: the query decides", async () => {
    const { url, epoch } = await threeEvents();
    const reader = openStream(`${url}?after=${epoch}.1`, { lastEventId: "" });
    await reader.untilEvents(2);
    assert.deepEqual(reader.data, [2, 3]);
    reader.cut();
  });

  test("an id is short and plain enough to need no preflight", async () => {
    const { url } = await threeEvents();
    const reader = openStream(`${url}?after=start`);
    await reader.untilEvents(3);
    for (const { id } of reader.events) assert.match(id, /^[0-9a-z]{1,16}\.[0-9]{1,16}$/);
    reader.cut();
  });
});

describe("pages of other sites", () => {
  const granted = ({ headers }) =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("access-control-allow-")));
  const withCredentials = {
    "access-control-allow-origin": FRIEND,
    "access-control-allow-credentials": "true",
  };

  test("one that is allowed reads the stream with credentials, also when it comes back", async () => {
    const { url, epoch } = await threeEvents();
    for (const lastEventId of [undefined, `${epoch}.2`, "junk"]) {
      const reader = openStream(`${url}?after=${epoch}.2`, { lastEventId, headers: { Origin: FRIEND, Cookie: "a=b" } });
      await reader.until((s) => s.events.some((event) => event.data === "3"));
      assert.deepEqual(granted(reader), withCredentials);
      assert.match(reader.headers.vary, /\bOrigin\b/i);
      reader.cut();
    }
  });

  test("one that is allowed can see that a stream has ended", async () => {
    const stream = await threeEvents();
    const { cursor } = await stream.publish({ type: "succeeded", final: true });
    const reader = openStream(stream.url, { lastEventId: cursor, headers: { Origin: FRIEND } });
    await reader.untilEnd();
    assert.equal(reader.status, 204);
    assert.deepEqual(granted(reader), withCredentials);
  });

  test("one that has ended is known to have, also when all its events have expired", async () => {
    const stream = streamAt(server.origin);
    await fetch(stream.url, { method: "PUT", body: '{"retain_seconds":1,"title":"T"}' });
    const last = { type: "succeeded", key: "end", final: true };
    const { cursor } = await stream.publish(last);
    await eventually(stream.snapshot, ({ events }) => events?.length === 0);
    // And when the object has been there for that.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    for (const lastEventId of [cursor, undefined]) {
      const reader = openStream(stream.url, { lastEventId });
      await reader.untilEnd();
      assert.equal(reader.status, 204);
    }
    const again = await stream.publish(last);
    assert.deepEqual([again.cursor, again.duplicates], [cursor, 1]);
    const late = await publishText(stream, "late");
    assert.equal(late.status, 409);
    assert.equal((await stream.snapshot()).title, "T");
  });

  test("a preflight for a Last-Event-ID is granted", async () => {
    const reader = openStream(streamAt(server.origin).url, {
      method: "OPTIONS",
      headers: {
        Origin: FRIEND,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "last-event-id",
      },
    });
    await reader.untilEnd();
    assert.equal(reader.status, 204);
    assert.match(reader.headers["access-control-allow-headers"], /\blast-event-id\b/i);
    assert.match(reader.headers["access-control-allow-methods"], /\bGET\b/);
  });

  test("any other gets nothing that a browser would show it", async () => {
    const { url } = await threeEvents();
    for (const origin of ["https://evil.example", "http://a.example", "null"]) {
      const reader = openStream(url, { headers: { Origin: origin } });
      await reader.untilHeaders();
      assert.deepEqual(granted(reader), {}, origin);
      assert.match(reader.headers.vary, /\bOrigin\b/i);
      reader.cut();
    }
  });
});

describe("what is published", () => {
  test("every text that has broken encoders arrives as it was sent", async () => {
    const stream = streamAt(server.origin);
    const reader = openStream(stream.url);
    await reader.untilHeaders();
    for (const text of TEXTS) assert.equal((await publishText(stream, text)).status, 200, JSON.stringify(text));
    await reader.untilEvents(TEXTS.length);
    assert.deepEqual(reader.events.map((event) => event.data), TEXTS.map(asRead));
    assert.equal(reader.text.includes("\r"), false);
    const late = openStream(`${stream.url}?after=start`);
    await late.untilEvents(TEXTS.length);
    assert.equal(late.text, reader.text);
    reader.cut();
    late.cut();
  });
});

describe("the wire is cut", () => {
  /** How many requests are on their way at once. */
  const AT_ONCE = 8;

  test("at every seventh byte of a response, and every event comes once", async () => {
    const stream = streamAt(server.origin);
    for (const text of TEXTS.slice(0, 36)) await publishText(stream, text);
    await stream.publish({ type: "progress", data: { done: 1, total: 2 } }, { data: "🦀é" }, { type: "x" });
    await stream.publish({ type: "succeeded", data: {}, final: true });
    const url = `${stream.url}?after=start`;
    const whole = openStream(url);
    await whole.untilEnd();
    assert.equal(whole.events.length, 40);
    const length = Buffer.byteLength(whole.text);

    const cutAndResume = async (cutAfter) => {
      const first = openStream(url, { cutAfter });
      await first.untilEnd();
      assert.equal(first.ended, cutAfter < length ? "cut" : first.ended);
      const second = openStream(url, { lastEventId: first.lastEventId });
      await second.untilEnd();
      assert.deepEqual([...first.events, ...second.events], whole.events, `cut after ${cutAfter} of ${length} bytes`);
      assert.equal(second.status, first.events.length === 40 ? 204 : 200);
    };
    const cuts = Array.from({ length: Math.ceil(length / 7) }, (_, n) => n * 7);
    cuts.push(length - 1, length);
    const work = async () => {
      for (let cut = cuts.pop(); cut !== undefined; cut = cuts.pop()) await cutAndResume(cut);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    await eventually(stream.snapshot, ({ readers }) => readers === 0);
  });

  test("in the middle of an event, and what came meanwhile comes too", async () => {
    const stream = await threeEvents();
    const url = `${stream.url}?after=start`;
    const probe = openStream(url);
    await probe.untilEvents(3);
    probe.cut();
    const middleOfThird = Buffer.byteLength(probe.text) - 3;
    const first = openStream(url, { cutAfter: middleOfThird });
    await first.untilEnd();
    assert.deepEqual(first.data, [1, 2]);
    await stream.publish({ data: 4 });
    const second = openStream(url, { lastEventId: first.lastEventId });
    await second.untilEvents(2);
    await stream.publish({ data: 5 });
    await second.untilEvents(3);
    assert.deepEqual(second.data, [3, 4, 5]);
    second.cut();
  });
});
