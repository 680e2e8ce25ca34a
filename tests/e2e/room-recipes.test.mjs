// The recipes of rooms, as far as they need no page: who writes, buys and moves there
// does it over real sockets. Their pages are in tests/browser/room-recipes.test.mjs.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import * as Y from "yjs";

import { startProxy } from "./cuttable-proxy.mjs";
import { recipe } from "./recipe.mjs";
import { startServer } from "./server.mjs";
import { openSocket } from "./socket.mjs";
import { eventually, freshName } from "./streams.mjs";

let server;
before(async () => {
  server = await startServer();
});
after(() => server?.stop());

/** Of an answer that never comes nobody else tells: then a test fails, and does not hang. */
const DEADLINE = { timeout: 180_000 };

/** A recipe with a room of its own, as it is reached at `origin`. */
function prepare(name, { room = freshName(name), origin = server.origin } = {}) {
  return { room, url: `${server.origin}/v1/rooms/${room}`, code: recipe(name, { origin, room }) };
}

/** Joins a room and waits for the welcome, which is added. */
async function join(url, query) {
  const socket = await openSocket(`${url}?${new URLSearchParams(query)}`);
  await socket.untilEvents(1);
  return Object.assign(socket, { welcome: socket.events[0] });
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

test("chat: a server's line run again is still one message", async () => {
  const { url, code } = prepare("chat");
  const ann = await join(url, { name: "Ann" });
  const [first] = await code.runShell();
  const [again] = await code.runShell();
  assert.deepEqual([first.duplicate, again.duplicate, again.cursor], [false, true, first.cursor]);
  const { messages } = await (await fetch(`${url}/messages`)).json();
  assert.deepEqual(messages.map(({ text, from }) => [text, from]), [["17 is live", { id: "server", name: "Build" }]]);
  await ann.untilEvents(2);
  assert.deepEqual(ann.events[1], messages[0]);
  ann.close();
});

describe("multiplayer", () => {
  const PLAYERS = 20;

  /** Joins a room with all players; each is told of all. */
  async function gather(url) {
    const players = [];
    for (let n = 0; n < PLAYERS; n += 1) players.push(await join(url, { name: `P${n}`, tail: 0 }));
    await Promise.all(players.map((player) => player.until(() => countOf(player) === PLAYERS, "all players")));
    return players;
  }
  const countOf = (player) => player.events.findLast(({ count }) => count)?.count;

  /** The places of each player that one was shown, in order, by the players' ids. */
  function shownTo(player) {
    const shown = new Map();
    let read = 0;
    return () => {
      for (; read < player.events.length; read += 1) {
        const { type, from, data } = player.events[read];
        if (type !== "signal") continue;
        if (!shown.has(from.id)) shown.set(from.id, []);
        shown.get(from.id).push(data.n);
      }
      return shown;
    };
  }

  /** All players move `rounds` times, every `ms` to `steps` places in one go. */
  async function play(players, { rounds, ms, steps }) {
    const move = async (player, n) => {
      await wait((ms * n) / PLAYERS); // not all in the same instant
      for (let round = 0; round < rounds; round += 1) {
        for (let step = 0; step < steps; step += 1) {
          const data = { n: round * steps + step, x: Math.random(), y: Math.random() };
          player.send(JSON.stringify({ type: "signal", key: "pointer", data }));
        }
        await wait(ms);
      }
    };
    await Promise.all(players.map(move));
    return rounds * steps;
  }

  for (const { title, ...pace } of [
    { title: "20 players at 20 Hz", rounds: 100, ms: 50, steps: 1 },
    { title: "20 players at 40 Hz, four places at once", rounds: 40, ms: 100, steps: 4 },
  ]) {
    test(`multiplayer: ${title}: the last place of each reaches everybody else, and none goes back`, async (t) => {
      const { url } = prepare("multiplayer");
      const players = await gather(url);
      const places = await play(players, pace);
      let received = 0;
      for (const player of players) {
        const others = players.filter((other) => other !== player).map(({ welcome }) => welcome.you.id);
        const read = shownTo(player);
        await player.until(() => {
          const shown = read();
          return others.every((id) => shown.get(id)?.at(-1) === places - 1);
        }, "the last place of everybody else");
        const shown = read();
        assert.deepEqual([...shown.keys()].sort(), others.sort(), "of the others, and never of itself");
        for (const seen of shown.values()) {
          assert.ok(seen.every((n, at) => at === 0 || n > seen[at - 1]), `only forward: ${seen}`);
          received += seen.length;
        }
        assert.deepEqual(player.events.filter(({ type }) => type === "error"), []);
      }
      const sent = places * PLAYERS;
      const due = sent * (PLAYERS - 1);
      t.diagnostic(`${sent} signals sent, ${received} received of ${due}: ${due - received} were conflated`);
      for (const player of players) player.close();
    });
  }
});

describe("editing", () => {
  /** Somebody who writes in a room's text; what is written while away is kept for later. */
  class Editor {
    text = new Y.Doc().getText();
    #url;
    #last = "start";
    #unsent = [];
    #socket;

    constructor(url) {
      this.#url = url;
      this.text.doc.on("update", (update, by) => by === this || this.#unsent.push(update));
    }

    async comeIn() {
      this.#socket = await join(this.#url, { after: this.#last });
    }

    /** Sends what is unsent as one message; answers when it is stored. */
    async save() {
      const data = Buffer.from(Y.mergeUpdates(this.#unsent.splice(0))).toString("base64");
      const id = crypto.randomUUID();
      this.#socket.send(JSON.stringify({ type: "message", id, data }));
      await this.#socket.until(({ events }) => events.some((event) => event.type === "ack" && event.id === id));
    }

    /** Takes what the room has, up to the newest message there is. */
    async catchUp() {
      const { head } = await (await fetch(`${this.#url}/messages`)).json();
      if (head === this.#last) return;
      await this.#socket.until(({ events }) => events.some(({ at, cursor }) => at && cursor === head), head);
      for (const { type, data, cursor } of this.#socket.events.splice(0)) {
        if (type !== "message") continue;
        Y.applyUpdate(this.text.doc, Buffer.from(data, "base64"), this);
        this.#last = cursor;
      }
    }

    async leave() {
      this.#socket.close();
      await this.#socket.untilClosed();
    }
  }

  test("editing: two who wrote while one was away have the same text, and so has who comes late", async () => {
    const { url } = prepare("editing");
    const [ann, bo] = [new Editor(url), new Editor(url)];
    await ann.comeIn();
    await bo.comeIn();
    ann.text.insert(0, "Dear all,\nbye");
    await ann.save();
    await bo.catchUp();
    assert.equal(`${bo.text}`, "Dear all,\nbye");
    await ann.leave();
    // Both in the same place, a word at a time, and one deletes what the other keeps.
    for (const word of ["it ", "rains ", "🦀 "]) ann.text.insert(ann.text.length - 3, word);
    ann.text.delete(0, 4);
    for (const word of ["the ", "sun ", "shines "]) bo.text.insert(bo.text.length - 3, word);
    await bo.save();
    await ann.comeIn();
    await ann.save();
    const late = new Editor(url);
    await late.comeIn();
    for (const editor of [ann, bo, late]) await editor.catchUp();
    assert.equal(`${ann.text}`, `${bo.text}`);
    assert.equal(`${late.text}`, `${bo.text}`);
    assert.match(`${late.text}`, /^ all,\n/);
    for (const written of ["it rains 🦀 ", "the sun shines ", "bye"]) assert.ok(`${late.text}`.includes(written), `${late.text}`);
    for (const editor of [ann, bo, late]) await editor.leave();
  });
});

describe("trading", () => {
  /** Who buys with the recipe's module, each with an instance of its own. */
  const buyersOf = (code, count) => Promise.all(Array.from({ length: count }, () => code.runModule()));

  /** Closes the room until all buyers have been told, some of whom may be on their way back to it. */
  async function close(url, buyers) {
    const codes = [];
    for (const { on } of buyers) on.over = (code) => codes.push(code);
    const closeOnce = async () => {
      await fetch(url, { method: "DELETE" });
      return codes.length;
    };
    await eventually(closeOnce, (told) => told === buyers.length, 120_000);
    assert.deepEqual(new Set(codes), new Set([4404]));
  }

  const stateOf = async (url) => {
    const observer = await join(url, { tail: 0 });
    observer.close();
    return observer.welcome.state;
  };

  test("trading: two buyers, one lot, exactly one wins", DEADLINE, async () => {
    const { url, code } = prepare("trading");
    const [ann, bo] = await buyersOf(code, 2);
    const answers = await Promise.all([ann.order("lot", "ann"), bo.order("lot", "bo")]);
    const won = answers.findIndex(({ type }) => type === "ack");
    const winner = ["ann", "bo"][won];
    const { code: why, value, version } = answers[1 - won];
    assert.deepEqual([answers[won].version, why, value, version], [1, "conflict", winner, 1]);
    assert.deepEqual(await stateOf(url), { lot: { value: winner, version: 1 } });
    // A bid names the version that it is over.
    const [over, late] = [await ann.order("lot", "ann again", 1), await bo.order("lot", "bo again", 1)];
    assert.deepEqual([over.type, over.version, late.code, late.version], ["ack", 2, "conflict", 2]);
    await close(url, [ann, bo]);
  });

  test("trading: the winner whose answer was lost asks again, and is told of having won", DEADLINE, async () => {
    const proxy = await startProxy(server.origin);
    try {
      const { room, url, code } = prepare("trading");
      const [bo] = await buyersOf(code, 1);
      const [ann] = await buyersOf(prepare("trading", { room, origin: proxy.origin }).code, 1);
      const sold = [];
      bo.on.state = (frame) => sold.push(frame);
      for (const buyer of [bo, ann]) assert.equal((await buyer.order(crypto.randomUUID(), "is in")).type, "ack");
      proxy.deafen();
      let told = false;
      const answer = ann.order("lot", "ann").finally(() => (told = true));
      // Bo waits for it to be sold, and is refused.
      await new Promise((resolve) => {
        bo.on.state = (frame) => {
          sold.push(frame);
          if (frame.key === "lot") resolve();
        };
      });
      const refused = await bo.order("lot", "bo");
      assert.deepEqual([refused.code, refused.value, told], ["conflict", "ann", false]);
      proxy.cut();
      const { type, key, version } = await answer;
      assert.deepEqual([type, key, version], ["ack", "lot", 1]);
      // By now everything that ann has sent again would have been shown.
      assert.equal((await bo.order("end", "bo")).type, "ack");
      assert.equal(sold.filter(({ key }) => key === "lot").length, 1, "sold once");
      assert.deepEqual((await stateOf(url)).lot, { value: "ann", version: 1 });
      await close(url, [ann, bo]);
    } finally {
      await proxy.stop();
    }
  });

  /** All order every lot at once; of each lot one is told that it is theirs, and all others whose it is. */
  async function race(url, buyers, disturb = () => {}) {
    const lots = Array.from({ length: 10 }, (_, n) => `lot-${n}`);
    const orders = buyers.flatMap(({ order }, buyer) =>
      lots.map(async (lot) => ({ lot, buyer, answer: await order(lot, buyer) })),
    );
    await disturb(lots);
    const all = await Promise.all(orders);
    const state = await stateOf(url);
    for (const lot of lots) {
      const asked = all.filter((order) => order.lot === lot);
      const winners = asked.filter(({ answer }) => answer.type === "ack");
      assert.equal(winners.length, 1, `${lot} has ${winners.length} buyers`);
      assert.deepEqual(state[lot], { value: winners[0].buyer, version: 1 });
      for (const { answer } of asked.filter((order) => order !== winners[0])) {
        assert.deepEqual([answer.code, answer.value, answer.version], ["conflict", winners[0].buyer, 1]);
      }
    }
  }

  test("trading: 20 buyers, 10 lots, all at once: each lot is sold exactly once", DEADLINE, async () => {
    const { url, code } = prepare("trading");
    const buyers = await buyersOf(code, 20);
    await race(url, buyers);
    await close(url, buyers);
  });

  test("trading: all answers are lost and the server is killed: each lot is still sold exactly once", DEADLINE, async () => {
    const proxy = await startProxy(server.origin);
    try {
      const { url, code } = prepare("trading", { origin: proxy.origin });
      const buyers = await buyersOf(code, 20);
      await Promise.all(buyers.map(({ order }, buyer) => order(`buyer-${buyer}`, "is in")));
      const observer = await join(url, { tail: 0 });
      proxy.deafen();
      let told = 0;
      for (const { on } of buyers) {
        const { ack } = on;
        on.ack = (answer) => {
          told += 1;
          ack(answer);
        };
      }
      await race(url, buyers, async (lots) => {
        const isSold = ({ events }, lot) => events.some(({ type, key }) => type === "state" && key === lot);
        await observer.until((socket) => lots.every((lot) => isSold(socket, lot)), "all lots to be sold");
        assert.equal(told, 0);
        await server.kill();
        proxy.cut();
      });
      await close(url, buyers);
    } finally {
      await proxy.stop();
    }
  });
});
