import { lives } from '../domain/account/state.js';
import type { Instant } from '../domain/instant.js';
import type { AccountDocument, SessionDocument } from '../read-model/documents.js';

/**
 * Whether retention may remove a session: it ended before the given instant and the log says so; one that has expired without
 * the log saying so yet stays, unless a revocation of all its user's tokens has ended it.
 */
export function isRemovable(session: SessionDocument, account: AccountDocument | undefined, endedBefore: Instant): boolean {
  if (session.endsAt > endedBefore) return false;
  return session.status !== 'active' || account === undefined || !lives({ sid: session.id, epoch: session.epoch }, account);
}
