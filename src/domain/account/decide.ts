import type { Sealed } from '../event.js';
import type { Account } from './account.js';
import type { AccountEvent, AllTokensRevoked, PasswordChanged, RegistrationAbandoned, UserRegistered } from './events.js';
import { accountFactsOf, type AccountFacts, type SparedFamily } from './state.js';

/** RegisterUser: the first event of a user's stream. */
export function registerUser(user: Omit<UserRegistered['data'], keyof Omit<AccountFacts, 'userId'>>): UserRegistered {
  return { type: 'UserRegistered', data: { ...user, status: 'active', epoch: 0, spared: null } };
}

/** Gives a registration up that never came: the only event of the user's stream then. */
export function abandonRegistration(userId: string): RegistrationAbandoned {
  return { type: 'RegistrationAbandoned', data: { userId, status: 'abandoned', epoch: 0, spared: null } };
}

/**
 * RevokeAllTokens: one event, however many devices (G5). Whoever names a family to spare has made sure that it is alive, and
 * names the epoch it has.
 */
export function revokeAllTokens(account: AccountFacts, spared: SparedFamily | null): AllTokensRevoked {
  return { type: 'AllTokensRevoked', data: { ...facts(account), epoch: account.epoch + 1, spared } };
}

/** ChangePassword and ResetPassword: whoever knew the old password keeps nothing, save the family spared. */
export function changePassword(
  account: AccountFacts,
  passwordHash: Sealed,
  spared: SparedFamily | null,
): readonly [PasswordChanged, AllTokensRevoked] {
  const changed: PasswordChanged = { type: 'PasswordChanged', data: { ...facts(account), passwordHash } };
  return [changed, revokeAllTokens(account, spared)];
}

/** VerifyEmail; nothing if it was verified before or the account is not active. */
export function verifyEmail(account: Account): readonly AccountEvent[] {
  if (account.emailVerified || account.status !== 'active') return [];
  return [{ type: 'EmailVerified', data: facts(account) }];
}

/** DisableUser: nobody signs in or refreshes until enabled again, and then only by signing in anew. */
export function disableUser(account: AccountFacts): readonly AccountEvent[] {
  if (account.status !== 'active') return [];
  const disabled = { ...facts(account), status: 'disabled' as const };
  return [{ type: 'UserDisabled', data: disabled }, revokeAllTokens(disabled, null)];
}

/** EnableUser; nothing unless it is disabled. */
export function enableUser(account: AccountFacts): readonly AccountEvent[] {
  if (account.status !== 'disabled') return [];
  return [{ type: 'UserEnabled', data: { ...facts(account), status: 'active' } }];
}

/** EraseUser: for good. What is sealed is lost with the user's key; the address may be claimed anew. */
export function eraseUser(account: AccountFacts): readonly AccountEvent[] {
  if (account.status === 'erased' || account.status === 'abandoned') return [];
  return [{ type: 'UserErased', data: { ...facts(account), status: 'erased', epoch: account.epoch + 1, spared: null } }];
}

/** An account may hold more than its facts; events carry the facts alone. */
function facts(account: AccountFacts): AccountFacts {
  return accountFactsOf({ data: account });
}
