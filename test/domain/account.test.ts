import { describe, expect, it } from '@jest/globals';
import { evolveAccount, type Account } from '../../src/domain/account/account.js';
import {
  abandonRegistration,
  changePassword,
  disableUser,
  enableUser,
  eraseUser,
  registerUser,
  revokeAllTokens,
  verifyEmail,
} from '../../src/domain/account/decide.js';
import type { AccountEvent } from '../../src/domain/account/events.js';

const registered = registerUser({ userId: 'ursula', email: 'e', name: null, passwordHash: 'h', roles: ['user'] });

function after(...events: readonly AccountEvent[]): Account {
  let account: Account | null = null;
  for (const [revision, event] of [registered, ...events].entries()) account = evolveAccount(account, event, revision);
  return account!;
}

describe('an account', () => {
  it('is active, in epoch 0, once registered', () => {
    expect(after()).toEqual({
      userId: 'ursula',
      status: 'active',
      epoch: 0,
      spared: null,
      revision: 0,
      passwordHash: 'h',
      emailVerified: false,
    });
  });

  it('counts its epoch up with each revocation of all tokens, and remembers only the family spared last', () => {
    const once = after(revokeAllTokens(after(), { sid: 's', epoch: 0 }));
    expect(once).toMatchObject({ epoch: 1, spared: { sid: 's', epoch: 0 } });
    const events = [revokeAllTokens(after(), { sid: 's', epoch: 0 }), revokeAllTokens(once, null)];
    expect(after(...events)).toMatchObject({ epoch: 2, spared: null, revision: 2 });
  });

  it('has a new password and a new epoch after a change of password', () => {
    const events = changePassword(after(), 'h2', { sid: 's', epoch: 0 });
    expect(events.map(({ type }) => type)).toEqual(['PasswordChanged', 'AllTokensRevoked']);
    expect(after(...events)).toMatchObject({ passwordHash: 'h2', epoch: 1, spared: { sid: 's', epoch: 0 } });
  });

  it('can be disabled and enabled, each once, and is then in a new epoch', () => {
    const disabled = disableUser(after());
    expect(after(...disabled)).toMatchObject({ status: 'disabled', epoch: 1, spared: null });
    expect(disableUser(after(...disabled))).toEqual([]);
    const enabled = enableUser(after(...disabled));
    expect(after(...disabled, ...enabled)).toMatchObject({ status: 'active', epoch: 1 });
    expect(enableUser(after(...disabled, ...enabled))).toEqual([]);
  });

  it('is verified once, and only while active', () => {
    const verified = verifyEmail(after());
    expect(after(...verified).emailVerified).toBe(true);
    expect(verifyEmail(after(...verified))).toEqual([]);
    expect(verifyEmail(after(...disableUser(after())))).toEqual([]);
  });

  it('is erased for good, without a password', () => {
    const erased = eraseUser(after());
    expect(after(...erased)).toMatchObject({ status: 'erased', passwordHash: null, epoch: 1 });
    expect(eraseUser(after(...erased))).toEqual([]);
    expect(disableUser(after(...erased))).toEqual([]);
    expect(enableUser(after(...erased))).toEqual([]);
  });

  it('of a registration that was given up is none', () => {
    const abandoned = evolveAccount(null, abandonRegistration('ursula'), 0);
    expect(abandoned).toMatchObject({ status: 'abandoned', passwordHash: null });
    expect(eraseUser(abandoned)).toEqual([]);
  });

  it('carries in every event all that a refresh needs', () => {
    const events = [
      ...changePassword(after(), 'h2', null),
      ...disableUser(after()),
      ...verifyEmail(after()),
      ...eraseUser(after()),
    ];
    for (const { data } of [registered, ...events])
      expect(Object.keys(data)).toEqual(expect.arrayContaining(['userId', 'status', 'epoch', 'spared']));
  });
});
