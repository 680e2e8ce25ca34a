// What a client has seen of a room, however it is written, in the same few words.

import { Waiting } from "../e2e/waiting.mjs";

/** How long a wait lasts. It only says when to give up. */
const PATIENCE_MS = 60_000;

export class Member {
  /** All frames in the order of arrival. */
  frames = [];
  /** Why the client stays away for good; undefined while it does not. */
  stopped = undefined;
  /** Says a frame; given by whoever starts the client. */
  say = undefined;
  /** Ends the client, wherever it stands; likewise. */
  leave = undefined;

  #waiting = new Waiting();

  add(frame) {
    this.frames.push(frame);
    this.#changed();
  }

  /** The client has stopped by itself. */
  stop(why) {
    this.stopped ??= why;
    this.#changed();
  }

  of(type) {
    return this.frames.filter((frame) => frame.type === type);
  }

  /** Everything that is in the room's log. */
  get events() {
    return this.frames.filter(({ type }) => ["message", "edited", "deleted", "reaction"].includes(type));
  }

  /** The cursors with which a frame was acknowledged. */
  acksOf(id) {
    return this.of("ack").filter((ack) => ack.id === id).map((ack) => ack.cursor);
  }

  untilWelcomes(count) {
    return this.until(() => this.of("welcome").length >= count, `${count} welcomes`);
  }

  untilEvents(count) {
    return this.until(() => this.events.length >= count, `${count} events`);
  }

  untilAcked(id) {
    return this.until(() => this.acksOf(id).length > 0, `the ack of ${id}`);
  }

  untilStopped() {
    return this.until(() => this.stopped !== undefined, "the client to stop for good");
  }

  until(condition, what) {
    return this.#waiting.until(condition, PATIENCE_MS, () => {
      const last = JSON.stringify(this.frames.slice(-3)).slice(0, 1000);
      return `waited in vain for ${what}; stopped: ${this.stopped}; ${this.frames.length} frames, the last: ${last}`;
    });
  }

  #changed() {
    this.#waiting.changed();
  }
}

/**
 * What starts a client at a URL, written as the documentation has it: `join(url, onFrame,
 * onStop, options)` answers how it says something and how it leaves.
 */
export const memberBy =
  (join, options = {}) =>
  (url, more = {}) => {
    const member = new Member();
    return Object.assign(
      member,
      join(
        url,
        (frame) => member.add(frame),
        (why) => member.stop(why),
        { ...options, ...more },
      ),
    );
  };
