import { lives, type AccountFacts } from '../account/state.js';
import { earlier, type Instant } from '../instant.js';
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

/** A family that may have expired. */
export interface FamilyPerhapsExpired extends FamilyInQuestion {
  /** When its user ceased to let it live; null unless that is so. */
  readonly revokedAt: Instant | null;
}

/**
 * ExpireToken: the event that notes an expiry, or nothing if the family has not expired, was used meanwhile, or had ended
 * otherwise before: each expiry is noted exactly once (G11), also if all tokens were revoked before anybody noted it.
 */
export function expireToken(state: FamilyState | null, family: FamilyPerhapsExpired): TokenExpired | null {
  if (state?.sid !== family.sid || state.end !== null) return null;
  const { account, now, revokedAt } = family;
  const livedUntil = lives(state, account) ? now : revokedAt;
  if (livedUntil === null || !hasExpired(state, earlier(livedUntil, now))) return null;
  const cause = state.idleExpiresAt === state.absoluteExpiresAt ? 'absolute' : 'idle';
  return { type: 'TokenExpired', data: { ...factsOf(state), cause, expiredAt: state.idleExpiresAt } };
}
