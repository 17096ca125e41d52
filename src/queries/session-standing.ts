import { lives } from '../domain/account/state.js';
import type { Instant } from '../domain/instant.js';
import type { AccountDocument, SessionDocument } from '../read-model/documents.js';
import { endedByRevocation } from '../read-model/ended-by-revocation.js';

/**
 * Whether a session is active at an instant, as far as the read model knows: not ended by an event of its own, not past its
 * expiry whether or not that was noted (G11), and let live by its user's account, which must exist.
 */
export function isActive(session: SessionDocument, account: AccountDocument | null | undefined, now: Instant): boolean {
  return endOf(session, account, now) === null;
}

/** When and why a session ended. */
export interface SessionEnd {
  readonly endedAt: Instant;
  /** The reason of its `TokenRevoked` or of the revocation of all tokens, or `idle`, `absolute`. */
  readonly reason: string;
}

/** How a session ended, by its own stream, by its user's, or by its expiry, whichever came first; null while it is active. */
export function endOf(
  session: SessionDocument,
  account: AccountDocument | null | undefined,
  now: Instant,
): SessionEnd | null {
  const own = ownEndOf(session, now);
  if (account === null || account === undefined) return own ?? { endedAt: session.lastUsedAt, reason: 'erased' };
  const byAll = endedByRevocation(session, account);
  if (byAll !== null && (own === null || byAll.at < own.endedAt)) return { endedAt: byAll.at, reason: byAll.reason };
  if (own !== null || lives({ sid: session.id, epoch: session.epoch }, account)) return own;
  // The account's document holds its newest revocations alone, and a disabled one needs none.
  return { endedAt: account.statusSince, reason: account.status };
}

/** By its own stream, or by its expiry, whether or not that was noted (G11). */
function ownEndOf({ status, endsAt, endReason, absoluteExpiresAt }: SessionDocument, now: Instant): SessionEnd | null {
  if (status !== 'active') return { endedAt: endsAt, reason: endReason ?? status };
  return endsAt <= now ? { endedAt: endsAt, reason: endsAt >= absoluteExpiresAt ? 'absolute' : 'idle' } : null;
}
