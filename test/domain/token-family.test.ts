import { beforeEach, describe, expect, it } from '@jest/globals';
import { disableUser } from '../../src/domain/account/decide.js';
import { accountFactsOf } from '../../src/domain/account/state.js';
import { plus } from '../../src/domain/instant.js';
import { DAY, FamilyHistory, LIFETIMES, SECOND } from '../support/family-history.js';

let device: FamilyHistory;
beforeEach(() => {
  device = new FamilyHistory();
});

describe('IssueToken', () => {
  it('begins a family of generation 0 in the user’s epoch', () => {
    device.signIn();
    expect(device.events[0]).toEqual({
      type: 'TokenIssued',
      data: {
        userId: 'ursula',
        deviceId: 'desk',
        sid: 'sid-1',
        generation: 0,
        epoch: 0,
        issuedAt: device.now,
        idleExpiresAt: plus(device.now, 7 * DAY),
        absoluteExpiresAt: plus(device.now, 90 * DAY),
        token: { jti: 'jti-2', keyId: 'key', issuedAt: device.now, revision: 0 },
        deviceName: null,
        client: null,
      },
    });
  });

  it('G5: ends the family that lived on the device, in the same append', () => {
    const former = device.signIn();
    device.signIn();
    expect(device.events[1]).toMatchObject({ type: 'TokenRevoked', data: { sid: former.sid, reason: 'superseded' } });
    expect(device.events[2]).toMatchObject({ type: 'TokenIssued', data: { token: { revision: 2 } } });
    expect(device.events).toHaveLength(3);
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
    expect(device.state?.token.revision).toBe(before);
  });

  it('G6: a family issued on a password checked before a revocation of all tokens does not live', () => {
    const checked = device.account;
    device.revokeAll();
    const token = device.signIn(checked);
    expect(device.present(token).outcome).toBe('revoked');
  });

  it('G5: ends a family that was spared meanwhile and lives in an epoch after the one of the password check', () => {
    const spared = device.signIn();
    const checked = device.account;
    device.revokeAll({ sid: spared.sid, epoch: 0 });
    device.present(spared);
    device.signIn(checked);
    expect(device.typesOf(1)).toEqual(['TokenRotated', 'TokenRevoked', 'TokenIssued']);
  });
});

describe('RotateToken', () => {
  it('G1: the current generation rotates, and what was presented is no longer current', () => {
    const first = device.signIn();
    device.wait(DAY);
    expect(device.present(first).outcome).toBe('rotated');
    expect(device.state).toMatchObject({
      generation: 1,
      revision: 1,
      idleExpiresAt: plus(device.now, 7 * DAY),
      token: { issuedAt: device.now, revision: 1 },
    });
    expect(device.held.jti).not.toBe(first.jti);
    expect(device.present(first).outcome).toBe('redelivered');
  });

  it('G2: within grace the previous generation gets the same successor again, noted once a generation', () => {
    const first = device.signIn();
    device.present(first);
    const successor = device.held;
    device.wait(30 * SECOND - 1);
    expect(device.present(first)).toMatchObject({ outcome: 'redelivered', events: [{ type: 'TokenRedelivered' }] });
    expect(device.present(first)).toEqual({ outcome: 'redelivered', events: [] });
    expect(device.held).toEqual(successor);
    expect(device.present(successor).outcome).toBe('rotated');
    expect(device.present(successor).events).toHaveLength(1);
  });

  it('G3: after grace the previous generation is theft', () => {
    const first = device.signIn();
    device.present(first);
    device.wait(30 * SECOND);
    expect(device.present(first).outcome).toBe('reused');
    expect(device.events.slice(2)).toMatchObject([
      { type: 'TokenReuseDetected', data: { presentedGeneration: 0, presentedJti: first.jti, client: 'sealed client' } },
      { type: 'TokenRevoked', data: { reason: 'reuse' } },
    ]);
  });

  it('G3: a generation before the previous one is theft even within grace, and ends the family for both', () => {
    const first = device.signIn();
    device.present(first);
    device.present(device.held);
    const current = device.held;
    expect(device.present(first).outcome).toBe('reused');
    expect(device.present(first)).toEqual({ outcome: 'reused', events: [] });
    expect(device.present(current)).toEqual({ outcome: 'revoked', events: [] });
  });

  it('G2: a successor that was used is never redelivered', () => {
    const first = device.signIn();
    device.present(first);
    device.present(device.held);
    expect(device.present(first).outcome).toBe('reused');
  });

  it('G4: an ended family is refused', () => {
    const token = device.signIn();
    device.revoke(token.sid);
    expect(device.present(token)).toEqual({ outcome: 'revoked', events: [] });
  });

  it('refuses a family that another one on its device has replaced', () => {
    const former = device.signIn();
    device.signIn();
    expect(device.present(former)).toEqual({ outcome: 'revoked', events: [] });
  });

  it('G11: expiry holds at its instant, and not a millisecond before', () => {
    const token = device.signIn();
    device.wait(7 * DAY - 1);
    expect(device.present(token).outcome).toBe('rotated');
    device.wait(7 * DAY);
    expect(device.present(device.held)).toEqual({ outcome: 'expired', events: [] });
    expect(device.expire(token.sid)).toBe(true);
    expect(device.present(device.held)).toEqual({ outcome: 'expired', events: [] });
  });

  it('G11: an expiry that all tokens were revoked after is noted all the same, by a sweep or by the next sign-in', () => {
    for (const note of [() => device.expire(device.held.sid), () => device.signIn()]) {
      const before = device.events.length;
      device.signIn();
      device.wait(7 * DAY);
      const expiredAt = device.now;
      device.revokeAll();
      device.wait(DAY);
      device.revokeAll();
      note();
      expect(device.events[before + 1]).toMatchObject({ type: 'TokenExpired', data: { cause: 'idle', expiredAt } });
      device.revoke(device.held.sid);
    }
  });

  it('G11: a family that was revoked with all others before it was due does not expire any more', () => {
    const spared = device.signIn();
    device.revokeAll({ sid: spared.sid, epoch: 0 });
    device.wait(7 * DAY - 1);
    device.revokeAll();
    device.wait(DAY);
    device.revokeAll();
    expect(device.expire(spared.sid)).toBe(false);
    device.signIn();
    expect(device.typesOf()).toEqual(['TokenIssued', 'TokenIssued']);
  });

  it('never goes beyond the absolute expiry, however often it is used', () => {
    device.signIn();
    for (let day = 6; day < 90; day += 6) {
      device.wait(6 * DAY);
      expect(device.present(device.held).outcome).toBe('rotated');
    }
    expect(device.state?.idleExpiresAt).toBe(device.state?.absoluteExpiresAt);
    device.wait(6 * DAY);
    expect(device.present(device.held).outcome).toBe('expired');
    device.expire(device.held.sid);
    expect(device.events.at(-1)).toMatchObject({ data: { cause: 'absolute', expiredAt: '2026-04-01T00:00:00.000Z' } });
  });

  it('G6: a rotation decided before a revocation of all tokens leaves a family that does not live', () => {
    const before = device.account;
    const token = device.signIn();
    device.revokeAll();
    expect(device.present(token, before).outcome).toBe('rotated');
    expect(device.present(device.held).outcome).toBe('revoked');
  });

  it('refuses what is genuine but from another history of the log', () => {
    const token = device.signIn();
    expect(device.present({ ...token, generation: 5 })).toEqual({ outcome: 'invalid', events: [] });
    expect(device.present({ ...token, jti: 'other' })).toEqual({ outcome: 'invalid', events: [] });
    expect(new FamilyHistory().present(token)).toEqual({ outcome: 'invalid', events: [] });
  });

  it('refuses the family of a disabled user, also once the user is enabled again', () => {
    const token = device.signIn();
    for (const event of disableUser(device.account)) device.account = accountFactsOf(event);
    expect(device.present(token).outcome).toBe('revoked');
    device.account = { ...device.account, status: 'active' };
    expect(device.present(token).outcome).toBe('revoked');
  });
});

describe('sparing a family', () => {
  it('lets it live, three times over, and ends the others', () => {
    const token = device.signIn();
    for (let times = 0; times < 3; times += 1) device.revokeAll({ sid: token.sid, epoch: 0 });
    expect(device.present(token).outcome).toBe('rotated');
    expect(device.state?.epoch).toBe(3);
    expect(device.present(device.held).outcome).toBe('rotated');
  });

  it('does not bring back a family that was older than the epoch named', () => {
    const token = device.signIn();
    device.revokeAll();
    device.revokeAll({ sid: token.sid, epoch: 1 });
    expect(device.present(token).outcome).toBe('revoked');
  });

  it('ends with the next revocation that does not spare it', () => {
    const token = device.signIn();
    device.revokeAll({ sid: token.sid, epoch: 0 });
    device.revokeAll({ sid: 'another', epoch: 1 });
    expect(device.present(token).outcome).toBe('revoked');
  });
});

describe('RevokeToken and ExpireToken', () => {
  it('end only the family named, once', () => {
    const { sid } = device.signIn();
    expect(device.revoke('another')).toBe(false);
    expect(device.revoke(sid)).toBe(true);
    expect(device.revoke(sid)).toBe(false);
    device.wait(LIFETIMES.idleMs);
    expect(device.expire(sid)).toBe(false);
  });

  it('G11: an expiry is noted once, not before its instant, and not after a rotation', () => {
    const token = device.signIn();
    device.wait(7 * DAY - 1);
    expect(device.expire(token.sid)).toBe(false);
    device.present(token);
    device.wait(1);
    expect(device.expire(token.sid)).toBe(false);
    device.wait(7 * DAY);
    expect(device.expire(token.sid)).toBe(true);
    expect(device.expire(token.sid)).toBe(false);
    expect(device.events.at(-1)).toMatchObject({ type: 'TokenExpired', data: { cause: 'idle' } });
  });

  it('say nothing of a family that has expired or is of an epoch that is over', () => {
    const { sid } = device.signIn();
    device.wait(7 * DAY);
    expect(device.revoke(sid)).toBe(false);
    expect(device.expire(sid)).toBe(true);
    const later = device.signIn();
    device.revokeAll();
    expect(device.revoke(later.sid)).toBe(false);
    device.wait(7 * DAY);
    expect(device.expire(later.sid)).toBe(false);
  });
});
