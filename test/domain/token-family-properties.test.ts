import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeEvent, encodeEvent } from '../../src/domain/event-format/codec.js';
import type { FamilyEvent } from '../../src/domain/token-family/events.js';
import { asIssued, evolveFamily, stateOf, type FamilyState } from '../../src/domain/token-family/state.js';
import { DAY, FamilyHistory, SECOND, type Held, type Presenting } from '../support/family-history.js';

/** One thing that is done to a device; numbers choose among what there is. */
type Step =
  | { readonly do: 'signIn' | 'revoke' | 'expire' | 'revokeAll' | 'keep' | 'rename' | 'changePassword' }
  | { readonly do: 'present'; readonly token: number; readonly presenting: Presenting }
  | { readonly do: 'wait'; readonly ms: number };

const presenting: fc.Arbitrary<Presenting> = fc.record({
  attempt: fc.constantFrom(null, null, 'a', 'b', 'c'),
  tag: fc.constantFrom(null, 'home', 'home', 'elsewhere'),
  jkt: fc.constantFrom(null, null, null, null, null, null, null, 'owner', 'owner', 'thief'),
  clientId: fc.constantFrom(null, null, null, null, null, null, null, 'app'),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom<Step>({ do: 'signIn' }, { do: 'revoke' }, { do: 'expire' }, { do: 'rename' }) },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ do: 'revokeAll' }, { do: 'keep' }, { do: 'changePassword' }) },
  // Mostly the newest tokens: the older ones end everything.
  {
    weight: 9,
    arbitrary: fc.record({
      do: fc.constant('present' as const),
      token: fc.constantFrom(0, 0, 0, 0, 0, 1, 1, 1, 2, 5),
      presenting,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 10 * SECOND, 30 * SECOND, -20 * SECOND, -DAY, DAY, 8 * DAY),
    }),
  },
);

interface Presentation {
  readonly outcome: string;
  readonly presented: Held;
  /** What was handed out. */
  readonly got: Held | null;
}

function live(steps: readonly Step[]): { device: FamilyHistory; presentations: Presentation[] } {
  const device = new FamilyHistory();
  const handedOut: Held[] = [device.signIn({ tag: 'home' })];
  const presentations: Presentation[] = [];
  const does = {
    signIn: () => handedOut.push(device.signIn({ tag: 'home', deviceName: handedOut.length % 2 === 0 ? 'name' : null })),
    revoke: () => device.revoke(device.family.sid),
    expire: () => device.expire(device.family.sid),
    rename: () => device.rename(device.family.sid, handedOut.length % 3 === 0 ? null : 'another name'),
    revokeAll: () => device.revokeAll(),
    keep: () => device.revokeAll({ sid: device.family.sid, epoch: device.family.epoch }),
    changePassword: () => device.changePassword(),
  };
  for (const one of steps) {
    if (one.do === 'wait') {
      device.wait(one.ms);
    } else if (one.do === 'present') {
      const presented = handedOut.at(-1 - one.token) ?? handedOut[0]!;
      const { outcome, family } = device.present(presented, one.presenting);
      const got = family && asIssued(family);
      if (outcome === 'rotated') handedOut.push(got!);
      presentations.push({ outcome, presented, got });
    } else {
      does[one.do]();
    }
  }
  return { device, presentations };
}

function fold(events: readonly FamilyEvent[]): FamilyState | null {
  let state: FamilyState | null = null;
  for (const [revision, event] of events.entries()) state = evolveFamily(state, event, revision);
  return state;
}

/** What a reader of the log gets of an event. Its envelope says what an event that issues a token leaves out. */
function asRead(event: FamilyEvent, revision: number): FamilyEvent {
  const { schemaVersion, data } = encodeEvent(event);
  const { jti, tokenIssuedAt } = event.data.family.token;
  return decodeEvent({
    ...{ stream: 'token', type: event.type, schemaVersion, id: jti, occurredAt: tokenIssuedAt, revision },
    data: JSON.parse(JSON.stringify(data)) as Record<string, unknown>,
  }) as FamilyEvent;
}

const steps = fc.array(step, { maxLength: 60 });

describe('any history of a device', () => {
  it('G9: the newest event alone is the state that folding the whole stream gives', () => {
    fc.assert(
      fc.property(steps, (some) => {
        const { events } = live(some).device;
        expect(stateOf(events.at(-1)!, events.length - 1)).toEqual(fold(events));
      }),
      { numRuns: 1_000 },
    );
  });

  it('is the same once it was written and read', () => {
    fc.assert(
      fc.property(steps, (some) => {
        const { events } = live(some).device;
        expect(events.map(asRead)).toEqual(events);
      }),
      { numRuns: 300 },
    );
  });

  it('G1, G2: gives each token one successor, and redelivers it byte for byte', () => {
    fc.assert(
      fc.property(steps, (some) => {
        const successors = new Map<string, Held>();
        for (const { outcome, presented, got } of live(some).presentations) {
          if (got === null) continue;
          const known = successors.get(presented.token.jti);
          if (outcome === 'rotated') expect(known).toBeUndefined();
          else expect(got).toEqual(known);
          successors.set(presented.token.jti, got);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('G3: contests at most one generation in ten, and never one that is bound', () => {
    fc.assert(
      fc.property(steps, (some) => {
        const last = new Map<string, number>();
        for (const { type, data } of live(some).device.events) {
          if (type !== 'TokenRedelivered' || !data.contested) continue;
          const { sid, contested, binding } = data.family;
          expect(binding).toBeNull();
          const { generation, holders } = contested!;
          const before = last.get(sid);
          expect(holders.length).toBeLessThanOrEqual(8);
          if (before !== undefined && before !== generation) expect(generation - before).toBeGreaterThanOrEqual(10);
          last.set(sid, generation);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('G5, G11: ends each family at most once by an event, and the former one before the next begins', () => {
    fc.assert(
      fc.property(steps, (some) => {
        const ends = new Map<string, number>();
        for (const { type, data } of live(some).device.events) {
          const { sid } = data.family;
          if (type === 'TokenRevoked' || type === 'TokenExpired') ends.set(sid, (ends.get(sid) ?? 0) + 1);
          else expect(ends.get(sid)).toBeUndefined();
        }
        expect([...ends.values()].every((count) => count === 1)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
