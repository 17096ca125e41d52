import { lives } from '../account/state.js';
import type { AccountSnapshot } from '../account/snapshot.js';
import type { Sealed } from '../event.js';
import { earlier, type Instant } from '../instant.js';
import type { RevocationReason, TokenExpired, TokenRevoked } from './events.js';
import { hasExpired } from './policy.js';
import type { FamilyState } from './state.js';

/** Which family, and what says whether it is alive. */
export interface FamilyInQuestion {
  readonly sid: string;
  /** The newest one; what does not fit the family is read again first (`isTornRead`). */
  readonly account: AccountSnapshot;
  readonly now: Instant;
}

/** Whether the device's newest family is the one in question, and alive: not ended, not expired, current by its user's epoch. */
export function isAlive(state: FamilyState | null, { sid, account, now }: FamilyInQuestion): state is FamilyState {
  if (state?.family.sid !== sid || state.end !== null) return false;
  return lives(state.family, account) && !hasExpired(state.family, now);
}

/** RevokeToken: the event that ends a family that is alive; null if it is not. `note` is a person's reason. */
export function revokeToken(
  state: FamilyState | null,
  { reason, note, ...family }: FamilyInQuestion & { readonly reason: RevocationReason; readonly note: Sealed | null },
): TokenRevoked | null {
  if (!isAlive(state, family)) return null;
  return { type: 'TokenRevoked', data: { family: state.family, reason, note } };
}

/** A family that may have expired. */
export interface FamilyPerhapsExpired extends FamilyInQuestion {
  /** When a revocation of all tokens (or the end of the account) ended it (`revokedAt`); null if none did. */
  readonly revokedAt: Instant | null;
}

/**
 * ExpireToken: the event that notes an expiry; null if the family has not expired, was used meanwhile, or had ended otherwise
 * before. Each expiry is noted exactly once (G11), also if all tokens were revoked before anybody noted it.
 */
export function expireToken(
  state: FamilyState | null,
  { sid, account, now, revokedAt }: FamilyPerhapsExpired,
): TokenExpired | null {
  if (state?.family.sid !== sid || state.end !== null) return null;
  const { family } = state;
  const livedUntil = lives(family, account) ? now : revokedAt;
  if (livedUntil === null || !hasExpired(family, earlier(livedUntil, now))) return null;
  const cause = family.idleExpiresAt === family.absoluteExpiresAt ? 'absolute' : 'idle';
  return { type: 'TokenExpired', data: { family, cause, expiredAt: family.idleExpiresAt } };
}

/**
 * Ends a family for good: notes its expiry if it has expired, else revokes it; null if it is over otherwise. A caller that answers
 * "it has ended" uses this, since a clock that stepped ahead and back would revive an expired family without an event (G4).
 */
export function endToken(
  state: FamilyState | null,
  { reason, note, ...family }: FamilyPerhapsExpired & { readonly reason: RevocationReason; readonly note: Sealed | null },
): TokenExpired | TokenRevoked | null {
  return expireToken(state, family) ?? revokeToken(state, { ...family, reason, note });
}
