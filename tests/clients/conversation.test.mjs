// What clients keep from one connection to the next, without a connection.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Conversation } from "./conversation.mjs";

function talk() {
  const sent = [];
  const heard = [];
  const conversation = new Conversation((text) => sent.push(text), (frame) => heard.push(frame));
  return { sent, heard, conversation };
}

test("a conversation is alive as long as pings, or anything else, are answered", () => {
  const { sent, conversation } = talk();
  assert.equal(conversation.isAlive(), true, "a connection has its chance");
  conversation.hear("pong");
  assert.equal(conversation.isAlive(), true);
  conversation.hear('{"type":"typing","on":true}');
  assert.equal(conversation.isAlive(), true);
  assert.deepEqual(sent, ["ping", "ping", "ping"]);
  assert.equal(conversation.isAlive(), false);
  conversation.hear("pong");
  assert.equal(conversation.isAlive(), true);
});

test("what was said is sent one at a time, and again after each welcome until it is answered", () => {
  const { sent, conversation } = talk();
  const frames = ["a", "b", "c"].map((id) => ({ type: "message", id, text: id }));
  for (const frame of frames) conversation.say(frame);
  const ids = () => sent.map((text) => JSON.parse(text).id).join("");
  assert.equal(ids(), "a");
  conversation.hear('{"type":"welcome","cursor":"e.0"}');
  assert.equal(ids(), "aa");
  // Sent twice, and so acknowledged twice.
  conversation.hear('[{"type":"ack","id":"a","cursor":"e.1"},{"type":"ack","id":"a","cursor":"e.1"}]');
  assert.equal(ids(), "aab");
  conversation.hear('{"type":"error","code":"too_long","id":"b"}');
  assert.equal(ids(), "aabc");
  // Of something that was not said here, such as a presence.
  conversation.hear('{"type":"error","code":"too_long"}');
  conversation.hear('{"type":"ack","id":"c","cursor":"e.2"}');
  conversation.hear('{"type":"welcome","cursor":"e.2"}');
  assert.equal(ids(), "aabc");
});

test("the place is that of the last event, and not that of an answer", () => {
  const { heard, conversation } = talk();
  assert.equal(conversation.after, "start");
  conversation.hear('{"type":"welcome","cursor":"e.9"}');
  assert.equal(conversation.after, "start");
  conversation.hear('[{"type":"message","cursor":"e.1","id":"x"},{"type":"reaction","cursor":"e.2"}]');
  assert.equal(conversation.after, "e.2");
  conversation.hear('{"type":"ack","id":"a","cursor":"e.9"}');
  conversation.hear('{"type":"gap","requested":"e.1","oldest":"e.5","head":"e.9"}');
  assert.equal(conversation.after, "e.2");
  assert.deepEqual(heard.map(({ type }) => type), ["welcome", "message", "reaction", "ack", "gap"]);
});
