import type { AccountSnapshot } from '../domain/account/snapshot.js';
import { lives } from '../domain/account/state.js';
import { earlier, type Instant } from '../domain/instant.js';
import type { AccountDocument, RevocationOfAll, SessionDocument } from '../read-model/documents.js';

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
  const byAll = account === null || account === undefined ? null : revocationOf(session, account);
  if (session.status !== 'active') {
    if (byAll !== null && byAll.at < session.endsAt) return { endedAt: byAll.at, reason: byAll.reason };
    return { endedAt: session.endsAt, reason: session.endReason ?? session.status };
  }
  if (session.endsAt <= now && (byAll === null || session.endsAt <= byAll.at)) return expiry(session);
  if (account === null || account === undefined) return { endedAt: earlier(session.lastUsedAt, now), reason: 'erased' };
  if (byAll !== null) return { endedAt: byAll.at, reason: byAll.reason };
  if (lives({ sid: session.id, epoch: session.epoch }, account)) return null;
  return { endedAt: account.statusSince, reason: account.status };
}

function expiry({ endsAt, absoluteExpiresAt }: SessionDocument): SessionEnd {
  return { endedAt: endsAt, reason: endsAt >= absoluteExpiresAt ? 'absolute' : 'idle' };
}

/** The first revocation of all tokens that this session did not survive, as far as the account still knows; null if it lives. */
function revocationOf({ id: sid, epoch }: SessionDocument, account: AccountDocument): RevocationOfAll | null {
  if (lives({ sid, epoch }, { ...account, status: 'active' } satisfies Pick<AccountSnapshot, 'status' | 'epoch' | 'kept'>))
    return null;
  const oldestFirst = account.revocations.toReversed();
  return oldestFirst.find((one) => one.epoch > epoch && !survives(sid, epoch, one)) ?? null;
}

function survives(sid: string, epoch: number, { kept }: RevocationOfAll): boolean {
  return kept?.sid === sid && epoch >= kept.epoch;
}
