import { lives, type AccountFacts } from '../account/state.js';
import type { Instant } from '../instant.js';
import type { RevocationReason, TokenExpired, TokenRevoked } from './events.js';
import { hasExpired } from './facts.js';
import { factsOf, type FamilyState } from './state.js';

/** Which family, and what is needed to tell whether it is alive. */
export interface FamilyInQuestion {
  readonly sid: string;
  readonly account: AccountFacts;
  readonly now: Instant;
}

/** Whether the device's newest family is the one in question, and alive: not ended, not expired, let live by its user. */
export function isAlive(state: FamilyState | null, { sid, account, now }: FamilyInQuestion): state is FamilyState {
  return state?.sid === sid && state.end === null && lives(state, account) && !hasExpired(state, now);
}

/** RevokeToken: the event that ends a family that is alive, or nothing. */
export function revokeToken(
  state: FamilyState | null,
  { reason, ...family }: FamilyInQuestion & { readonly reason: RevocationReason },
): TokenRevoked | null {
  return isAlive(state, family) ? { type: 'TokenRevoked', data: { ...factsOf(state), reason } } : null;
}

/**
 * ExpireToken: the event that notes an expiry, or nothing if the family has not expired, was used meanwhile, or had ended
 * otherwise: each expiry is noted exactly once (G11).
 */
export function expireToken(state: FamilyState | null, { sid, account, now }: FamilyInQuestion): TokenExpired | null {
  if (state?.sid !== sid || state.end !== null || !lives(state, account) || !hasExpired(state, now)) return null;
  const cause = state.idleExpiresAt === state.absoluteExpiresAt ? 'absolute' : 'idle';
  return { type: 'TokenExpired', data: { ...factsOf(state), cause, expiredAt: state.idleExpiresAt } };
}
