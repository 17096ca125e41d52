import { beforeEach, describe, expect, it } from '@jest/globals';
import { stateOf } from '../../src/domain/token-family/state.js';
import { issueToken } from '../../src/domain/token-family/issue-token.js';
import { DAY, FamilyHistory, POLICY, uuid } from '../support/family-history.js';

let device: FamilyHistory;
beforeEach(() => {
  device = new FamilyHistory();
});

describe('IssueToken', () => {
  it('begins a family of generation 0 in the user’s epoch', () => {
    device.signIn({ tag: 'tag' });
    expect(device.events).toEqual([
      {
        type: 'TokenIssued',
        data: {
          family: {
            sid: uuid(1),
            generation: 0,
            epoch: 0,
            familyIssuedAt: device.now,
            idleExpiresAt: device.now + 7 * DAY,
            absoluteExpiresAt: device.now + 90 * DAY,
            token: {
              ...{ jti: uuid(2), keyId: 'key', runId: 'run', tokenIssuedAt: device.now, revision: 0 },
              ...{ lastContested: null, nameRevision: null },
            },
            attempt: null,
            tag: 'tag',
            redelivered: false,
            contested: null,
            binding: null,
            adoption: null,
            remember: true,
            nameRevision: null,
            rotationLimitAt: null,
          },
          deviceName: null,
          client: null,
        },
      },
    ]);
  });

  it('names the revision of its own event if the device gets a name, also behind the end of the former family', () => {
    device.signIn({ deviceName: 'sealed name' });
    expect(device.family).toMatchObject({ nameRevision: 0, token: { nameRevision: 0 } });
    device.signIn({ deviceName: 'sealed name' });
    expect(device.family).toMatchObject({ nameRevision: 2, token: { nameRevision: 2, revision: 2 } });
    device.signIn();
    expect(device.family.nameRevision).toBeNull();
  });

  it('binds the family to the key of a proof from generation 0 on', () => {
    device.signIn({ jkt: 'thumbprint', remember: false });
    expect(device.family).toMatchObject({ binding: { jkt: 'thumbprint', generation: 0 }, remember: false });
  });

  it('keeps instants whole although configured times may be fractions', () => {
    device.policy = { ...POLICY, lifetimes: { idleMs: 1.5, absoluteMs: 2.7, graceMs: 0.5 } };
    device.signIn();
    expect(device.family.idleExpiresAt).toBe(device.now + 1);
    expect(device.family.absoluteExpiresAt).toBe(device.now + 2);
  });

  it('T4: never expires idle later than absolutely', () => {
    device.policy = { ...POLICY, lifetimes: { idleMs: 7 * DAY, absoluteMs: DAY, graceMs: 0 } };
    device.signIn();
    expect(device.family.idleExpiresAt).toBe(device.now + DAY);
  });

  it('G5: ends the family that lived on the device, in the same append', () => {
    const former = device.signIn();
    device.signIn();
    expect(device.events).toMatchObject([
      { type: 'TokenIssued' },
      { type: 'TokenRevoked', data: { family: { sid: former.sid }, reason: 'superseded' } },
      { type: 'TokenIssued', data: { family: { token: { revision: 2 } } } },
    ]);
  });

  it('G11: notes the expiry of a family that no sweep has seen', () => {
    device.signIn();
    device.wait(7 * DAY);
    device.signIn();
    expect(device.typesOf()).toEqual(['TokenIssued', 'TokenExpired', 'TokenIssued']);
  });

  it.each([
    ['has ended', () => device.revoke(device.held.sid)],
    ['is of an epoch that is over', () => device.revokeAll()],
  ])('leaves a former family alone that %s', (_, end) => {
    device.signIn();
    end();
    const before = device.events.length;
    device.signIn();
    expect(device.typesOf(before)).toEqual(['TokenIssued']);
    expect(device.state?.family.token.revision).toBe(before);
  });

  it('leaves a former family alone that a restored log refuses', () => {
    device.signIn();
    const refused = { ...stateOf(device.events[0]!, 0), end: { by: 'restore' as const } };
    const { events, issued } = issueToken(refused, {
      ...{ account: device.account, currentAccount: device.account, formerRevokedAt: null, sid: uuid(8) },
      ...{ successor: { jti: uuid(9), keyId: 'key', runId: 'run' }, now: device.now, policy: POLICY },
      ...{ deviceName: null, client: null, tag: null, remember: true, jkt: null },
    });
    expect(events).toEqual([issued]);
    expect(issued.data.family.token.revision).toBe(1);
  });

  it('G6: a family issued on a password checked before a revocation of all tokens does not live', () => {
    const checked = device.account;
    device.revokeAll();
    const token = device.signIn({ account: checked });
    expect(device.present(token).outcome).toBe('revoked');
  });

  it('G5: ends a family that was kept meanwhile and lives in an epoch after the one of the password check', () => {
    const kept = device.signIn();
    const checked = device.account;
    device.revokeAll({ sid: kept.sid, epoch: 0 });
    device.rotate(kept);
    device.signIn({ account: checked });
    expect(device.typesOf(1)).toEqual(['TokenRotated', 'TokenRevoked', 'TokenIssued']);
  });

  it('G4: a family issued after a change of password goes on, no token of before does', () => {
    const before = device.signIn();
    device.changePassword();
    expect(device.present(before).outcome).toBe('revoked');
    const after = device.signIn();
    expect(device.present(before).outcome).toBe('revoked');
    expect(device.present(after).outcome).toBe('rotated');
  });
});
