import { lives, type AccountFacts } from '../account/state.js';
import type { Sealed } from '../event.js';
import { millisecondsBetween, type Instant } from '../instant.js';
import type { FamilyEvent, TokenRedelivered, TokenReuseDetected, TokenRevoked, TokenRotated } from './events.js';
import { hasExpired, idleExpiry, type Lifetimes } from './facts.js';
import { factsOf, type FamilyState } from './state.js';

/** A refresh token was presented, genuine by its signature. */
export interface RotateToken {
  readonly presented: { readonly sid: string; readonly generation: number; readonly jti: string };
  readonly account: AccountFacts;
  readonly now: Instant;
  readonly lifetimes: Lifetimes;
  /** For the successor, if there will be one. */
  readonly successor: { readonly jti: string; readonly keyId: string };
  readonly client: Sealed | null;
}

/**
 * - `rotated`: the event issues the successor.
 * - `redelivered`: the successor is what the state holds; the event, if any, says that it was handed out once more.
 * - `reused`: theft; the events end the family, unless they did before.
 */
export interface RotationDecision {
  readonly outcome: 'rotated' | 'redelivered' | 'reused' | 'revoked' | 'expired' | 'invalid';
  readonly events: readonly FamilyEvent[];
}

/**
 * Decides what becomes of a presented refresh token (RFC 9700 §4.14.2). Order is by generation, never by clocks; clocks only
 * tell expiry and grace. `state` is the device's newest family, null if the device never had one.
 */
export function rotateToken(state: FamilyState | null, command: RotateToken): RotationDecision {
  const { presented, account, now } = command;
  if (state === null) return without('invalid');
  // The device's newest family is another one: the presented one was ended by it or before it.
  if (state.sid !== presented.sid) return without('revoked');
  if (state.end !== null) return without(outcomeOfEnded(state, presented.generation));
  if (!lives(state, account)) return without('revoked');
  if (!belongsTo(state, presented)) return without('invalid');
  if (hasExpired(state, now)) return without('expired');
  if (presented.generation === state.generation) return { outcome: 'rotated', events: [rotated(state, command)] };
  if (isInGrace(state, command)) {
    return { outcome: 'redelivered', events: state.redelivered ? [] : [redelivered(state, command)] };
  }
  return { outcome: 'reused', events: [reuseDetected(state, command), revokedForReuse(state)] };
}

function without(outcome: RotationDecision['outcome']): RotationDecision {
  return { outcome, events: [] };
}

function outcomeOfEnded({ end, generation }: FamilyState, presentedGeneration: number): 'reused' | 'revoked' | 'expired' {
  if (end?.by === 'expiry') return 'expired';
  return end?.reason === 'reuse' && presentedGeneration < generation ? 'reused' : 'revoked';
}

/** A genuine token of a generation not reached, or not the one of its generation, is from another history of this log. */
function belongsTo(state: FamilyState, { generation, jti }: RotateToken['presented']): boolean {
  return generation < state.generation || (generation === state.generation && jti === state.token.jti);
}

function isInGrace(state: FamilyState, { presented, now, lifetimes }: RotateToken): boolean {
  return (
    presented.generation === state.generation - 1 && millisecondsBetween(state.token.issuedAt, now) < lifetimes.graceMs
  );
}

function rotated(state: FamilyState, { account, now, lifetimes, successor, client }: RotateToken): TokenRotated {
  return {
    type: 'TokenRotated',
    data: {
      ...factsOf(state),
      generation: state.generation + 1,
      epoch: account.epoch,
      idleExpiresAt: idleExpiry(now, state.absoluteExpiresAt, lifetimes),
      token: { ...successor, issuedAt: now, revision: state.revision + 1 },
      client,
    },
  };
}

function redelivered(state: FamilyState, { client }: RotateToken): TokenRedelivered {
  return { type: 'TokenRedelivered', data: { ...factsOf(state), client } };
}

function reuseDetected(state: FamilyState, { presented, client }: RotateToken): TokenReuseDetected {
  const { generation, jti } = presented;
  return {
    type: 'TokenReuseDetected',
    data: { ...factsOf(state), presentedGeneration: generation, presentedJti: jti, client },
  };
}

function revokedForReuse(state: FamilyState): TokenRevoked {
  return { type: 'TokenRevoked', data: { ...factsOf(state), reason: 'reuse' } };
}
