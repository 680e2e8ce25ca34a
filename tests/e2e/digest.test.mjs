// The digest job: real bodies, their progress, and everything that can go wrong.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import http from "node:http";
import { after, before, describe, test } from "node:test";

import { openStream } from "./event-source.mjs";
import { startServer } from "./server.mjs";
import { streamAt } from "./streams.mjs";

let server;
before(async () => {
  server = await startServer();
});
after(() => server?.stop());

const MIB = 1024 * 1024;

/** An upload that the test feeds by hand. */
function upload(url, { length } = {}) {
  const request = http.request(url, {
    method: "PUT",
    agent: false,
    headers: length === undefined ? {} : { "Content-Length": length },
  });
  const answer = new Promise((resolve, reject) => {
    request.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part) => (text += part));
      response.on("end", () => resolve({ status: response.statusCode, body: JSON.parse(text) }));
      response.on("error", reject);
    });
    request.on("error", reject);
  });
  // Whoever is interested waits for it; a test that cuts the upload is not.
  answer.catch(() => {});
  return {
    answer,
    /** Sends some bytes, and waits until they have left. */
    send: (bytes) => new Promise((resolve) => request.write(bytes, () => resolve())),
    end: () => request.end(),
    cut: () => request.destroy(),
  };
}

const put = async (url, body) => {
  const response = await fetch(url, { method: "PUT", body });
  return { status: response.status, body: await response.json() };
};

function outcomeOf(body) {
  return {
    sha256: createHash("sha256").update(body).digest("hex"),
    bytes: body.length,
    lines: body.reduce((lines, byte) => lines + (byte === 10 ? 1 : 0), 0),
  };
}

const types = (reader) => reader.events.map((event) => event.type);

describe("the digest", () => {
  for (const [what, body] of [
    ["nothing", Buffer.alloc(0)],
    ["a line", Buffer.from("hello\n")],
    ["a line without its end", Buffer.from("a\nb")],
    ["every byte", Buffer.from(Array.from({ length: 256 }, (_, n) => n))],
    ["one byte less than a buffer", randomBytes(256 * 1024 - 1)],
    ["5 MiB and 1", randomBytes(5 * MIB + 1)],
  ]) {
    test(`of ${what}`, async () => {
      const { digestUrl, url } = streamAt(server.origin);
      const { status, body: outcome } = await put(digestUrl, body);
      assert.equal(status, 200);
      assert.deepEqual(outcome, outcomeOf(body));
      const reader = openStream(`${url}?after=start`);
      await reader.untilEnd();
      assert.equal(reader.events.at(-1).type, "succeeded");
      assert.deepEqual(reader.data.at(-1), outcome);
      assert.equal(reader.data.at(-2).done, body.length);
    });
  }

  test("of a body whose length nobody knows", async () => {
    const { digestUrl, url } = streamAt(server.origin);
    const job = upload(digestUrl);
    const body = Buffer.from("one\ntwo\n");
    await job.send(body.subarray(0, 5));
    await job.send(body.subarray(5));
    job.end();
    assert.deepEqual((await job.answer).body, outcomeOf(body));
    const reader = openStream(`${url}?after=start`);
    await reader.untilEnd();
    assert.ok(reader.data.every((data) => !("total" in data) && !("percent" in data)));
  });
});

describe("its progress", () => {
  test("is true, is seen while it happens, and ends with the result", async () => {
    const { digestUrl, url } = streamAt(server.origin);
    const early = openStream(url);
    await early.untilHeaders();
    const half = randomBytes(MIB);
    const job = upload(digestUrl, { length: 2 * MIB });
    await job.send(half);
    // Half of it has been sent and nothing more: the bar stands at 50 %.
    await early.until((s) => s.data.at(-1)?.done === MIB, "half of it");
    assert.equal(early.data.at(-1).percent, 50);
    assert.equal(early.data.at(-1).total, 2 * MIB);
    assert.equal(early.data.at(-1).unit, "bytes");

    const middle = openStream(url);
    await middle.untilEvents(1);
    assert.equal(middle.data[0].percent, 50, "who comes in the middle sees the bar at once");

    await job.send(half);
    job.end();
    const { body: outcome } = await job.answer;
    for (const reader of [early, middle]) {
      await reader.untilEnd();
      assert.equal(reader.events.at(-1).type, "succeeded");
      assert.deepEqual(reader.data.at(-1), outcome);
      assert.equal(reader.data.at(-2).percent, 100);
      const done = reader.data.slice(0, -1).map((data) => data.done);
      assert.deepEqual(done, [...done].sort((a, b) => a - b));
    }
    assert.deepEqual(early.data[0], { done: 0, total: 2 * MIB, unit: "bytes", percent: 0 });

    const late = openStream(url);
    await late.untilEnd();
    assert.deepEqual(types(late), ["progress", "succeeded"]);
    const over = openStream(url, { lastEventId: late.lastEventId });
    await over.untilEnd();
    assert.equal(over.status, 204);
  });

  test("who is cut off in the middle and comes back sees each event once", async () => {
    const { digestUrl, url } = streamAt(server.origin);
    const job = upload(digestUrl, { length: 40 * 1024 });
    const whole = openStream(url);
    const seen = [];
    let lastEventId;
    const follow = async () => {
      for (;;) {
        const reader = openStream(`${url}?after=start`, { lastEventId });
        await reader.until((s) => s.events.length >= 2 || s.ended);
        if (reader.status === 204) return;
        reader.cut();
        seen.push(...reader.events);
        lastEventId = reader.lastEventId || lastEventId;
      }
    };
    const following = follow();
    for (let n = 0; n < 40; n += 1) {
      await job.send(randomBytes(1024));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    job.end();
    await job.answer;
    await following;
    await whole.untilEnd();
    assert.deepEqual(seen, whole.events);
    assert.ok(seen.length >= 5, `${seen.length} events`);
  });

  test("goes on being published while the upload stands still", async () => {
    const { digestUrl, url } = streamAt(server.origin);
    const reader = openStream(url);
    const job = upload(digestUrl, { length: 100 });
    await job.send("x");
    await reader.until((s) => s.data.filter((data) => data.done === 1).length >= 2, "a sign of life");
    job.cut();
    await reader.untilEnd();
  });
});

describe("what can go wrong", () => {
  test("a second upload to the same name is a 409, and disturbs nothing", async () => {
    const { digestUrl, url } = streamAt(server.origin);
    const job = upload(digestUrl, { length: 6 });
    await job.send("one");
    const reader = openStream(url);
    await reader.untilEvents(1);
    const second = await put(digestUrl, "other");
    assert.equal(second.status, 409);
    assert.equal(second.body.title, "Conflict");
    await job.send("two");
    job.end();
    assert.deepEqual((await job.answer).body, outcomeOf(Buffer.from("onetwo")));
    const third = await put(digestUrl, "other");
    assert.equal(third.status, 409);
    assert.match(third.body.detail, /ended/);
    await reader.untilEnd();
    assert.equal(types(reader).filter((type) => type === "succeeded").length, 1);
  });

  test("a deleted name is free again", async () => {
    const stream = streamAt(server.origin);
    await put(stream.digestUrl, "one");
    await stream.remove();
    assert.equal((await put(stream.digestUrl, "two")).status, 200);
  });

  test("a stream that is deleted under a job stays deleted", async () => {
    const stream = streamAt(server.origin);
    const job = upload(stream.digestUrl, { length: 10 * MIB });
    const reader = openStream(stream.url);
    await job.send(randomBytes(1024));
    await reader.untilEvents(1);
    assert.equal((await stream.remove()).status, 204);
    await job.send(randomBytes(1024));
    assert.equal((await job.answer).status, 409);
    job.cut();
    assert.equal((await stream.snapshot()).status, 404);
  });

  test("an upload that is cut ends its stream with `failed`", async () => {
    const { digestUrl, url } = streamAt(server.origin);
    const reader = openStream(url);
    await reader.untilHeaders();
    const job = upload(digestUrl, { length: 10 * MIB });
    await job.send(randomBytes(MIB));
    await reader.until((s) => s.data.at(-1)?.done > 0, "progress");
    job.cut();
    await reader.untilEnd();
    assert.equal(reader.events.at(-1).type, "failed");
    assert.equal(reader.data.at(-1).message, "The body did not arrive whole.");
    const again = openStream(url, { lastEventId: reader.lastEventId });
    await again.untilEnd();
    assert.equal(again.status, 204);
  });

  test("a cancelled upload stops and says so", async () => {
    const stream = streamAt(server.origin);
    const reader = openStream(stream.url);
    await reader.untilHeaders();
    const job = upload(stream.digestUrl, { length: 10 * MIB });
    await job.send(randomBytes(1024));
    await reader.untilEvents(1);
    assert.equal((await stream.cancel()).status, 200);
    // The job hears of it with its next progress.
    await job.send(randomBytes(1024));
    const { status, body } = await job.answer;
    assert.equal(status, 409);
    assert.match(body.detail, /cancelled/);
    job.cut();
    await reader.untilEnd();
    assert.deepEqual(types(reader).filter((type) => type !== "progress"), ["cancel", "cancelled"]);
  });

  test("an upload that is over before it hears that it was cancelled says so, too", async () => {
    const stream = streamAt(server.origin);
    assert.equal((await put(stream.url, "{}")).status, 201);
    assert.equal((await stream.cancel()).status, 200);
    const job = upload(stream.digestUrl, { length: 1024 });
    await job.send(randomBytes(1024));
    assert.equal((await job.answer).status, 409);
    const reader = openStream(stream.url);
    await reader.untilEnd();
    assert.equal(reader.events.at(-1).type, "cancelled");
  });

  test("the runtime is killed in the middle: the stream ends with `failed`", async () => {
    const stream = streamAt(server.origin);
    const job = upload(stream.digestUrl, { length: 10 * MIB });
    const reader = openStream(stream.url);
    await job.send(randomBytes(MIB));
    await reader.until((s) => s.data.at(-1)?.done > 0, "progress");
    await server.kill();
    // Nobody is left to say it but the lease that the object keeps on the job.
    const again = openStream(`${stream.url}?after=start`);
    await again.untilEnd(45_000);
    assert.equal(again.events.at(-1).type, "failed");
    assert.equal(again.data.at(-1).message, "The job stopped answering.");
  });
});

test("memory does not grow with the body", async () => {
  const resident = () => {
    const status = readFileSync(`/proc/${server.pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)[1]) * 1024;
  };
  const block = randomBytes(MIB);
  const digest = async (blocks) => {
    const { digestUrl } = streamAt(server.origin);
    const job = upload(digestUrl, { length: blocks * MIB });
    const hash = createHash("sha256");
    let most = 0;
    for (let n = 0; n < blocks; n += 1) {
      hash.update(block);
      await job.send(block);
      most = Math.max(most, resident());
    }
    job.end();
    assert.equal((await job.answer).body.sha256, hash.digest("hex"));
    return most;
  };
  await digest(64);
  const small = await digest(64);
  const large = await digest(512);
  // 448 MiB more went through. What the heap of a garbage collector breathes is
  // some tens of MiB; a body that was held would show whole.
  assert.ok(large - small < 96 * MIB, `${small / MIB} MiB for 64 MiB, ${large / MIB} MiB for 512 MiB`);
});
