import { pendingOf, refusalOfCode, type CodeRefused, type CodeRequest, type ShownCode } from './code.js';
import type { EmailVerificationRequested, EmailVerified } from './events.js';
import type { AccountSnapshot } from './snapshot.js';

/** RequestEmailVerification; null if the account is not active or its mailbox is proved already. */
export function requestEmailVerification(
  account: AccountSnapshot,
  request: CodeRequest,
): EmailVerificationRequested | null {
  if (account.status !== 'active' || account.emailVerified) return null;
  return verificationRequested(account, request);
}

/** The event of a request that is due. */
export function verificationRequested(account: AccountSnapshot, request: CodeRequest): EmailVerificationRequested {
  const { codeHash } = request;
  return {
    type: 'EmailVerificationRequested',
    data: { account: { ...account, pendingVerification: pendingOf(request) }, codeHash },
  };
}

/** VerifyEmail: single use, but the code that was used last is no mistake when the same account shows it again. */
export function verifyEmail(
  account: AccountSnapshot,
  shown: ShownCode,
): { readonly outcome: 'verified' | 'already_verified'; readonly events: readonly EmailVerified[] } | CodeRefused {
  if (account.status !== 'active') return { outcome: 'code_invalid' };
  if (account.usedVerification === shown.eventId) return { outcome: 'already_verified', events: [] };
  const refused = refusalOfCode(account.pendingVerification, shown);
  if (refused !== null) return refused;
  return { outcome: 'verified', events: [{ type: 'EmailVerified', data: { account: mailboxProved(account) } }] };
}

/** The account once its mailbox is proved. A verification code that is under way counts as used: it would prove the same. */
export function mailboxProved(account: AccountSnapshot): AccountSnapshot {
  const usedVerification = account.pendingVerification?.eventId ?? account.usedVerification;
  return { ...account, emailVerified: true, pendingVerification: null, usedVerification };
}
