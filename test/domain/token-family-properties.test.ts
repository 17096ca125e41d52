import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { FamilyEvent } from '../../src/domain/token-family/events.js';
import { stateOf, type FamilyState } from '../../src/domain/token-family/state.js';
import { DAY, FamilyHistory, SECOND, type Held } from '../support/family-history.js';

/** One thing that is done to a device; numbers choose among what there is. */
type Step =
  | { readonly do: 'signIn' | 'revoke' | 'expire' | 'revokeAll' | 'spare' }
  | { readonly do: 'present'; readonly token: number }
  | { readonly do: 'wait'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom<Step>({ do: 'signIn' }, { do: 'revoke' }, { do: 'expire' }) },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ do: 'revokeAll' }, { do: 'spare' }) },
  // Mostly the newest tokens: the older ones end everything.
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('present' as const), token: fc.constantFrom(0, 0, 0, 0, 1, 1, 2, 5) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 10 * SECOND, 30 * SECOND, DAY, 8 * DAY),
    }),
  },
);

interface Presentation {
  readonly outcome: string;
  readonly presented: Held;
  readonly heldAfter: Held;
}

function live(steps: readonly Step[]): { device: FamilyHistory; presentations: Presentation[] } {
  const device = new FamilyHistory();
  const handedOut: Held[] = [device.signIn()];
  const presentations: Presentation[] = [];
  for (const one of steps) {
    const { sid, epoch } = device.state!;
    switch (one.do) {
      case 'signIn':
        handedOut.push(device.signIn());
        break;
      case 'revoke':
        device.revoke(sid);
        break;
      case 'expire':
        device.expire(sid);
        break;
      case 'revokeAll':
        device.revokeAll();
        break;
      case 'spare':
        device.revokeAll({ sid, epoch });
        break;
      case 'wait':
        device.wait(one.ms);
        break;
      case 'present': {
        const presented = handedOut.at(-1 - one.token) ?? handedOut[0]!;
        const { outcome } = device.present(presented);
        if (outcome === 'rotated') handedOut.push(device.held);
        presentations.push({ outcome, presented, heldAfter: device.held });
      }
    }
  }
  return { device, presentations };
}

/** The state by folding the whole stream, each event taken only for what it changes. */
function fold(events: readonly FamilyEvent[]): FamilyState | null {
  let state: FamilyState | null = null;
  for (const [revision, event] of events.entries()) state = evolve(state, event, revision);
  return state;
}

function evolve(state: FamilyState | null, event: FamilyEvent, revision: number): FamilyState {
  if (event.type === 'TokenIssued') {
    const { userId, deviceId, sid, epoch, issuedAt, idleExpiresAt, absoluteExpiresAt, token } = event.data;
    const issued = { userId, deviceId, sid, epoch, issuedAt, idleExpiresAt, absoluteExpiresAt };
    return { ...issued, generation: 0, token: { ...token, revision }, revision, end: null, redelivered: false };
  }
  if (state === null) throw new Error('a stream begins with TokenIssued');
  const next = { ...state, revision, redelivered: false };
  switch (event.type) {
    case 'TokenRotated': {
      const { epoch, idleExpiresAt, token } = event.data;
      return { ...next, epoch, idleExpiresAt, token: { ...token, revision }, generation: state.generation + 1 };
    }
    case 'TokenRedelivered':
      return { ...next, redelivered: true };
    case 'TokenReuseDetected':
      return next;
    case 'TokenRevoked':
      return { ...next, end: { by: 'revocation', reason: event.data.reason } };
    case 'TokenExpired':
      return { ...next, end: { by: 'expiry', cause: event.data.cause } };
  }
}

describe('any history of a device', () => {
  it('G9: the newest event alone tells the state that folding the whole stream gives', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { events } = live(steps).device;
        expect(stateOf(events.at(-1)!, events.length - 1)).toEqual(fold(events));
      }),
      { numRuns: 500 },
    );
  });

  it('G1: gives each generation one successor, and redelivers no other', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const successors = new Map<string, string>();
        for (const { outcome, presented, heldAfter } of live(steps).presentations) {
          if (outcome !== 'rotated' && outcome !== 'redelivered') continue;
          const known = successors.get(presented.jti);
          if (outcome === 'rotated') expect(known).toBeUndefined();
          else expect(known).toBe(heldAfter.jti);
          successors.set(presented.jti, heldAfter.jti);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('G5, G11: ends each family at most once by an event, and the former one before the next begins', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const ends = new Map<string, number>();
        for (const { type, data } of live(steps).device.events) {
          if (type === 'TokenRevoked' || type === 'TokenExpired') ends.set(data.sid, (ends.get(data.sid) ?? 0) + 1);
          else expect(ends.get(data.sid)).toBeUndefined();
        }
        expect([...ends.values()].every((count) => count === 1)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
