/** The life of a connection in virtual time: by table, and by chance. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { birth, finality, step } from '../../public/sdk/life.js';

/** A life with a clock that is set by hand, and as much luck as it is given. */
class Life {
  now = 1_000_000;
  luck = 1;
  done = [];

  constructor(beats = true) {
    this.state = birth(beats);
  }
  tell(type, details) {
    const [state, actions] = step(this.state, { type, ...details }, this.now, this.luck);
    this.state = state;
    this.done = actions;
    return this;
  }
  /** Lets time pass, and wakes it when it wants to be woken. */
  wait(ms) {
    const until = this.now + ms;
    while (this.state.at && this.state.at <= until) {
      this.now = Math.max(this.now, this.state.at);
      this.tell('timer');
    }
    this.now = until;
    return this;
  }
  open() {
    return this.tell('wake').tell('opened');
  }
  get pause() {
    return this.state.at - this.now;
  }
}

describe('close codes', () => {
  for (const code of [1001, 1005, 1006, 1011, 1012, 1013, 1015, 3000, 4000, 4008, 4099, 4401, 4500, undefined]) {
    test(`${code} comes back`, () => {
      const life = new Life().open().tell('lost', { code });
      assert.ok(['waiting', 'connecting'].includes(life.state.phase));
    });
  }
  const final = { 1000: 'done', 1003: 'policy', 1008: 'policy', 1009: 'policy', 4400: 'refused', 4403: 'kicked', 4404: 'deleted', 4499: 'refused' };
  for (const [code, reason] of Object.entries(final)) {
    test(`${code} is for good: ${reason}`, () => {
      assert.equal(finality(Number(code)), reason);
      const life = new Life().open().tell('lost', { code: Number(code) });
      assert.equal(life.state.phase, 'closed');
      assert.equal(life.state.reason, reason);
      assert.equal(life.state.code, Number(code));
      assert.deepEqual(life.done, ['drop']);
    });
  }
});

describe('the pause', () => {
  test('doubles up to 20 s, and is all luck', () => {
    const life = new Life().tell('wake');
    const pauses = [];
    for (let turn = 0; turn < 8; turn += 1) {
      life.tell('lost', { code: 1006 });
      pauses.push(life.pause);
      life.wait(life.pause);
      assert.deepEqual(life.done, ['open']);
    }
    assert.deepEqual(pauses, [500, 1000, 2000, 4000, 8000, 16_000, 20_000, 20_000]);
    life.luck = 0;
    assert.equal(life.tell('lost', { code: 1006 }).pause, 0);
  });

  test('begins anew after 5 s up, and not before', () => {
    const life = new Life().tell('wake').tell('lost', { code: 1006 }).wait(500).tell('opened').wait(4999);
    assert.equal(life.tell('lost', { code: 1006 }).pause, 1000);
    life.wait(1000).tell('opened').wait(5000);
    assert.equal(life.tell('lost', { code: 1006 }).pause, 500);
  });

  test('begins anew also where what was up went with the network or the page', () => {
    for (const [away, back] of [['offline', 'online'], ['sleep', 'wake']]) {
      const life = new Life().tell('wake').tell('lost').wait(500).tell('lost').wait(1000).tell('opened').wait(4999);
      life.tell(away).tell(back);
      assert.equal(life.tell('lost').pause, 2000, `${away}: not up for long`);
      life.wait(2000).tell('opened').wait(5000).tell(away).tell(back);
      assert.equal(life.tell('lost').pause, 500, away);
    }
  });

  test('is on top of what the server asks for, which no event cuts short', () => {
    const life = new Life().open().tell('lost', { code: 1013, retry: 7000 });
    assert.equal(life.pause, 7500);
    life.tell('visible');
    assert.equal(life.pause, 7000);
    assert.equal(life.wait(6999).state.phase, 'waiting');
    assert.equal(life.wait(1).state.phase, 'connecting');
  });

  test('ends at once when the page is seen or the network is back', () => {
    for (const type of ['visible', 'online']) {
      const life = new Life().open().tell('lost', { code: 1006 }).tell(type);
      assert.deepEqual([life.state.phase, life.done], ['connecting', ['open']]);
    }
  });
});

describe('the network', () => {
  test('offline: no connection and no timer until it is back', () => {
    const life = new Life().open().tell('offline');
    assert.deepEqual([life.state.phase, life.state.at, life.done], ['offline', 0, ['drop']]);
    assert.equal(life.wait(3_600_000).tell('visible').state.phase, 'offline');
    assert.deepEqual(life.tell('online').done, ['open']);
  });

  test('back while a server asked for a pause: after it', () => {
    const life = new Life().open().tell('lost', { code: 1013, retry: 7000 }).tell('offline').tell('online');
    assert.equal(life.pause, 7000);
    assert.equal(life.wait(7000).state.phase, 'connecting');
  });

  test('a page that went while offline tries when it comes back', () => {
    assert.equal(new Life().open().tell('offline').tell('sleep').tell('wake').state.phase, 'connecting');
  });
});

describe('a token that ran out', () => {
  test('is renewed at once, and with pauses when the new one is no better', () => {
    const life = new Life(false).open().wait(60_000).tell('lost', { code: 4401 });
    assert.deepEqual([life.state.phase, life.done], ['connecting', ['drop', 'renew', 'open']]);
    life.tell('lost', { code: 4401 });
    assert.deepEqual([life.state.phase, life.done, life.pause], ['waiting', ['drop', 'renew'], 1000]);
    life.wait(1000).tell('opened').tell('lost', { code: 4401 });
    assert.equal(life.pause, 2000);
  });
});

describe('silence', () => {
  test('is broken after 25 s, and is death 10 s later', () => {
    const life = new Life().open();
    assert.equal(life.pause, 25_000);
    life.wait(25_000);
    assert.deepEqual(life.done, ['ping']);
    assert.equal(life.wait(9_999).state.phase, 'open');
    life.wait(1);
    assert.deepEqual([life.state.phase, life.done], ['waiting', ['drop']]);
  });

  test('ends with whatever is heard', () => {
    const life = new Life().open().wait(30_000).tell('heard');
    assert.equal(life.pause, 25_000);
  });

  test('is asked about when the page is seen, once', () => {
    const life = new Life().open().tell('visible');
    assert.deepEqual([life.done, life.pause], [['ping'], 10_000]);
    assert.deepEqual(life.tell('visible').done, []);
  });

  test('a timer that comes late proves nothing the first time', () => {
    const life = new Life().open().wait(25_000);
    life.now += 60_000;
    assert.deepEqual(life.tell('timer').done, ['ping']);
    life.now += 60_000;
    assert.equal(life.tell('timer').state.phase, 'waiting');
  });

  test('is nothing for a stream', () => {
    assert.equal(new Life(false).open().state.at, 0);
  });
});

test('an opening that takes more than 10 s is given up', () => {
  const life = new Life().tell('wake').wait(10_000);
  assert.deepEqual([life.state.phase, life.done], ['waiting', ['drop']]);
});

test('a page that is hidden away has no connection, and comes back', () => {
  const life = new Life().open().tell('sleep');
  assert.deepEqual([life.state.phase, life.state.at, life.done], ['away', 0, ['drop']]);
  assert.deepEqual(life.tell('visible').done, []);
  assert.deepEqual(life.tell('wake').done, ['open']);
});

test('what EventSource tries by itself is left to it, until somebody knows better', () => {
  const life = new Life(false).open().tell('retrying');
  assert.deepEqual([life.state.phase, life.state.at, life.done], ['retrying', 0, []]);
  assert.deepEqual(life.tell('online').done, ['drop', 'open']);
});

test('by chance: one connection at the most, bounded pauses, closed for good', () => {
  const events = [
    ['wake'], ['wake'], ['sleep'], ['opened'], ['opened'], ['opened'], ['heard'], ['retrying'], ['reopen'],
    ['lost', { code: 1006 }], ['lost', { code: 1012 }], ['lost', { code: 1013, retry: 30_000 }], ['lost', { code: 4401 }],
    ['online'], ['offline'], ['visible'], ['timer'],
  ];
  const last = [['close'], ['end', { reason: 'done' }], ['lost', { code: 4403 }]];
  for (let seed = 1; seed <= 300; seed += 1) {
    const random = luckOf(seed);
    const pick = (list) => list[Math.floor(random() * list.length)];
    const life = new Life(seed % 2 === 0);
    let connections = 0;
    for (let turn = 0; turn < 300; turn += 1) {
      life.now += Math.floor(random() ** 4 * 60_000);
      life.luck = random();
      const [type, details] = pick(random() < 0.005 ? last : events);
      const before = life.state;
      life.tell(type, details);
      const { phase, at, notBefore } = life.state;
      const told = `seed ${seed}, turn ${turn}: ${before.phase} ${type} ${phase} ${life.done}`;
      for (const action of life.done) {
        if (action === 'drop') connections -= 1;
        if (action === 'open') connections += 1;
        assert.ok(connections === 0 || connections === 1, told);
        if (action === 'ping') assert.ok(connections === 1 && phase === 'open', told);
      }
      assert.equal(connections, Number(['connecting', 'open', 'retrying'].includes(phase)), told);
      if (before.phase === 'closed') assert.deepEqual([life.state, life.done], [before, []], told);
      if (['away', 'closed', 'retrying'].includes(phase)) assert.equal(at, 0, told);
      if (['connecting', 'waiting'].includes(phase)) assert.ok(at > 0, told);
      if (phase === 'waiting') assert.ok(at <= Math.max(life.now, notBefore) + 20_000, told);
      if (type === 'timer' && at) assert.ok(at >= life.now || at === before.at, told);
    }
  }
});

/** Mulberry32: the same luck for the same seed. */
function luckOf(seed) {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
