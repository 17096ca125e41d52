import type { Sealed } from '../event.js';
import type { AllTokensRevoked, RoleGranted, RoleRevoked, UserDisabled, UserEnabled, UserErased } from './events.js';
import { withoutFamiliesAndCodes } from './revocation.js';
import { ROLES, type AccountSnapshot, type Role } from './snapshot.js';

interface Noted {
  /** A person's reason, sealed. */
  readonly note: Sealed | null;
}

/** DisableUser: nobody signs in or refreshes until enabled again, and then only by a new sign-in. Nothing unless it is active. */
export function disableUser(
  account: AccountSnapshot,
  { note }: Noted,
): readonly [UserDisabled, AllTokensRevoked] | readonly [] {
  if (account.status !== 'active') return [];
  const after = { ...withoutFamiliesAndCodes(account), status: 'disabled' as const };
  return [
    { type: 'UserDisabled', data: { account: after, note } },
    { type: 'AllTokensRevoked', data: { account: after, reason: 'disabled' } },
  ];
}

/** EnableUser; nothing unless it is disabled. */
export function enableUser(account: AccountSnapshot, { note }: Noted): readonly [UserEnabled] | readonly [] {
  if (account.status !== 'disabled') return [];
  return [{ type: 'UserEnabled', data: { account: { ...account, status: 'active' }, note } }];
}

/** EraseUser: for good. What is sealed is lost with the user's key (G18); `emailKey` names the email's stream, which is released. */
export function eraseUser(
  account: AccountSnapshot,
  { emailKey }: { readonly emailKey: string },
): readonly [UserErased, AllTokensRevoked] | readonly [] {
  if (account.status === 'erased' || account.status === 'abandoned') return [];
  const after = { ...withoutFamiliesAndCodes(account), status: 'erased' as const, roles: [], passwordHash: null };
  return [
    { type: 'UserErased', data: { account: after, emailKey } },
    { type: 'AllTokensRevoked', data: { account: after, reason: 'erased' } },
  ];
}

interface RoleChange {
  readonly role: Role;
}

/** GrantRole; null if the user has it, or is no user any more. */
export function grantRole(account: AccountSnapshot, { role }: RoleChange): RoleGranted | null {
  if (!isUser(account) || account.roles.includes(role)) return null;
  const roles = ROLES.filter((one) => one === role || account.roles.includes(one));
  return { type: 'RoleGranted', data: { account: { ...account, roles }, role } };
}

/** RevokeRole; null if the user does not have it. */
export function revokeRole(account: AccountSnapshot, { role }: RoleChange): RoleRevoked | null {
  if (!account.roles.includes(role)) return null;
  const roles = account.roles.filter((one) => one !== role);
  return { type: 'RoleRevoked', data: { account: { ...account, roles }, role } };
}

function isUser({ status }: AccountSnapshot): boolean {
  return status === 'active' || status === 'disabled';
}
