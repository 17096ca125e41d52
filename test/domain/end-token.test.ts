import { beforeEach, describe, expect, it } from '@jest/globals';
import { disableUser } from '../../src/domain/account/decide.js';
import { accountOf } from '../../src/domain/account/state.js';
import { endToken, isAlive, revokeToken } from '../../src/domain/token-family/end-token.js';
import { DAY, FamilyHistory, LIFETIMES, uuid } from '../support/family-history.js';

let device: FamilyHistory;
beforeEach(() => {
  device = new FamilyHistory();
});

describe('RevokeToken and ExpireToken', () => {
  it('end only the family named, once', () => {
    const { sid } = device.signIn();
    expect(device.revoke(uuid(99))).toBe(false);
    expect(device.revoke(sid)).toBe(true);
    expect(device.revoke(sid)).toBe(false);
    device.wait(LIFETIMES.idleMs);
    expect(device.expire(sid)).toBe(false);
  });

  it('carry the family, the reason and a person’s words', () => {
    const { sid } = device.signIn();
    const { state, account, now } = device;
    expect(revokeToken(state, { sid, account, now, reason: 'admin', note: 'sealed words' })).toEqual({
      type: 'TokenRevoked',
      data: { family: state?.family, reason: 'admin', note: 'sealed words' },
    });
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
    const kept = device.signIn();
    device.revokeAll({ sid: kept.sid, epoch: 0 });
    device.wait(7 * DAY - 1);
    device.revokeAll();
    device.wait(DAY);
    device.revokeAll();
    expect(device.expire(kept.sid)).toBe(false);
    device.signIn();
    expect(device.typesOf()).toEqual(['TokenIssued', 'TokenIssued']);
  });

  it('give no event for a family that has expired or is of an epoch that is over', () => {
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

describe('ending a family for good', () => {
  it('G4, T5: also ends one that has expired, so that a clock that steps back does not revive it', () => {
    const token = device.signIn();
    device.wait(7 * DAY);
    const family = { sid: token.sid, account: device.account, now: device.now, revokedAt: null };
    const event = endToken(device.state, { ...family, reason: 'logout', note: null });
    expect(event).toMatchObject({ type: 'TokenExpired', data: { cause: 'idle' } });
    device.events.push(event!);
    device.wait(-7 * DAY);
    expect(device.present(token)).toMatchObject({ outcome: 'expired', events: [] });
  });

  it('revokes one that is alive, and leaves one alone that is over', () => {
    const { sid } = device.signIn();
    const end = () => {
      const family = { sid, account: device.account, now: device.now, revokedAt: null };
      return endToken(device.state, { ...family, reason: 'logout', note: null });
    };
    expect(end()).toMatchObject({ type: 'TokenRevoked', data: { reason: 'logout' } });
    device.revokeAll();
    expect(end()).toBeNull();
  });
});

describe('a family', () => {
  const alive = (): boolean => {
    const { state, account, now } = device;
    return isAlive(state, { sid: device.held.sid, account, now });
  };

  it.each<[string, () => unknown]>([
    ['ended', () => device.revoke(device.held.sid)],
    ['expired', () => device.wait(7 * DAY)],
    ['of an epoch that is over', () => device.revokeAll()],
    ['of a disabled user', () => device.setAccount(accountOf(disableUser(device.account, { note: null })[0]!))],
    ['issued before a change of password', () => device.changePassword()],
  ])('is not alive when it is %s', (_, end) => {
    device.signIn();
    expect(alive()).toBe(true);
    end();
    expect(alive()).toBe(false);
  });

  it('is not alive on a device that has none, or another one', () => {
    const { account, now } = device;
    expect(isAlive(null, { sid: uuid(1), account, now })).toBe(false);
    device.signIn();
    expect(isAlive(device.state, { sid: uuid(99), account, now })).toBe(false);
  });
});

describe('RenameDevice', () => {
  it('names the revision of its own event, and none when the name is removed', () => {
    const { sid } = device.signIn();
    device.rotate();
    expect(device.rename(sid, 'sealed name')).toBe(true);
    expect(device.events.at(-1)).toMatchObject({ type: 'DeviceRenamed', data: { deviceName: 'sealed name' } });
    expect(device.family).toMatchObject({ nameRevision: 2, token: { revision: 1, nameRevision: null } });
    device.rotate();
    expect(device.family).toMatchObject({ nameRevision: 2, token: { nameRevision: 2 } });
    device.rename(sid, null);
    expect(device.family.nameRevision).toBeNull();
  });

  it('gives no event for a family that is not alive, or another one', () => {
    const { sid } = device.signIn();
    expect(device.rename(uuid(99), 'sealed name')).toBe(false);
    device.revoke(sid);
    expect(device.rename(sid, 'sealed name')).toBe(false);
  });

  it('does not forget that the present token was handed out again', () => {
    const first = device.signIn();
    device.rotate(first);
    device.present(first);
    device.rename(first.sid, 'sealed name');
    expect(device.present(first)).toMatchObject({ outcome: 'redelivered', events: [] });
  });
});
