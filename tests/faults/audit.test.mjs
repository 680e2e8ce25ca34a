// The auditor is only worth something if it finds what is wrong.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { auditLog, auditMessages, auditSeen } from "./audit.mjs";
import { auditState } from "./audit-state.mjs";

/** A log of these tokens; `at` names other places than 1, 2, 3 … */
const logOf = (tokens, at = tokens.map((_, n) => n + 1)) =>
  tokens.map((token, n) => ({ cursor: `e.${at[n]}`, token, print: `${token}!` }));

/** What one sender sent, all of it acknowledged with its cursor. */
const sentOf = (tokens) => logOf(tokens).map((event) => ({ ...event, by: event.token[0], outcome: "acked" }));

const ALL = ["a1", "a2", "b1", "a3"];
const promises = (findings) => findings.map(({ promise }) => promise);

describe("what is stored", () => {
  const audit = (stored, sent = sentOf(ALL)) => promises(auditLog("log", sent, stored));

  test("all of it once, in order: nothing is found", () => {
    assert.deepEqual(audit(logOf(ALL)), []);
    assert.deepEqual(promises(auditLog("log", [], [])), []);
  });

  test("a loss", () => {
    assert.deepEqual(audit(logOf(["a1", "a2", "b1"])), ["loss"]);
    assert.deepEqual(audit([]), ["loss", "loss", "loss", "loss"]);
  });

  test("a repetition", () => {
    assert.deepEqual(audit(logOf([...ALL, "a2"])), ["repetition"]);
  });

  test("a hole", () => {
    const sent = sentOf(ALL).map((item) => (item.token === "a3" ? { ...item, cursor: "e.5" } : item));
    assert.deepEqual(audit(logOf(ALL, [1, 2, 3, 5]), sent), ["hole"]);
    assert.deepEqual(audit(logOf(["a1"], [2]), [{ token: "a1", by: "a", outcome: "acked" }]), ["hole"]);
  });

  test("a wrong order of the cursors", () => {
    assert.deepEqual(audit([0, 2, 1, 3].map((n) => logOf(ALL)[n])), ["hole", "order"]);
  });

  test("a wrong order of what one sent", () => {
    const sent = sentOf(ALL).map(({ cursor: _, ...item }) => item);
    assert.deepEqual(audit(logOf(["a2", "a1", "b1", "a3"]), sent), ["order"]);
    assert.deepEqual(audit(logOf(["b1", "a1", "a2", "a3"]), sent), [], "of several it is nobody's");
  });

  test("what nobody sent, what was changed, and what was refused", () => {
    assert.deepEqual(audit(logOf([...ALL, "c1"])), ["invention"]);
    assert.deepEqual(audit(logOf(ALL).map((event, n) => (n === 2 ? { ...event, print: "?" } : event))), ["change"]);
    const sent = sentOf(ALL).map((item, n) => (n === 3 ? { ...item, cursor: undefined, outcome: "refused" } : item));
    assert.deepEqual(audit(logOf(ALL), sent), ["refusal"]);
  });

  test("an acknowledgement with another's cursor, and another life", () => {
    const sent = sentOf(ALL).map((item, n) => (n === 3 ? { ...item, cursor: "e.3" } : item));
    assert.deepEqual(audit(logOf(ALL), sent), ["cursor"]);
    const other = [...logOf(ALL).slice(0, 3), { cursor: "f.4", token: "a3", print: "a3!" }];
    assert.deepEqual(audit(other), ["epoch", "cursor"]);
  });

  test("what was given up may be there or not, but not twice; what was not must be answered", () => {
    const items = (outcome) => sentOf(ALL).map((item, n) => (n === 3 ? { ...item, cursor: undefined, outcome } : item));
    assert.deepEqual(audit(logOf(ALL), items("given up")), []);
    assert.deepEqual(audit(logOf(ALL.slice(0, 3)), items("given up")), []);
    assert.deepEqual(audit(logOf([...ALL, "a3"]), items("given up")), ["repetition"]);
    assert.deepEqual(audit(logOf(ALL), items("open")), ["answer"]);
  });
});

describe("what a client saw", () => {
  const audit = (seen, complaints) => promises(auditSeen({ who: "ann", seen, complaints }, logOf(ALL)));

  test("all of it once, in order: nothing is found", () => {
    assert.deepEqual(audit(logOf(ALL)), []);
  });

  test("a loss, in the middle and at the end", () => {
    assert.deepEqual(audit([0, 2, 3].map((n) => logOf(ALL)[n])), ["loss"]);
    assert.deepEqual(audit(logOf(ALL).slice(1)), ["loss"]);
    assert.deepEqual(audit(logOf(ALL).slice(0, 3)), ["loss"]);
    assert.deepEqual(audit([]), ["loss"]);
  });

  test("a repetition, and a wrong order", () => {
    assert.deepEqual(audit([0, 1, 1, 2, 3].map((n) => logOf(ALL)[n])), ["repetition"]);
    assert.deepEqual(audit([0, 2, 1, 3].map((n) => logOf(ALL)[n])), ["loss", "order"]);
  });

  test("what is not there, or says something else, or is of another life", () => {
    assert.deepEqual(audit(logOf([...ALL, "a4"])), ["phantom"]);
    assert.deepEqual(audit(logOf(["a1", "a2", "b1", "b2"])), ["phantom"]);
    assert.deepEqual(audit(logOf(ALL).map((event) => ({ ...event, print: "?" }))).length, 4);
    assert.deepEqual(audit([...logOf(ALL).slice(0, 3), { cursor: "f.4", token: "a3" }]), ["phantom"]);
  });

  test("what it was told and should not have been", () => {
    assert.deepEqual(audit(logOf(ALL), ["a gap"]), ["protocol"]);
  });
});

describe("what a room shows of its messages", () => {
  const from = { id: "ann" };
  const texts = new Map([["m1", "one"], ["m2", "two"]]);
  const events = [
    { type: "message", token: "m1", cursor: "e.1", from },
    { type: "message", token: "m2", cursor: "e.2", from },
    { type: "edited", token: "e1", cursor: "e.3", target: "e.1", text: "uno", from },
    { type: "reaction", token: "r1", cursor: "e.4", target: "e.1", emoji: "x", op: "add", from },
    { type: "deleted", token: "d1", cursor: "e.5", target: "e.2", from },
  ];
  const shown = [{ cursor: "e.1", text: "uno", reactions: { x: ["ann"] } }, { cursor: "e.2", deleted: true }];
  const audit = (...messages) => promises(auditMessages("room", texts, events, messages));

  test("as they are now: nothing is found", () => {
    assert.deepEqual(audit(...shown), []);
  });

  test("a message, an edit, a deletion, a reaction that is lost; one that came back", () => {
    assert.deepEqual(audit(shown[0]), ["loss"]);
    assert.deepEqual(audit({ ...shown[0], text: "one" }, shown[1]), ["change"]);
    assert.deepEqual(audit(shown[0], { cursor: "e.2", text: "two" }), ["change", "change"]);
    assert.deepEqual(audit({ ...shown[0], reactions: {} }, shown[1]), ["change"]);
    const removed = [...events, { ...events[3], token: "r2", cursor: "e.6", op: "remove" }];
    assert.deepEqual(promises(auditMessages("room", texts, removed, shown)), ["change"]);
  });

  test("an edit of what is not there", () => {
    assert.deepEqual(promises(auditMessages("room", texts, events.slice(1), [{ cursor: "e.2", deleted: true }])), ["order", "order"]);
  });
});

describe("shared state", () => {
  const set = (id, key, value, version, outcome = "acked") => ({ id, by: id[0], key, value, version, outcome });
  const sets = [set("a1", "k", 1, 1), set("b1", "k", 2, 2), set("a2", "k", 3, 3)];
  const view = (version, value, more = {}) => ({ who: "ann", connection: 1, key: "k", value, version, ...more });
  const views = [view(1, 1), view(2, 2), view(3, 3)];
  const final = { k: { value: 3, version: 3 } };
  const audit = (state) => promises(auditState("room", { sets, views, final, ...state }));

  test("versions that grow, up to the last: nothing is found", () => {
    assert.deepEqual(audit({}), []);
    assert.deepEqual(audit({ views: [view(3, 3), view(3, 3, { connection: 2, whole: true })] }), []);
  });

  test("an acknowledged change that is lost", () => {
    assert.deepEqual(audit({ final: { k: { value: 2, version: 2 } } }), ["loss"]);
    assert.deepEqual(audit({ final: {} }), ["loss"]);
    assert.deepEqual(audit({ final: { k: { value: 2, version: 3 } } }), ["fork"]);
  });

  test("a change that was made twice", () => {
    assert.deepEqual(audit({ final: { k: { value: 3, version: 4 } } }), ["repetition"]);
    assert.deepEqual(audit({ sets: [...sets, set("c1", "k", 3, 3)], final: { k: { value: 3, version: 4 } } }), ["repetition"]);
    assert.deepEqual(audit({ sets: [...sets, set("c1", "k", 4, undefined, "given up")], final: { k: { value: 4, version: 4 } } }), []);
  });

  test("versions that shrink, come twice, or mean two things", () => {
    assert.deepEqual(audit({ views: [view(3, 3), view(2, 2)] }), ["growth"]);
    assert.deepEqual(audit({ views: [view(3, 3, { connection: 1 }), view(2, 2, { connection: 2, whole: true })] }), ["growth"]);
    assert.deepEqual(audit({ views: [view(3, 3), view(3, 3)] }), ["repetition"]);
    assert.deepEqual(audit({ views: [view(2, 5)] }), ["fork"]);
    assert.deepEqual(audit({ sets: [set("a1", "k", 1, 2), set("a2", "k", 2, 1), set("a3", "k", 3, 3)], views: [] }), ["order"]);
  });

  test("a key that is removed and set anew only grows", () => {
    const removed = [set("a1", "k", 1, 1), set("a2", "k", null, 2), set("a3", "k", 3, 7)];
    assert.deepEqual(audit({ sets: removed, views: [], final: { k: { value: 3, version: 7 } } }), []);
    assert.deepEqual(audit({ sets: removed, views: [], final: { k: { value: 1, version: 1 } } }), ["loss"]);
    assert.deepEqual(audit({ sets: removed.slice(0, 2), views: [], final: {} }), []);
  });

  test("versions count the changes from where they begin", () => {
    const other = [set("a0", "j", null, 4), ...sets.map((one) => ({ ...one, version: one.version + 4 }))];
    assert.deepEqual(audit({ sets: other, views: [], final: { k: { value: 3, version: 7 } } }), []);
    assert.deepEqual(audit({ sets: other, views: [], final: { k: { value: 3, version: 8 } } }), ["repetition"]);
    assert.deepEqual(audit({ sets: other.slice(1), views: [], final: { k: { value: 3, version: 7 } } }), ["repetition"]);
  });

  test("a change that was never answered", () => {
    assert.deepEqual(audit({ sets: [...sets, set("c1", "k", 4, undefined, "open")] }), ["answer"]);
  });
});
