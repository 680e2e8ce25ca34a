/** `<tidings-chat>`: a room to read and write in. */

import { joinRoom } from '../tidings.js';
import { Amending } from './amending.js';
import { Announcer } from './announcer.js';
import { CHAT_STYLE } from './chat-style.js';
import { CHAT_LABELS, refusalText } from './chat-words.js';
import { Composer } from './composer.js';
import { Conversation } from './conversation.js';
import { DEEDS_STYLE } from './deeds-style.js';
import { emojiOf, REACTIONS } from './deeds.js';
import { History } from './history.js';
import { phrase } from './labels.js';
import { LiveElement } from './live-element.js';
import { node, write } from './node.js';
import { People } from './people.js';
import { StateLine } from './state-line.js';
import { Timeline } from './timeline.js';

/** So many messages stay on the page; older ones are loaded again when somebody scrolls up. */
const MOST_SHOWN = 1000;

/** So long nothing is read aloud when the past comes. */
const PAST_MS = 1000;

export class TidingsChat extends LiveElement {
  static observedAttributes = ['src', 'name', 'token', 'label', 'reactions'];

  #room = null;
  #me = undefined;
  #url = '';
  #conversation = new Conversation();
  #history = null;
  #amending = null;
  /** What is before the first message: `unknown`, `none`, `more`, or `loading`. */
  #past = 'unknown';
  #pastFailed = false;
  #planned = false;
  #failed = false;
  #closedForWriting = false;
  #settling = null;
  #rights = null;
  #announcer = null;

  #state = new StateLine();
  #people = new People();
  #timeline = new Timeline({ act: (...deed) => this.#act(...deed), wantEarlier: (asked) => this.#loadEarlier(asked) });
  #composer = new Composer({
    onSay: (text) => this.#say(text),
    onSave: (text) => this.#save(text),
    onLeave: (given) => this.#leaveEdit(given),
    onTyping: (on) => this.#room?.typing(on),
  });
  #title = node('span', { class: 'title', part: 'title', dir: 'auto' });
  #notice = node('p', { class: 'notice line', part: 'notice', id: 'trouble', role: 'status', dir: 'auto' });
  #aloud = node('p', { class: 'unseen', role: 'status' });
  #frame = node('section', { class: 'frame', part: 'frame' },
    node('div', { class: 'head', part: 'head' }, this.#title, this.#people.node, this.#state.node),
    this.#timeline.node,
    node('div', { class: 'under' }, this.#people.typingNode, this.#notice),
    this.#composer.node, this.#aloud);

  constructor() {
    super(CHAT_LABELS, CHAT_STYLE, DEEDS_STYLE);
    this.shadowRoot.append(this.#frame);
  }

  get name() {
    return this.getAttribute('name') ?? '';
  }

  set name(name) {
    this.setAttribute('name', name);
  }

  /** The emoji that are offered to react with; '' for none. */
  get reactions() {
    return this.getAttribute('reactions') ?? REACTIONS;
  }

  set reactions(emoji) {
    this.setAttribute('reactions', emoji);
  }

  /** The SDK's room, for whoever wants more than is shown; null while the element is in no page. */
  get room() {
    return this.#room;
  }

  begin(url) {
    this.#announcer = new Announcer((text) => write(this.#aloud, text));
    // A message of another room cannot be edited in this one.
    this.#composer.leave({ keep: true });
    this.#conversation = this.#conversationAt(url);
    this.#history = new History(url, this.token);
    this.#past = 'unknown';
    this.#failed = false;
    this.#pastFailed = false;
    this.#closedForWriting = false;
    write(this.#notice, '');
    this.#timeline.watch();
    this.#timeline.toEnd();
    try {
      this.#room = joinRoom(url, { token: this.token, name: this.name || undefined });
      this.#amending = this.#amendingIn(this.#room);
      this.#listen(this.#room);
    } catch {
      // An address that none can be joined at.
      this.#failed = true;
    }
    this.#onStatus();
    this.relabel();
  }

  /** A new one. What was not sent to the same room, under another name say, can be sent with a button. */
  #conversationAt(url) {
    const unsent = url === this.#url ? this.#conversation.unsent : [];
    this.#url = url;
    const conversation = new Conversation();
    for (const text of unsent) conversation.refused(conversation.say(text), 'other');
    return conversation;
  }

  end() {
    this.#announcer.stop();
    this.#state.stop();
    clearTimeout(this.#settling);
    this.#history.stop();
    this.#timeline.unwatch();
    this.#people.nobodyTypes();
    // First nobody's, then closed: what it says at its end is of no interest any more.
    const room = this.#room;
    this.#room = null;
    room?.close();
  }

  relabel() {
    const { labels } = this;
    this.#frame.lang = labels.locale;
    this.#frame.setAttribute('aria-label', this.label);
    write(this.#title, this.label);
    this.#timeline.relabel(labels);
    this.#timeline.offerEarlier(this.#past, labels);
    this.#composer.relabel(labels);
    this.#drawPeople();
    this.#drawState();
    this.#drawComposer();
    this.#draw();
  }

  #amendingIn(room) {
    const isOurs = () => room === this.#room;
    return new Amending({
      room,
      conversation: this.#conversation,
      composer: this.#composer,
      changed: () => this.#plan(),
      refused: (code = 'other') => {
        // Why a room is closed for good it says itself.
        if (isOurs()) write(this.#notice, refusalText(code === 'closed' ? room.status.reason : code, this.labels));
      },
      say: (word) => write(this.#aloud, word ? this.labels[word] : ''),
    });
  }

  #listen(room) {
    /** A room that was left has no say any more. */
    const on = (name, listener) => room.on(name, (...news) => {
      if (room === this.#room) listener(...news);
    });
    on('welcome', (frame) => this.#onWelcome(frame));
    on('message', (message) => this.#onMessage(message));
    on('frame', (frame) => {
      if (!['edited', 'deleted', 'reaction'].includes(frame.type)) return;
      this.#conversation.amend(frame);
      this.#plan();
    });
    on('gap', (gap) => {
      this.#conversation.lose(gap);
      this.#plan();
    });
    on('members', () => this.#drawPeople());
    on('typing', (from, typing) => {
      if (from.id !== this.#me?.id) this.#people.typing(from, typing);
    });
    on('error', (refusal) => write(this.#notice, refusalText(refusal.code, this.labels)));
    on('status', () => this.#onStatus());
  }

  #onWelcome(frame) {
    this.#me = this.#room.me;
    this.#closedForWriting = frame.read_only === true && this.#me?.role !== 'moderator';
    this.#people.nobodyTypes();
    this.#drawPeople();
    this.#drawComposer();
    this.#hush();
    this.#plan();
  }

  #hush() {
    this.#timeline.aloud = false;
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      this.#timeline.aloud = true;
    }, PAST_MS);
  }

  #onMessage(message) {
    const own = message.from.id === this.#me?.id;
    const fresh = this.#conversation.take(message, own);
    if (fresh && !own) this.#people.typing(message.from, false);
    this.#plan();
    this.tell('message', message);
  }

  #onStatus() {
    const { state } = this.#status;
    if (state !== 'open') this.#people.nobodyTypes();
    this.#drawState();
    this.#drawComposer();
    this.#plan();
    this.tell('status', this.#status);
  }

  get #status() {
    return this.#room?.status ?? (this.#failed ? { state: 'closed', reason: 'other' } : { state: 'connecting' });
  }

  /** Whether a text can be sent at all; the room would refuse it. */
  #fits(text) {
    if (!this.#room) return false;
    const most = this.#room.limits?.text_chars ?? Infinity;
    const fits = [...text].length <= most;
    write(this.#notice, fits ? '' : phrase(this.labels.tooLong, most));
    return fits;
  }

  #save(text) {
    const fits = this.#fits(text);
    if (fits) this.#amending.save(text);
    return fits;
  }

  /** Whoever has given an edit up goes on where it began. */
  #leaveEdit(given) {
    const cursor = this.#amending?.leave();
    if (given && cursor) this.#timeline.focus(cursor, 'edit');
  }

  #say(text) {
    if (!this.#fits(text)) return false;
    const conversation = this.#conversation;
    const id = conversation.say(text);
    this.#room.send(text).then(
      ({ cursor }) => conversation.stored(id, cursor),
      ({ code }) => conversation.refused(id, code ?? 'other'),
    ).finally(() => this.#plan());
    // Whoever says something wants to see it.
    this.#timeline.toEnd();
    this.#plan();
    return true;
  }

  /** The buttons of a message. */
  #act(deed, { kind, id, message }, emoji) {
    if (kind === 'pending') {
      const text = this.#conversation.forget(id);
      this.#plan();
      if (deed === 'retry' && !this.#say(text)) this.#composer.restore(text);
      this.#composer.focus();
      return;
    }
    if (deed !== 'calm') write(this.#notice, '');
    this.#amending.act(deed, message.cursor, emoji);
  }

  /** `asked` with the button, and not by scrolling, which after a failure tries no more. */
  async #loadEarlier(asked) {
    const conversation = this.#conversation;
    const { oldest } = conversation;
    if (this.#past !== 'more' || !oldest || (this.#pastFailed && !asked)) return;
    this.#setPast('loading');
    try {
      const page = await this.#history.before(oldest);
      if (conversation !== this.#conversation) return;
      conversation.prepend(page.messages, ({ from }) => from.id === this.#me?.id);
      this.#pastFailed = false;
      this.#hush();
      this.#show();
      this.#setPast(page.more ? 'more' : 'none');
    } catch {
      if (conversation !== this.#conversation || !this.isConnected) return;
      this.#pastFailed = true;
      write(this.#notice, this.labels.historyFailed);
      this.#setPast('more');
    }
  }

  #setPast(past) {
    if (past === this.#past && past !== 'more') return;
    this.#past = past;
    this.#timeline.offerEarlier(past, this.labels);
  }

  /** What comes together is drawn once, and nothing while nobody sees it. */
  #plan() {
    if (this.#planned) return;
    this.#planned = true;
    requestAnimationFrame(() => {
      this.#planned = false;
      this.#draw();
    });
  }

  #draw() {
    // Only at the end: whoever reads the past keeps it.
    const trimmed = this.#timeline.atEnd && this.#conversation.trim(MOST_SHOWN);
    this.#show();
    const { oldest } = this.#conversation;
    if (!oldest) this.#setPast('unknown');
    // The first message of a room has the number 1.
    else if (this.#past === 'unknown') this.#setPast(oldest.endsWith('.1') ? 'none' : 'more');
    else if (trimmed && this.#past === 'none') this.#setPast('more');
  }

  #show() {
    this.#timeline.show(this.#conversation.entries, { labels: this.labels, me: this.#me, rights: this.#rightsNow() });
  }

  /** What may be done to messages; the same object as long as it is the same. */
  #rightsNow() {
    const role = this.#me?.role;
    const write = (role === 'member' || role === 'moderator') && !this.#closedForWriting && this.#status.state !== 'closed';
    const now = { write, moderate: role === 'moderator', emoji: emojiOf(this.reactions) };
    if (JSON.stringify(now) !== JSON.stringify(this.#rights)) this.#rights = now;
    return this.#rights;
  }

  #drawPeople() {
    this.#people.show(this.#room?.members ?? [], this.#room?.count ?? 0, this.labels);
  }

  #drawState() {
    const { state } = this.#status;
    this.#state.show(state, this.src ? this.labels : {}, (word) => this.#announcer?.offer(state === 'open' ? '' : word));
  }

  #drawComposer() {
    const { state, reason } = this.#status;
    let closed = '';
    if (state === 'closed') closed = refusalText(reason, this.labels);
    else if (this.#me?.role === 'reader') closed = this.labels.reader;
    else if (this.#closedForWriting) closed = this.labels.closedForWriting;
    this.#composer.closed = closed;
  }
}
