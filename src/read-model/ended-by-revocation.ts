import type { AccountDocument, RevocationOfAll, SessionDocument } from './documents.js';

/**
 * The revocation of all tokens that ended a session: the first one after the session's epoch that did not keep it; null if none
 * did. Of an account with more revocations than its document holds, it may be a later one than the true first.
 */
export function endedByRevocation(
  { id, epoch }: Pick<SessionDocument, 'id' | 'epoch'>,
  { revocations }: Pick<AccountDocument, 'revocations'>,
): RevocationOfAll | null {
  const keeps = ({ kept }: RevocationOfAll): boolean => kept !== null && kept.sid === id && epoch >= kept.epoch;
  return revocations.findLast((revocation) => revocation.epoch > epoch && !keeps(revocation)) ?? null;
}
