import { describe, expect, it } from '@jest/globals';
import type { AccountEvent } from '../../src/domain/account/events.js';
import type { AccountSnapshot } from '../../src/domain/account/snapshot.js';
import { positionOf } from '../../src/event-store/position.js';
import { MAX_REVOCATIONS } from '../../src/read-model/documents.js';
import { ProjectionError } from '../../projections/projection.js';
import { NOW } from '../support/event-log/some-family.js';
import { REGISTERED } from '../support/family-history.js';
import { account, USER } from '../support/reduced.js';

const snapshot = (change: Partial<AccountSnapshot> = {}): AccountSnapshot => ({ ...REGISTERED.data.account, ...change });

describe('the account of a user', () => {
  const REVOKED = (epoch: number, kept: AccountSnapshot['kept'] = null): AccountEvent => ({
    type: 'AllTokensRevoked',
    data: { account: snapshot({ epoch, kept }), reason: 'logout_all' },
  });

  it('begins with the registration', () => {
    expect(account(REGISTERED)).toEqual({
      ...{ id: USER.userId, status: 'active', epoch: 0, kept: null, revocations: [], email: 'sealed', emailKey: 'key' },
      ...{ name: null, emailVerified: false, roles: [], registeredAt: NOW + 1, statusSince: NOW + 1 },
      position: positionOf(1),
    });
  });

  it('lists the newest revocations of all tokens, the newest first', () => {
    const kept = { sid: 'kept', epoch: 1 };
    expect(account(REGISTERED, REVOKED(1), REVOKED(2, kept))).toMatchObject({
      ...{ epoch: 2, kept },
      revocations: [
        { epoch: 2, at: NOW + 3, reason: 'logout_all', kept },
        { epoch: 1, at: NOW + 2, reason: 'logout_all', kept: null },
      ],
    });
    const many = Array.from({ length: MAX_REVOCATIONS + 5 }, (_, index) => REVOKED(index + 1));
    const { revocations } = account(REGISTERED, ...many)!;
    expect(revocations.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 20 }, (_, index) => 25 - index));
  });

  it('is disabled and enabled, and says since when', () => {
    const disabled: AccountEvent = {
      type: 'UserDisabled',
      data: { account: snapshot({ status: 'disabled' }), note: null },
    };
    const enabled: AccountEvent = { type: 'UserEnabled', data: { account: snapshot(), note: null } };
    const since = account(REGISTERED, disabled);
    expect(since).toMatchObject({ status: 'disabled', statusSince: NOW + 2 });
    expect(account(REGISTERED, disabled, REVOKED(1))).toMatchObject({ status: 'active' });
    expect(account(REGISTERED, disabled, enabled)).toMatchObject({ status: 'active', statusSince: NOW + 3 });
    expect(account(REGISTERED, enabled)).toMatchObject({ statusSince: NOW + 1 });
  });

  it('forgets who it was when it is erased', () => {
    const erased: AccountEvent = {
      type: 'UserErased',
      data: { account: snapshot({ status: 'erased', roles: [] }), emailKey: 'key' },
    };
    const gone = { status: 'erased', email: null, emailKey: null, name: null, statusSince: NOW + 2 };
    expect(account(REGISTERED, erased)).toMatchObject(gone);
  });

  it('loses the name that somebody else may have given', () => {
    const changed = (nameDropped: boolean): AccountEvent => ({
      type: 'PasswordChanged',
      data: { account: snapshot(), nameDropped },
    });
    const named = { ...REGISTERED, data: { ...REGISTERED.data, name: 'sealed name' } };
    expect(account(named, changed(false))).toMatchObject({ name: 'sealed name' });
    expect(account(named, changed(true))).toMatchObject({ name: null });
  });

  it('shows what every event says of it', () => {
    const verified: AccountEvent = { type: 'EmailVerified', data: { account: snapshot({ emailVerified: true }) } };
    const granted: AccountEvent = {
      type: 'RoleGranted',
      data: { account: snapshot({ roles: ['admin'] }), role: 'admin' },
    };
    expect(account(REGISTERED, verified)).toMatchObject({ emailVerified: true });
    expect(account(REGISTERED, granted)).toMatchObject({ roles: ['admin'] });
  });

  it('does not exist if its registration was given up, and must exist otherwise', () => {
    const abandoned: AccountEvent = { type: 'RegistrationAbandoned', data: { account: snapshot({ status: 'abandoned' }) } };
    expect(account(abandoned)).toBeUndefined();
    expect(() => account(REGISTERED, abandoned)).toThrow(ProjectionError);
    expect(() => account(REVOKED(1))).toThrow(ProjectionError);
    expect(() => account(REGISTERED, REGISTERED)).toThrow(ProjectionError);
  });
});
