/**
 * What this member does to messages that are there. Each deed is shown at once, as the
 * intent of its entry, and waits in the SDK's outbox while there is no connection.
 */

import { isOn } from './deeds.js';

export class Amending {
  #room;
  #conversation;
  #composer;
  #changed;
  #refused;
  #say;
  /** The cursor of the message that is being edited. */
  #edited = null;

  /**
   * `changed()` is called when something is to be drawn, `refused(code)` when a deed was
   * not taken, `say(what)` for what only ears have to be told.
   */
  constructor({ room, conversation, composer, changed, refused, say }) {
    this.#room = room;
    this.#conversation = conversation;
    this.#composer = composer;
    this.#changed = changed;
    this.#refused = refused;
    this.#say = say;
  }

  /** For a button of the message at `cursor`. */
  act(deed, cursor, emoji) {
    const entry = this.#conversation.at(cursor);
    if (!entry) return;
    if (deed === 'react') this.#react(entry, emoji);
    else if (deed === 'edit') this.#edit(entry);
    else if (deed === 'delete') this.#delete(entry);
    else if (deed === 'calm') this.#calm(entry);
    else if (deed === 'retry') this.#retry(entry);
    else if (deed === 'discard') this.#intend(cursor, { text: undefined, refusal: undefined });
  }

  /** The edited text is to be stored. */
  save(text) {
    const cursor = this.#edited;
    const entry = this.#conversation.at(cursor);
    if (entry && !entry.message.deleted && text === entry.message.text) {
      this.#intend(cursor, { text: undefined, refusal: undefined });
    } else this.#store(cursor, text);
  }

  /** Whether it is saved or not, nothing is being edited any more; the message that was. */
  leave() {
    const cursor = this.#edited;
    this.#edited = null;
    if (cursor) this.#intend(cursor, { editing: false });
    return cursor;
  }

  #intend(cursor, change) {
    const known = this.#conversation.intend(cursor, change);
    this.#changed();
    return known;
  }

  #react(entry, emoji) {
    const { message: { cursor }, intent } = entry;
    const wanted = { on: !isOn(entry, emoji, this.#room.me) };
    this.#intend(cursor, { reactions: { ...intent?.reactions, [emoji]: wanted } });
    this.#room.react(cursor, emoji, wanted.on).catch(({ code }) => this.#refused(code)).finally(() => {
      const { [emoji]: last, ...rest } = this.#conversation.at(cursor)?.intent?.reactions ?? {};
      // Whoever has changed their mind meanwhile waits for another answer.
      if (last === wanted) this.#intend(cursor, { reactions: rest });
    });
  }

  #edit({ message: { cursor, text }, intent }) {
    this.leave();
    this.#edited = cursor;
    this.#intend(cursor, { editing: true });
    this.#composer.edit(intent?.text ?? text);
  }

  #store(cursor, text) {
    const intent = { text, refusal: undefined };
    // One that is not shown any more has no place for its text.
    const restore = (code) => {
      this.#refused(code);
      if (!this.#isLast(cursor, text)) return;
      if (!this.#intend(cursor, { refusal: code })) this.#composer.restore(text);
    };
    this.#intend(cursor, intent);
    this.#room.edit(cursor, text).then(() => {
      if (this.#isLast(cursor, text)) this.#intend(cursor, { text: undefined });
    }, ({ code = 'other' }) => restore(code));
  }

  #isLast(cursor, text) {
    const entry = this.#conversation.at(cursor);
    return !entry || entry.intent?.text === text;
  }

  #retry({ message: { cursor, deleted }, intent: { text } }) {
    if (!deleted) return this.#store(cursor, text);
    // What is gone cannot be edited, but what was to be said can be said anew.
    this.#intend(cursor, { text: undefined, refusal: undefined });
    return this.#composer.restore(text);
  }

  /** Asks first; the button itself is the question. */
  #delete({ message: { cursor }, intent }) {
    if (!intent?.armed) {
      this.#intend(cursor, { armed: true });
      this.#say('sureHint');
      return;
    }
    this.#say(null);
    if (this.#edited === cursor) {
      this.#composer.leave();
      this.leave();
    }
    this.#intend(cursor, { armed: false, deleted: true });
    this.#room.delete(cursor).catch(({ code }) => this.#refused(code)).finally(() => this.#intend(cursor, { deleted: false }));
  }

  #calm({ message: { cursor }, intent }) {
    if (!intent?.armed) return;
    this.#say(null);
    this.#intend(cursor, { armed: false });
  }
}
