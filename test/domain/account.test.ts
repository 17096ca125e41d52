import { describe, expect, it } from '@jest/globals';
import {
  abandonRegistration,
  changePassword,
  disableUser,
  enableUser,
  eraseUser,
  grantRole,
  registerUser,
  registerUserToVerify,
  revokeAllTokens,
  revokeRole,
} from '../../src/domain/account/decide.js';
import type { AccountEvent } from '../../src/domain/account/events.js';
import type { AccountSnapshot } from '../../src/domain/account/snapshot.js';
import { accountOf, evolveAccount, isTornRead, lives, revokedAt } from '../../src/domain/account/state.js';
import { START } from '../support/family-history.js';

const registered = registerUser({ email: 'e', name: 'n', emailKey: 'k', passwordHash: 'h' });
const account = accountOf(registered);
const NO_NOTE = { note: null };
const KEPT = { sid: 's', epoch: 0 };

/** The account that an append leaves. */
function after(events: readonly AccountEvent[]): AccountSnapshot {
  return accountOf(events.at(-1)!);
}

describe('RegisterUser', () => {
  it('begins an active account in epoch 0, unverified, without roles', () => {
    expect(registered).toEqual({
      type: 'UserRegistered',
      data: {
        email: 'e',
        name: 'n',
        emailKey: 'k',
        account: {
          ...{ status: 'active', epoch: 0, kept: null, roles: [], emailVerified: false, passwordHash: 'h' },
          ...{ passwordEpoch: 0, pendingReset: null, pendingVerification: null, usedVerification: null },
        },
      },
    });
  });

  it('asks for a verification in the same append', () => {
    const user = { email: 'e', name: null, emailKey: 'k', passwordHash: 'h' };
    const events = registerUserToVerify(user, { eventId: 'v', codeHash: 'c', now: START });
    const pendingVerification = { eventId: 'v', requestedAt: START };
    expect(events).toMatchObject([
      { type: 'UserRegistered', data: { email: 'e', account: { pendingVerification } } },
      { type: 'EmailVerificationRequested', data: { codeHash: 'c', account: { pendingVerification } } },
    ]);
  });

  it('that was given up leaves an account that nothing can be done with', () => {
    const abandoned = accountOf(abandonRegistration());
    expect(abandoned).toMatchObject({ status: 'abandoned', passwordHash: null, roles: [] });
    expect(eraseUser(abandoned, { emailKey: 'k' })).toEqual([]);
    expect(disableUser(abandoned, NO_NOTE)).toEqual([]);
    expect(enableUser(abandoned, NO_NOTE)).toEqual([]);
    expect(revokeAllTokens(abandoned, { kept: null, reason: 'admin' })).toBeNull();
    expect(grantRole(abandoned, { role: 'admin' })).toBeNull();
  });
});

describe('RevokeAllTokens', () => {
  it('G5: is one event in the next epoch, and only the family kept last is kept', () => {
    const once = revokeAllTokens(account, { kept: KEPT, reason: 'logout_all' });
    expect(once).toEqual({
      type: 'AllTokensRevoked',
      data: { account: { ...account, epoch: 1, kept: KEPT }, reason: 'logout_all' },
    });
    const twice = revokeAllTokens(accountOf(once!), { kept: null, reason: 'admin' });
    expect(twice).toMatchObject({ data: { account: { epoch: 2, kept: null }, reason: 'admin' } });
  });

  it('G4: revives no family that an earlier one ended, although it is named as kept', () => {
    const once = accountOf(revokeAllTokens(account, { kept: null, reason: 'logout_all' })!);
    const twice = revokeAllTokens(once, { kept: KEPT, reason: 'logout_all' });
    expect(twice).toMatchObject({ data: { account: { epoch: 2, kept: null } } });
  });

  it('is nothing for an account that is disabled or erased', () => {
    const disabled = after(disableUser(account, NO_NOTE));
    expect(revokeAllTokens(disabled, { kept: null, reason: 'admin' })).toBeNull();
    const erased = after(eraseUser(account, { emailKey: 'k' }));
    expect(revokeAllTokens(erased, { kept: null, reason: 'admin' })).toBeNull();
  });
});

describe('ChangePassword', () => {
  it('G4: leaves nothing of before, in one append', () => {
    const kept = accountOf(revokeAllTokens(account, { kept: KEPT, reason: 'logout_all' })!);
    const events = changePassword(kept, 'h2');
    expect(events).toMatchObject([
      { type: 'PasswordChanged', data: { nameDropped: false } },
      { type: 'AllTokensRevoked', data: { reason: 'password_changed' } },
    ]);
    for (const event of events)
      expect(accountOf(event)).toEqual({ ...kept, passwordHash: 'h2', epoch: 2, kept: null, passwordEpoch: 2 });
  });

  it('says by its epoch which tokens are older than the password', () => {
    const changed = after(changePassword(account, 'h2'));
    const later = accountOf(revokeAllTokens(changed, { kept: null, reason: 'logout_all' })!);
    expect(later).toMatchObject({ epoch: 2, passwordEpoch: 1 });
  });
});

describe('DisableUser, EnableUser, EraseUser', () => {
  it('disable an active account and end all its families', () => {
    const events = disableUser(account, { note: 'sealed words' });
    expect(events).toMatchObject([
      { type: 'UserDisabled', data: { note: 'sealed words' } },
      { type: 'AllTokensRevoked', data: { reason: 'disabled' } },
    ]);
    for (const event of events) expect(accountOf(event)).toMatchObject({ status: 'disabled', epoch: 1, kept: null });
    expect(disableUser(after(events), NO_NOTE)).toEqual([]);
  });

  it('enable a disabled account, in the epoch it has', () => {
    const disabled = after(disableUser(account, NO_NOTE));
    const events = enableUser(disabled, { note: 'sealed words' });
    expect(events).toMatchObject([{ type: 'UserEnabled', data: { note: 'sealed words' } }]);
    expect(after(events)).toEqual({ ...disabled, status: 'active' });
    expect(enableUser(account, NO_NOTE)).toEqual([]);
  });

  it.each([
    ['an active account', account],
    ['a disabled account', after(disableUser(account, NO_NOTE))],
  ])('erase %s for good, without password and roles', (_, before) => {
    const events = eraseUser({ ...before, roles: ['admin'] }, { emailKey: 'k' });
    expect(events).toMatchObject([
      { type: 'UserErased', data: { emailKey: 'k' } },
      { type: 'AllTokensRevoked', data: { reason: 'erased' } },
    ]);
    const erased = { status: 'erased', passwordHash: null, roles: [], kept: null, epoch: before.epoch + 1 };
    for (const event of events) expect(accountOf(event)).toMatchObject(erased);
    expect(eraseUser(after(events), { emailKey: 'k' })).toEqual([]);
    expect(disableUser(after(events), NO_NOTE)).toEqual([]);
    expect(enableUser(after(events), NO_NOTE)).toEqual([]);
  });
});

describe('GrantRole and RevokeRole', () => {
  it('change a role once, in one order, whichever came first', () => {
    const once = accountOf(grantRole(account, { role: 'auditor' })!);
    const twice = grantRole(once, { role: 'admin' });
    expect(twice).toEqual({
      type: 'RoleGranted',
      data: { account: { ...account, roles: ['admin', 'auditor'] }, role: 'admin' },
    });
    expect(grantRole(once, { role: 'auditor' })).toBeNull();
    expect(revokeRole(accountOf(twice!), { role: 'auditor' })).toMatchObject({
      type: 'RoleRevoked',
      data: { account: { roles: ['admin'] }, role: 'auditor' },
    });
    expect(revokeRole(account, { role: 'admin' })).toBeNull();
  });

  it('also concern a disabled account, but not an erased one', () => {
    expect(grantRole(after(disableUser(account, NO_NOTE)), { role: 'admin' })).not.toBeNull();
    expect(grantRole(after(eraseUser(account, { emailKey: 'k' })), { role: 'admin' })).toBeNull();
  });
});

describe('a family of an account', () => {
  const family = { sid: 's', epoch: 1 };

  it.each<[string, Partial<AccountSnapshot>, boolean]>([
    ['is current in the epoch of its user', { epoch: 1 }, true],
    ['is over in a later epoch', { epoch: 2 }, false],
    ['is current if it was kept', { epoch: 3, kept: { sid: 's', epoch: 1 } }, true],
    ['is over if another one was kept', { epoch: 3, kept: { sid: 't', epoch: 1 } }, false],
    ['is over if it was kept in a later epoch than its own', { epoch: 3, kept: { sid: 's', epoch: 2 } }, false],
    ['is not decided by an account that is older', { epoch: 0, kept: { sid: 's', epoch: 0 } }, false],
    ['is over while its user is disabled', { epoch: 1, status: 'disabled' }, false],
  ])('%s', (_, change, expected) => {
    expect(lives(family, { ...account, ...change })).toBe(expected);
  });

  it.each<[string, { epoch: number; kept: AccountSnapshot['kept'] }, boolean]>([
    ['newer than the account', { epoch: 0, kept: null }, true],
    ['older than the epoch in which it was kept', { epoch: 3, kept: { sid: 's', epoch: 2 } }, true],
    ['of the epoch in which it was kept', { epoch: 3, kept: { sid: 's', epoch: 1 } }, false],
    ['older than another one that was kept', { epoch: 3, kept: { sid: 't', epoch: 2 } }, false],
    ['of an earlier epoch', { epoch: 3, kept: null }, false],
  ])('T10: that is %s: whether it was read torn', (_, read, expected) => {
    expect(isTornRead(family, read)).toBe(expected);
  });

  it('was ended by the first event that did not let it live', () => {
    const events = [
      { account: { ...account, epoch: 0 }, occurredAt: START },
      { account: { ...account, epoch: 2, kept: { sid: 's', epoch: 1 } }, occurredAt: START + 1 },
      { account: { ...account, epoch: 3 }, occurredAt: START + 2 },
      { account: { ...account, epoch: 4 }, occurredAt: START + 3 },
    ];
    expect(revokedAt(family, events)).toBe(START + 2);
    expect(revokedAt(family, events.slice(0, 2))).toBeNull();
  });
});

describe('the stream of a user', () => {
  it('begins with its registration or its end', () => {
    expect(() => evolveAccount(null, revokeAllTokens(account, { kept: null, reason: 'admin' })!)).toThrow('begins');
    expect(evolveAccount(null, abandonRegistration()).status).toBe('abandoned');
  });
});
