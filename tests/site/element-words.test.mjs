import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Announcer } from '../../public/sdk/elements/announcer.js';
import { CHAT_LABELS, refusalText, timeText, typingText } from '../../public/sdk/elements/chat-words.js';
import { EMPTY, percentOf, phaseOf, withEvent, withStatus } from '../../public/sdk/elements/progress-model.js';
import { announcement, barText, figures, percentText, PROGRESS_LABELS, sentence } from '../../public/sdk/elements/progress-words.js';
import { formatAmount, formatDuration, formatRate } from '../../public/sdk/elements/quantity.js';

const labels = { ...PROGRESS_LABELS, locale: 'en' };
const open = withStatus(EMPTY, { state: 'open' });
const report = (data, view = open) => withEvent(view, { type: 'progress', data });
const halfway = report({ done: 1_500_000, total: 3_000_000, percent: 50, unit: 'bytes', rate: 500_000, eta_seconds: 80 });

describe('quantities', () => {
  test('bytes step at what rounding shows', () => {
    assert.equal(formatAmount('en', 999, 'bytes'), '999 bytes');
    assert.equal(formatAmount('en', 1000, 'bytes'), '1.0 kB');
    assert.equal(formatAmount('en', 999_960, 'bytes'), '1.0 MB');
    assert.equal(formatAmount('en', 345_000_000, 'bytes'), '345 MB');
    assert.equal(formatRate('en', 1_200_000, 'bytes'), '1.2 MB/s');
    assert.equal(formatRate('en', 17, 'links', (amount) => `${amount}/s`), '17 links/s');
  });

  test('durations in words, two places, rounded up', () => {
    assert.equal(formatDuration('en', 0), '0 seconds');
    assert.equal(formatDuration('en', 0.2), '1 second');
    assert.equal(formatDuration('en', 80), '1 minute, 20 seconds');
    assert.equal(formatDuration('en', 3600), '1 hour');
    assert.equal(formatDuration('en', 100_000), '1 day, 3 hours');
    assert.match(formatDuration('de', 80), /1 Minute.+20 Sekunden/);
  });
});

describe('a bar', () => {
  test('says amount, rate and time left', () => {
    assert.deepEqual(figures(halfway, labels), { amount: '1.5 MB of 3.0 MB', rate: '500 kB/s', left: '1 minute, 20 seconds left' });
    assert.equal(percentText(halfway, labels), '50%');
    assert.equal(barText(halfway, labels), '50%, 1.5 MB of 3.0 MB, 1 minute, 20 seconds left');
  });

  test('what is no report changes nothing', () => {
    for (const data of [null, 7, 'x', {}, { done: -1 }, { done: '3' }]) assert.equal(report(data, halfway).progress, halfway.progress);
    assert.equal(percentOf(report({ done: 3 })), null);
    assert.equal(percentOf(report({ done: 3, total: 0 })), null);
    assert.equal(percentOf(report({ done: 3, total: 2 })), 100);
  });

  test('endings give their reason; the first one stands', () => {
    const end = (type, data) => withEvent(halfway, { type, data });
    assert.equal(sentence(end('failed', { message: 'disk full' }), labels), 'Failed: disk full');
    assert.equal(sentence(end('failed', 'disk full'), labels), 'Failed: disk full');
    assert.equal(sentence(end('failed', { message: 7 }), labels), 'Failed.');
    assert.equal(sentence(end('cancelled'), labels), 'Cancelled.');
    assert.equal(percentOf(end('succeeded')), 100);
    assert.deepEqual(figures(end('succeeded'), labels), { amount: '3.0 MB', rate: '', left: '' });
    const ended = end('succeeded');
    assert.equal(withEvent(ended, { type: 'failed' }), ended);
    assert.equal(withStatus(ended, { state: 'closed', reason: 'done' }), ended);
  });

  test('an end of a type that nobody knows is one, and a refusal is none', () => {
    assert.equal(phaseOf(withStatus(halfway, { state: 'closed', reason: 'done' })), 'ended');
    const refused = withStatus(halfway, { state: 'closed', reason: 'refused' });
    assert.equal(phaseOf(refused), 'lost');
    assert.equal(sentence(refused, labels), 'You may not follow this stream.');
    assert.equal(sentence(withStatus(EMPTY, { state: 'closed', reason: 'new one' }), labels), 'This stream cannot be followed.');
  });

  test('is read aloud by tens, when something is wrong, and at its end', () => {
    const at = (done) => announcement(report({ done, total: 100 }), labels, 'Build');
    assert.equal(at(40), at(49));
    assert.equal(at(49), 'Build: 40%');
    assert.equal(announcement(withStatus(halfway, { state: 'waiting' }), labels, 'Build'), 'Build: reconnecting…');
    assert.equal(announcement(withEvent(halfway, { type: 'succeeded' }), labels, 'Build'), 'Build: Done.');
    assert.equal(announcement(report({ done: 3 }), labels, 'Build'), '');
  });

  test('labels may be texts as well as functions', () => {
    assert.equal(sentence(withEvent(halfway, { type: 'failed', data: 'x' }), { ...labels, failed: 'Kaputt.' }), 'Kaputt.');
  });
});

describe('the announcer', () => {
  function clock() {
    const said = [];
    let now = 0;
    let alarm = null;
    const world = {
      now: () => now,
      wait: (ms, then) => {
        alarm = { at: now + ms, then };
        return alarm;
      },
      stop: () => {
        alarm = null;
      },
    };
    const advance = (ms) => {
      now += ms;
      const due = alarm?.at <= now ? alarm : null;
      if (due) alarm = null;
      due?.then();
    };
    return { said, announcer: new Announcer((text) => said.push(text), world), advance };
  }

  test('says the newest of ten seconds', () => {
    const { said, announcer, advance } = clock();
    for (let second = 0; second < 30; second += 1) {
      announcer.offer(String(second));
      advance(1000);
    }
    assert.deepEqual(said, ['9', '19', '29']);
  });

  test('says what is urgent at once, and nothing twice', () => {
    const { said, announcer, advance } = clock();
    announcer.offer('half');
    announcer.offer('done', true);
    announcer.offer('done', true);
    advance(60_000);
    assert.deepEqual(said, ['done']);
  });

  test('says nothing once it was stopped', () => {
    const { said, announcer, advance } = clock();
    announcer.offer('half');
    announcer.stop();
    advance(60_000);
    assert.deepEqual(said, []);
  });
});

describe('a chat', () => {
  const chat = { ...CHAT_LABELS, locale: 'en-GB' };
  const people = (...names) => names.map((name) => ({ id: name, name }));

  test('names up to three who type', () => {
    assert.equal(typingText([], chat), '');
    assert.equal(typingText(people('Ann'), chat), 'Ann is typing…');
    assert.equal(typingText(people('Ann', ''), chat), 'Ann and somebody are typing…');
    assert.equal(typingText(people('a', 'b', 'c', 'd'), chat), 'Several people are typing…');
  });

  test('has a sentence for every refusal, also for those of tomorrow', () => {
    assert.equal(refusalText('kicked', chat), 'You were removed from this room.');
    for (const code of ['brand_new', 'constructor', undefined]) assert.equal(refusalText(code, chat), 'Something went wrong.');
  });

  test('has a word for every button of a message', () => {
    for (const name of ['edit', 'delete', 'sure', 'sureHint', 'save', 'stop', 'editing', 'editHint', 'saving', 'deleting']) assert.ok(chat[name], name);
    assert.equal(chat.react('👍'), 'React with 👍');
    assert.equal(chat.deeds('Ann'), 'Ann: message actions');
    assert.equal(chat.unsaved(refusalText('not_found', chat)), 'Not saved. That message is not there any more.');
  });

  test('gives the date of what was not said today', () => {
    const now = new Date(2026, 5, 15, 12).getTime();
    assert.equal(timeText(new Date(2026, 5, 15, 9, 5).getTime(), now, chat), '9:05');
    assert.match(timeText(new Date(2026, 5, 14, 9, 5).getTime(), now, chat), /14 Jun,? 9:05/);
    assert.match(timeText(new Date(2025, 5, 14, 9, 5).getTime(), now, chat), /14 Jun 2025,? 9:05/);
  });
});
