import { describe, expect, it } from '@jest/globals';
import {
  changePassword,
  disableUser,
  enableUser,
  eraseUser,
  requestEmailVerification,
  requestPasswordReset,
  resetPassword,
  verifyEmail,
} from '../../src/domain/account/decide.js';
import type { AccountEvent } from '../../src/domain/account/events.js';
import type { AccountSnapshot } from '../../src/domain/account/snapshot.js';
import { accountOf } from '../../src/domain/account/state.js';
import { HOUR, REGISTERED, START } from '../support/family-history.js';

const account = accountOf(REGISTERED);
const LIFETIME = 24 * HOUR;
const INVALID = { outcome: 'code_invalid' };
const EXPIRED = { outcome: 'code_expired' };

const request = (eventId: string, now = START) => ({ eventId, codeHash: `hash of ${eventId}`, now });
const shown = (eventId: string, now = START) => ({ eventId, now, codeLifetimeMs: LIFETIME });
const reset = (before: AccountSnapshot, eventId: string, now = START) =>
  resetPassword(before, { ...shown(eventId, now), passwordHash: 'h2' });

const asksToVerify = (before: AccountSnapshot, eventId: string, now = START): AccountSnapshot =>
  accountOf(requestEmailVerification(before, request(eventId, now))!);
const asksToReset = (before: AccountSnapshot, eventId: string, now = START): AccountSnapshot =>
  accountOf(requestPasswordReset(before, request(eventId, now))!);

/** The account after a code that was accepted. */
function after(result: { outcome: string; events?: readonly AccountEvent[] }): AccountSnapshot {
  return accountOf(result.events!.at(-1)!);
}

describe('VerifyEmail', () => {
  it('proves the mailbox by the code of the pending request', () => {
    expect(requestEmailVerification(account, request('v1'))).toEqual({
      type: 'EmailVerificationRequested',
      data: {
        account: { ...account, pendingVerification: { eventId: 'v1', requestedAt: START } },
        codeHash: 'hash of v1',
      },
    });
    expect(verifyEmail(asksToVerify(account, 'v1'), shown('v1'))).toEqual({
      outcome: 'verified',
      events: [{ type: 'EmailVerified', data: { account: { ...account, emailVerified: true, usedVerification: 'v1' } } }],
    });
  });

  it('answers a code shown again by "already verified", and no other code', () => {
    const verified = after(verifyEmail(asksToVerify(account, 'v1'), shown('v1')));
    expect(verifyEmail(verified, shown('v1', START + 9 * LIFETIME))).toEqual({ outcome: 'already_verified', events: [] });
    expect(verifyEmail(verified, shown('v2'))).toEqual(INVALID);
  });

  it('takes no code that a newer one has voided, expired or not', () => {
    const twice = asksToVerify(asksToVerify(account, 'v1'), 'v2');
    expect(verifyEmail(twice, shown('v1'))).toEqual(INVALID);
    expect(verifyEmail(twice, shown('v1', START + LIFETIME))).toEqual(INVALID);
    expect(verifyEmail(twice, shown('v2'))).toMatchObject({ outcome: 'verified' });
  });

  it('G11: takes a code until its lifetime is over, in either direction of the clock', () => {
    const asked = asksToVerify(account, 'v1');
    expect(verifyEmail(asked, shown('v1', START + LIFETIME - 1))).toMatchObject({ outcome: 'verified' });
    expect(verifyEmail(asked, shown('v1', START + LIFETIME))).toEqual(EXPIRED);
    expect(verifyEmail(asked, shown('v1', START - LIFETIME))).toEqual(EXPIRED);
  });

  it('takes no code without a request', () => {
    expect(verifyEmail(account, shown('v1'))).toEqual(INVALID);
  });

  it('is not asked for once the mailbox is proved', () => {
    const verified = after(verifyEmail(asksToVerify(account, 'v1'), shown('v1')));
    expect(requestEmailVerification(verified, request('v2'))).toBeNull();
  });
});

describe('ResetPassword', () => {
  it('sets the password, ends all families and proves the mailbox, in one append', () => {
    expect(requestPasswordReset(account, request('r1'))).toEqual({
      type: 'PasswordResetRequested',
      data: { account: { ...account, pendingReset: { eventId: 'r1', requestedAt: START } }, codeHash: 'hash of r1' },
    });
    const next = { ...account, passwordHash: 'h2', epoch: 1, passwordEpoch: 1, emailVerified: true };
    expect(reset(asksToReset(account, 'r1'), 'r1')).toEqual({
      outcome: 'reset',
      events: [
        { type: 'PasswordChanged', data: { account: next, nameDropped: true } },
        { type: 'AllTokensRevoked', data: { account: next, reason: 'password_reset' } },
        { type: 'EmailVerified', data: { account: next } },
      ],
    });
  });

  it('drops the name of an account that was never verified, and of no other', () => {
    const verified = after(verifyEmail(asksToVerify(account, 'v1'), shown('v1')));
    expect(reset(asksToReset(verified, 'r1'), 'r1')).toMatchObject({
      events: [{ data: { nameDropped: false } }, { type: 'AllTokensRevoked' }, { type: 'EmailVerified' }],
    });
  });

  it('takes a code once', () => {
    const done = after(reset(asksToReset(account, 'r1'), 'r1'));
    expect(reset(done, 'r1')).toEqual(INVALID);
  });

  it('takes no code that a newer one has voided, and none of the other kind', () => {
    const both = asksToReset(asksToVerify(asksToReset(account, 'r1'), 'v1'), 'r2');
    expect(reset(both, 'r1')).toEqual(INVALID);
    expect(reset(both, 'v1')).toEqual(INVALID);
    expect(verifyEmail(both, shown('r2'))).toEqual(INVALID);
    expect(verifyEmail(both, shown('v1'))).toMatchObject({ outcome: 'verified' });
    expect(reset(both, 'r2')).toMatchObject({ outcome: 'reset' });
  });

  it('takes a code that has expired only to say so', () => {
    const asked = asksToReset(account, 'r1');
    expect(reset(asked, 'r1', START + LIFETIME - 1)).toMatchObject({ outcome: 'reset' });
    expect(reset(asked, 'r1', START + LIFETIME)).toEqual(EXPIRED);
    expect(reset(asked, 'r1', START - LIFETIME)).toEqual(EXPIRED);
    expect(reset(asked, 'other', START + LIFETIME)).toEqual(INVALID);
  });

  it('makes a verification that is under way "already verified"', () => {
    const done = after(reset(asksToReset(asksToVerify(account, 'v1'), 'r1'), 'r1'));
    expect(verifyEmail(done, shown('v1'))).toEqual({ outcome: 'already_verified', events: [] });
  });

  it('takes no code of before a change of password', () => {
    const changed = accountOf(changePassword(asksToReset(account, 'r1'), 'h2')[1]);
    expect(reset(changed, 'r1')).toEqual(INVALID);
  });
});

describe('an account that is not active', () => {
  const asked = asksToReset(asksToVerify(account, 'v1'), 'r1');
  const disabled = accountOf(disableUser(asked, { note: null })[1]!);
  const erased = accountOf(eraseUser(asked, { emailKey: 'k' })[1]!);

  it.each([
    ['disabled', disabled],
    ['erased', erased],
  ])('because it is %s asks for no code and takes none', (_, one) => {
    expect(requestPasswordReset(one, request('r2'))).toBeNull();
    expect(requestEmailVerification(one, request('v2'))).toBeNull();
    expect(reset(one, 'r1')).toEqual(INVALID);
    expect(verifyEmail(one, shown('v1'))).toEqual(INVALID);
  });

  it('takes no code of before once it is enabled again', () => {
    const enabled = accountOf(enableUser(disabled, { note: null })[0]!);
    expect(reset(enabled, 'r1')).toEqual(INVALID);
    expect(verifyEmail(enabled, shown('v1'))).toEqual(INVALID);
  });
});
