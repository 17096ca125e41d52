import type { Sealed } from '../event.js';
import { pendingOf, refusalOfCode, type CodeRefused, type CodeRequest, type ShownCode } from './code.js';
import type { AllTokensRevoked, EmailVerified, PasswordChanged, PasswordResetRequested } from './events.js';
import type { AccountSnapshot } from './snapshot.js';
import { mailboxProved } from './verification.js';

/**
 * ChangePassword of an active account, in one append: no token of before goes on, the bearer's own neither (G4). A new family of
 * the epoch of this very revocation begins on the bearer's device afterwards. A reset code that is under way is void.
 */
export function changePassword(
  account: AccountSnapshot,
  passwordHash: Sealed,
): readonly [PasswordChanged, AllTokensRevoked] {
  const after = withPassword(account, passwordHash);
  return [
    { type: 'PasswordChanged', data: { account: after, nameDropped: false } },
    { type: 'AllTokensRevoked', data: { account: after, reason: 'password_changed' } },
  ];
}

/** RequestPasswordReset; null if the account is not active. */
export function requestPasswordReset(account: AccountSnapshot, request: CodeRequest): PasswordResetRequested | null {
  if (account.status !== 'active') return null;
  const { codeHash } = request;
  return { type: 'PasswordResetRequested', data: { account: { ...account, pendingReset: pendingOf(request) }, codeHash } };
}

/**
 * ResetPassword: single use, in one append. The code came by mail, so it proves the mailbox too. A person who registered an
 * email that was never verified may not be its owner: their name of it is dropped.
 */
export function resetPassword(
  account: AccountSnapshot,
  { passwordHash, ...shown }: ShownCode & { readonly passwordHash: Sealed },
):
  | { readonly outcome: 'reset'; readonly events: readonly [PasswordChanged, AllTokensRevoked, EmailVerified] }
  | CodeRefused {
  if (account.status !== 'active') return { outcome: 'code_invalid' };
  const refused = refusalOfCode(account.pendingReset, shown);
  if (refused !== null) return refused;
  const after = mailboxProved(withPassword(account, passwordHash));
  return {
    outcome: 'reset',
    events: [
      { type: 'PasswordChanged', data: { account: after, nameDropped: !account.emailVerified } },
      { type: 'AllTokensRevoked', data: { account: after, reason: 'password_reset' } },
      { type: 'EmailVerified', data: { account: after } },
    ],
  };
}

function withPassword(account: AccountSnapshot, passwordHash: Sealed): AccountSnapshot {
  const epoch = account.epoch + 1;
  return { ...account, passwordHash, epoch, kept: null, passwordEpoch: epoch, pendingReset: null };
}
