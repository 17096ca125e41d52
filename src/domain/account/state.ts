import type { Instant } from '../instant.js';
import type { AccountEvent, AllTokensRevoked } from './events.js';
import type { AccountSnapshot } from './snapshot.js';

/**
 * Whether a family is current as far as its user is concerned: the account is active, and the family's epoch is the user's, or the
 * family is the one kept last and not older than the epoch named then. A caller whose two reads do not fit
 * together reads again first (`isTornRead`).
 */
export function lives(
  family: { readonly sid: string; readonly epoch: number },
  { status, epoch, kept }: Pick<AccountSnapshot, 'status' | 'epoch' | 'kept'>,
): boolean {
  if (status !== 'active') return false;
  if (family.epoch === epoch) return true;
  return kept?.sid === family.sid && family.epoch >= kept.epoch && family.epoch < epoch;
}

/**
 * Whether a family and its user's account were read at moments that do not fit together, so that `lives` says nothing: the family
 * is newer than the account, or was kept at an epoch that the family, as it was read, had not reached. Both are read again, once
 * from the leader: what does not fit then either is a log that was cut.
 */
export function isTornRead(
  family: { readonly sid: string; readonly epoch: number },
  { epoch, kept }: Pick<AccountSnapshot, 'epoch' | 'kept'>,
): boolean {
  return family.epoch > epoch || (kept?.sid === family.sid && family.epoch < kept.epoch);
}

/**
 * When the events of a family's user ended it, given oldest first; null if they did not. A later revocation does not count: the
 * family was over by then.
 */
export function revokedAt(
  family: { readonly sid: string; readonly epoch: number },
  events: readonly { readonly account: AccountSnapshot; readonly occurredAt: Instant }[],
): Instant | null {
  // Events of an epoch before the family's came before it, or before its last rotation.
  const end = events.find(({ account }) => account.epoch >= family.epoch && !lives(family, account));
  return end?.occurredAt ?? null;
}

/** The account after the newest event of a user's stream. No older event is needed (G9). */
export function accountOf(newest: AccountEvent): AccountSnapshot {
  return newest.data.account;
}

/**
 * The account after one more event, which is taken only for what it changes; null is no account yet. A folded stream gives the
 * same account as its newest event alone (`accountOf`). Throws if a stream does not begin with its registration or its end.
 */
export function evolveAccount(account: AccountSnapshot | null, event: AccountEvent): AccountSnapshot {
  if (event.type === 'UserRegistered' || event.type === 'RegistrationAbandoned') return event.data.account;
  if (account === null) throw new Error('the stream of a user begins with UserRegistered');
  return afterEvent(account, event);
}

type LaterEvent = Exclude<AccountEvent, { type: 'UserRegistered' | 'RegistrationAbandoned' }>;

function afterEvent(account: AccountSnapshot, { type, data }: LaterEvent): AccountSnapshot {
  const { passwordHash, roles, pendingReset, pendingVerification, usedVerification } = data.account;
  switch (type) {
    case 'PasswordChanged':
      return { ...account, passwordHash, pendingReset };
    case 'PasswordResetRequested':
      return { ...account, pendingReset };
    case 'EmailVerificationRequested':
      return { ...account, pendingVerification };
    case 'EmailVerified':
      return { ...account, emailVerified: true, pendingVerification, usedVerification };
    case 'AllTokensRevoked':
      return afterRevocation(account, data);
    case 'UserDisabled':
    case 'UserEnabled':
    case 'UserErased':
      return afterChangeOfStatus(account, type);
    case 'RoleGranted':
    case 'RoleRevoked':
      return { ...account, roles };
  }
}

function afterChangeOfStatus(
  account: AccountSnapshot,
  type: 'UserDisabled' | 'UserEnabled' | 'UserErased',
): AccountSnapshot {
  if (type === 'UserEnabled') return { ...account, status: 'active' };
  const ended = { ...account, pendingReset: null, pendingVerification: null };
  return type === 'UserDisabled'
    ? { ...ended, status: 'disabled' }
    : { ...ended, status: 'erased', roles: [], passwordHash: null };
}

function afterRevocation(
  account: AccountSnapshot,
  { reason, account: { kept } }: AllTokensRevoked['data'],
): AccountSnapshot {
  const epoch = account.epoch + 1;
  const isPassword = reason === 'password_changed' || reason === 'password_reset';
  return { ...account, epoch, kept, passwordEpoch: isPassword ? epoch : account.passwordEpoch };
}
