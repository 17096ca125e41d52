import { lives } from '../domain/account/state.js';
import type { Instant } from '../domain/instant.js';
import type { AccountDocument, SessionDocument } from '../read-model/documents.js';

/**
 * Whether a session is active at an instant, as far as the read model knows: not ended by an event of its own, not past its
 * expiry whether or not that was noted (G11), and let live by its user's account, which must exist.
 */
export function isActive(session: SessionDocument, account: AccountDocument | null | undefined, now: Instant): boolean {
  if (session.status !== 'active' || session.endsAt <= now) return false;
  return account !== null && account !== undefined && lives({ sid: session.id, epoch: session.epoch }, account);
}
