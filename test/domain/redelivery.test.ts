import { beforeEach, describe, expect, it } from '@jest/globals';
import { asIssued } from '../../src/domain/token-family/state.js';
import { DAY, FamilyHistory, LIFETIMES, SECOND, type Held, type Presenting } from '../support/family-history.js';

let device: FamilyHistory;
beforeEach(() => {
  device = new FamilyHistory();
});

/** A family of which generation 0 was presented so, and what it was presented as. */
function rotatedBy(presenting: Presenting): Held {
  const first = device.signIn();
  device.rotate(first, presenting);
  return first;
}

function presentAs(token: Held, presenting: Presenting): string {
  return device.present(token, presenting).outcome;
}

describe('the same attempt', () => {
  it('G2, T2: gets the same successor however late, as long as that was not used', () => {
    const first = rotatedBy({ attempt: 'mine' });
    const successor = device.held;
    device.wait(6 * DAY);
    const { outcome, events, family } = device.present(first, { attempt: 'mine', tag: 'elsewhere' });
    expect(outcome).toBe('redelivered');
    expect(events).toMatchObject([{ type: 'TokenRedelivered', data: { contested: false, client: 'sealed client' } }]);
    expect(asIssued(family!)).toEqual(successor);
    expect(device.present(first, { attempt: 'mine' })).toMatchObject({ outcome: 'redelivered', events: [] });
    expect(presentAs(successor, { attempt: 'next' })).toBe('rotated');
    expect(presentAs(first, { attempt: 'mine' })).toBe('reused');
  });

  it('is noted again in the next generation', () => {
    const first = rotatedBy({ attempt: 'mine' });
    device.present(first, { attempt: 'mine' });
    const second = device.held;
    device.rotate(second, { attempt: 'next' });
    expect(device.present(second, { attempt: 'next' }).events).toHaveLength(1);
  });

  it('gets the token as it was issued although the device was renamed and others came since', () => {
    const first = device.signIn({ deviceName: 'sealed name' });
    const successor = device.rotate(first, { attempt: 'mine' });
    device.rename(first.sid, 'another name');
    device.present(first, { attempt: 'other' });
    const { outcome, family } = device.present(first, { attempt: 'mine' });
    expect(outcome).toBe('redelivered');
    expect(asIssued(family!)).toEqual(successor);
    expect(successor.nameRevision).toBe(0);
    expect(device.rotate().nameRevision).toBe(2);
  });

  it('is not proved by a key that already made the presented token', () => {
    device.signIn();
    const second = device.rotate(device.held, { attempt: 'constant' });
    device.rotate(second, { attempt: 'constant' });
    expect(device.family.attempt).toBeNull();
    device.wait(LIFETIMES.graceMs);
    expect(presentAs(second, { attempt: 'constant' })).toBe('reused');
  });

  it('T5: is known by its key whatever the clock says', () => {
    const first = rotatedBy({ attempt: 'mine' });
    device.wait(-30 * DAY);
    expect(presentAs(first, { attempt: 'mine' })).toBe('redelivered');
  });
});

describe('the same client without a key', () => {
  it('G2: gets the same successor within grace, noted once a generation', () => {
    const first = rotatedBy({ tag: 'home' });
    const successor = device.held;
    device.wait(30 * SECOND - 1);
    expect(device.present(first, { tag: 'home' })).toMatchObject({
      outcome: 'redelivered',
      events: [{ type: 'TokenRedelivered', data: { contested: false, family: { redelivered: true } } }],
    });
    expect(device.present(first, { tag: 'home' })).toMatchObject({ outcome: 'redelivered', events: [] });
    expect(device.held).toEqual(successor);
    expect(presentAs(successor, { tag: 'home' })).toBe('rotated');
    expect(device.present(successor, { tag: 'home' }).events).toHaveLength(1);
  });

  it.each([
    ['of the rotation', null, 'home'],
    ['of the retry', 'home', null],
  ])('is the same if the tag %s is unknown', (_, before, after) => {
    const first = rotatedBy({ tag: before });
    expect(device.present(first, { tag: after })).toMatchObject({
      outcome: 'redelivered',
      events: [{ data: { contested: false } }],
    });
  });

  it('G3: is theft after grace', () => {
    const first = rotatedBy({ tag: 'home' });
    device.wait(30 * SECOND);
    expect(presentAs(first, { tag: 'home' })).toBe('reused');
  });

  it('T5, G11: a clock that stepped back opens no window', () => {
    const first = rotatedBy({ tag: 'home' });
    device.wait(-30 * SECOND);
    expect(presentAs(first, { tag: 'home' })).toBe('reused');
  });

  it('T5: a clock that stepped back a little within grace costs nothing', () => {
    const first = rotatedBy({ tag: 'home' });
    device.wait(-29 * SECOND);
    expect(presentAs(first, { tag: 'home' })).toBe('redelivered');
  });
});

describe('somebody else within grace', () => {
  it.each<[string, Presenting, Presenting]>([
    ['two keys', { attempt: 'mine', tag: 'home' }, { attempt: 'other', tag: 'home' }],
    ['a key, then none', { attempt: 'mine', tag: 'home' }, { tag: 'home' }],
    ['no key, then one', { tag: 'home' }, { attempt: 'other', tag: 'home' }],
    ['two tags', { tag: 'home' }, { tag: 'elsewhere' }],
  ])('T1, G3: %s contest the generation, once, and the next one is theft', (_, mine, other) => {
    const first = rotatedBy(mine);
    const { outcome, events, family } = device.present(first, other);
    expect(outcome).toBe('contested');
    expect(events).toMatchObject([{ type: 'TokenRedelivered', data: { contested: true, family } }]);
    expect(family).toMatchObject({ contested: { generation: 0 }, token: { lastContested: null }, redelivered: false });
    expect(device.present(first, other)).toMatchObject({ outcome: 'redelivered', events: [] });
    expect(device.present(first, mine)).toMatchObject({ outcome: 'redelivered', events: [{ data: { contested: false } }] });
    const second = device.held;
    device.rotate(second, 'attempt' in mine ? { ...mine, attempt: 'mine, next' } : mine);
    expect(device.family).toMatchObject({ contested: { generation: 0, holders: [] }, token: { lastContested: 0 } });
    expect(presentAs(second, other)).toBe('reused');
  });

  it('is let in one generation in ten at most', () => {
    let token = device.signIn();
    const contested: number[] = [];
    for (let generation = 0; generation < 35; generation += 1) {
      const next = device.rotate(token, { tag: 'home' });
      const mark = device.events.length;
      const { outcome } = device.present(token, { tag: 'elsewhere' });
      // Where it is theft, the history goes on as if nobody had come.
      if (outcome === 'contested') contested.push(token.generation);
      else device.events.splice(mark);
      token = next;
    }
    expect(contested).toEqual([0, 10, 20, 30]);
  });

  it('counts as the same attempt afterwards: with its key however late, with its tag within grace', () => {
    const first = rotatedBy({ attempt: 'mine' });
    expect(presentAs(first, { attempt: 'other' })).toBe('contested');
    expect(presentAs(first, { tag: 'elsewhere' })).toBe('contested');
    device.wait(LIFETIMES.graceMs);
    expect(device.present(first, { attempt: 'other' })).toMatchObject({ outcome: 'redelivered', events: [] });
    expect(presentAs(first, { tag: 'elsewhere' })).toBe('reused');
  });

  it('is let in up to eight times in a contested generation; the ninth is theft', () => {
    const first = rotatedBy({ attempt: 'mine' });
    for (let other = 1; other <= 8; other += 1) {
      const presenting = other % 2 === 0 ? { attempt: `other ${other}` } : { tag: `tag ${other}` };
      expect(presentAs(first, presenting)).toBe('contested');
    }
    expect(device.family.contested?.holders).toHaveLength(8);
    expect(presentAs(first, { attempt: 'other 2' })).toBe('redelivered');
    expect(presentAs(first, { tag: 'tag 7' })).toBe('redelivered');
    expect(presentAs(first, { attempt: 'mine' })).toBe('redelivered');
    expect(presentAs(first, { attempt: 'other 9' })).toBe('reused');
  });

  it('is theft after grace, whatever its key', () => {
    const first = rotatedBy({ attempt: 'mine' });
    device.wait(LIFETIMES.graceMs);
    expect(presentAs(first, { attempt: 'other' })).toBe('reused');
  });

  it('T5: is theft if the clock stepped back by more than grace', () => {
    const first = rotatedBy({ attempt: 'mine' });
    device.wait(-LIFETIMES.graceMs);
    expect(presentAs(first, { attempt: 'other' })).toBe('reused');
  });
});

describe('T1: holders in step', () => {
  /** Everybody presents each token, the first one rotates it; in which generation theft is seen. */
  function generationSeen(holders: readonly ((generation: number) => Presenting)[]): number | null {
    device = new FamilyHistory();
    let token = device.signIn();
    for (let generation = 0; generation < 40; generation += 1) {
      for (const presenting of holders) {
        const { outcome } = device.present(token, presenting(generation));
        if (outcome === 'reused') return generation;
      }
      device.wait(SECOND);
      token = device.held;
    }
    return null;
  }

  const keyed =
    (name: string, tag: string) =>
    (generation: number): Presenting => ({ attempt: `${name} ${generation}`, tag });
  const unkeyed = (tag: string) => (): Presenting => ({ tag });

  it('two with keys of their own are seen at the second generation, with copied tags too', () => {
    expect(generationSeen([keyed('owner', 'home'), keyed('thief', 'elsewhere')])).toBe(1);
    expect(generationSeen([keyed('owner', 'home'), keyed('thief', 'home')])).toBe(1);
  });

  it('three with keys of their own are seen as well', () => {
    expect(generationSeen([keyed('owner', 'home'), keyed('thief', 'home'), keyed('another', 'home')])).toBe(1);
  });

  it('two without keys are seen by their tags', () => {
    expect(generationSeen([unkeyed('home'), unkeyed('elsewhere')])).toBe(1);
    expect(generationSeen([unkeyed('home'), unkeyed('elsewhere'), unkeyed('home')])).toBe(1);
  });

  it('one with a key is not taken for one without', () => {
    expect(generationSeen([keyed('owner', 'home'), unkeyed('home')])).toBe(1);
    expect(generationSeen([unkeyed('home'), keyed('thief', 'home'), unkeyed('home')])).toBe(1);
  });

  it('two without keys and with the same agent and network look like one client', () => {
    expect(generationSeen([unkeyed('home'), unkeyed('home')])).toBeNull();
  });

  it('two with one constant key are seen by their tags', () => {
    const constant = (tag: string) => (): Presenting => ({ attempt: 'constant', tag });
    expect(generationSeen([constant('home'), constant('elsewhere')])).not.toBeNull();
  });
});
