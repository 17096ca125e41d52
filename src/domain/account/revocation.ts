import type { AllTokensRevoked, RevokeAllReason } from './events.js';
import type { AccountSnapshot, KeptFamily } from './snapshot.js';
import { lives } from './state.js';

/**
 * RevokeAllTokens: one event, however many devices (G5); null if the account is not active: the event that disabled or erased it has
 * revoked them. A caller that keeps a family has made sure that its own stream did not end it, and names the epoch it has; one that an
 * earlier revocation ended is not kept: keeping revives nothing (G4).
 */
export function revokeAllTokens(
  account: AccountSnapshot,
  { kept, reason }: { readonly kept: KeptFamily | null; readonly reason: RevokeAllReason },
): AllTokensRevoked | null {
  if (account.status !== 'active') return null;
  const living = kept !== null && lives(kept, account) ? kept : null;
  return { type: 'AllTokensRevoked', data: { account: { ...account, epoch: account.epoch + 1, kept: living }, reason } };
}

/** The account after a decision that also ends all families and voids the codes under way. */
export function withoutFamiliesAndCodes(account: AccountSnapshot): AccountSnapshot {
  return { ...account, epoch: account.epoch + 1, kept: null, pendingReset: null, pendingVerification: null };
}
