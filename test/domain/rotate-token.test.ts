import { beforeEach, describe, expect, it } from '@jest/globals';
import { disableUser } from '../../src/domain/account/decide.js';
import { accountOf } from '../../src/domain/account/state.js';
import { rotateToken } from '../../src/domain/token-family/rotate-token.js';
import { stateOfToken } from '../../src/domain/token-family/state.js';
import { DAY, FamilyHistory, POLICY, SECOND, uuid } from '../support/family-history.js';

let device: FamilyHistory;
beforeEach(() => {
  device = new FamilyHistory();
});

function refused(outcome: string): object {
  return { outcome, events: [], family: null };
}

describe('RotateToken of the current generation', () => {
  it('G1: rotates, and what was presented is no longer current', () => {
    const first = device.signIn();
    device.wait(DAY);
    const { outcome, events, family } = device.present(first, { attempt: 'attempt', tag: 'tag' });
    expect(outcome).toBe('rotated');
    expect(family).toEqual(device.family);
    expect(events).toEqual([{ type: 'TokenRotated', data: { family, client: 'sealed client' } }]);
    expect(family).toEqual({
      ...first,
      generation: 1,
      idleExpiresAt: device.now + 7 * DAY,
      token: { ...first.token, jti: uuid(3), tokenIssuedAt: device.now, revision: 1 },
      attempt: 'attempt',
      tag: 'tag',
      rotationLimitAt: device.now + 6 * SECOND,
    });
    expect(device.present(first, { attempt: 'attempt' }).outcome).toBe('redelivered');
  });

  it('G9: is decided from the token alone if nothing happened since', () => {
    const token = device.signIn({ deviceName: 'sealed name' });
    const decision = rotateToken(stateOfToken(token), {
      ...{ presented: token, attempt: 'attempt', tag: null, jkt: null, clientId: null, account: device.account },
      ...{ now: device.now, policy: POLICY, successor: { jti: uuid(3), keyId: 'key', runId: 'run' } },
      client: 'sealed client',
    });
    expect(device.present(token, { attempt: 'attempt' })).toEqual(decision);
    expect(decision.family?.nameRevision).toBe(0);
  });

  it('carries the account’s epoch, the device’s name and whether a browser remembers', () => {
    const first = device.signIn({ deviceName: 'sealed name', remember: false });
    device.revokeAll({ sid: first.sid, epoch: 0 });
    expect(device.rotate(first)).toMatchObject({ epoch: 1, nameRevision: 0, remember: false });
  });

  it('never goes beyond the absolute expiry, however often it is used', () => {
    device.signIn();
    for (let day = 6; day < 90; day += 6) {
      device.wait(6 * DAY);
      device.rotate();
    }
    expect(device.family.idleExpiresAt).toBe(device.family.absoluteExpiresAt);
    device.wait(6 * DAY);
    expect(device.present(device.held)).toEqual(refused('expired'));
    device.expire(device.held.sid);
    expect(device.events.at(-1)).toMatchObject({ data: { cause: 'absolute', expiredAt: Date.UTC(2026, 3, 1) } });
  });

  it('T9: takes the earlier end of the family’s and the policy’s', () => {
    const { familyIssuedAt } = device.signIn();
    device.wait(DAY);
    device.policy = { ...POLICY, lifetimes: { ...POLICY.lifetimes, idleMs: 2 * DAY, absoluteMs: 10 * DAY } };
    expect(device.rotate()).toMatchObject({
      absoluteExpiresAt: familyIssuedAt + 10 * DAY,
      idleExpiresAt: device.now + 2 * DAY,
    });
    device.policy = POLICY;
    expect(device.rotate()).toMatchObject({
      absoluteExpiresAt: familyIssuedAt + 10 * DAY,
      idleExpiresAt: device.now + 7 * DAY,
    });
  });

  it('T9: ends a family that is older than a policy that became shorter', () => {
    const { familyIssuedAt } = device.signIn();
    device.wait(2 * DAY);
    device.policy = { ...POLICY, lifetimes: { ...POLICY.lifetimes, absoluteMs: DAY } };
    const { outcome, events } = device.present(device.held);
    expect(outcome).toBe('expired');
    expect(events).toMatchObject([{ type: 'TokenExpired', data: { cause: 'absolute', expiredAt: familyIssuedAt + DAY } }]);
    expect(device.present(device.held)).toEqual(refused('expired'));
    expect(device.expire(device.held.sid)).toBe(false);
  });

  it('G6: decided before a revocation of all tokens leaves a family that does not live', () => {
    const before = device.account;
    const token = device.signIn();
    device.revokeAll();
    expect(device.present(token, { account: before }).outcome).toBe('rotated');
    expect(device.present(device.held)).toEqual(refused('revoked'));
  });
});

describe('RotateToken of a family that is over', () => {
  it('G4: an ended family is refused', () => {
    const token = device.signIn();
    device.revoke(token.sid);
    expect(device.present(token)).toEqual(refused('revoked'));
  });

  it('refuses a family that another one on its device has replaced', () => {
    const former = device.signIn();
    device.signIn();
    expect(device.present(former)).toEqual(refused('revoked'));
  });

  it('G17: refuses a family that a restored log refuses, theft or not', () => {
    const token = device.signIn();
    const state = { ...device.state!, end: { by: 'restore' as const } };
    const decision = rotateToken(state, {
      ...{ presented: token, attempt: null, tag: null, jkt: null, clientId: null, account: device.account },
      ...{ now: device.now, policy: POLICY, successor: token.token, client: null },
    });
    expect(decision).toEqual(refused('revoked'));
  });

  it('G11: expiry holds at its instant, and not a millisecond before', () => {
    const token = device.signIn();
    device.wait(7 * DAY - 1);
    expect(device.present(token).outcome).toBe('rotated');
    device.wait(7 * DAY);
    expect(device.present(device.held)).toEqual(refused('expired'));
    expect(device.expire(token.sid)).toBe(true);
    expect(device.present(device.held)).toEqual(refused('expired'));
    expect(device.present(token)).toEqual(refused('expired'));
  });

  it('refuses the family of a disabled user, also once the user is enabled again', () => {
    const token = device.signIn();
    device.account = accountOf(disableUser(device.account, { note: null })[0]!);
    expect(device.present(token)).toEqual(refused('revoked'));
    device.account = { ...device.account, status: 'active' };
    expect(device.present(token)).toEqual(refused('revoked'));
  });
});

describe('RotateToken of a token from another history of the log', () => {
  it('refuses a generation or a token that the family never reached', () => {
    const token = device.signIn();
    device.rotate(token);
    const { held } = device;
    expect(device.present({ ...held, generation: 5 })).toEqual(refused('invalid'));
    expect(device.present({ ...held, token: { ...held.token, jti: uuid(99) } })).toEqual(refused('invalid'));
    expect(new FamilyHistory().present(token)).toEqual(refused('invalid'));
  });

  it('refuses a revision beyond the stream’s end, of whatever family', () => {
    const { token, ...held } = device.signIn();
    expect(device.present({ ...held, token: { ...token, revision: 1 } })).toEqual(refused('invalid'));
    const other = { ...held, sid: uuid(99), token: { ...token, revision: 1 } };
    expect(device.present(other)).toEqual(refused('invalid'));
  });

  it('refuses a previous generation that is younger than the present one, and takes it for no theft', () => {
    const first = device.signIn();
    device.rotate(first);
    const lost = { ...first, token: { ...first.token, revision: 1, jti: uuid(99) } };
    expect(device.present(lost)).toEqual(refused('invalid'));
    expect(device.state?.end).toBeNull();
  });
});

describe('RotateToken of an older generation', () => {
  it('G3: a generation before the previous one is theft even within grace, and ends the family for both', () => {
    const first = device.signIn();
    device.rotate(first, { attempt: 'attempt' });
    const current = device.rotate();
    const { family } = device;
    expect(device.present(first, { attempt: 'attempt' })).toEqual({
      outcome: 'reused',
      events: [
        {
          type: 'TokenReuseDetected',
          data: { family, presentedGeneration: 0, presentedJti: first.token.jti, client: 'sealed client' },
        },
        { type: 'TokenRevoked', data: { family, reason: 'reuse', note: null } },
      ],
      family: null,
    });
    expect(device.present(first)).toEqual(refused('reused'));
    expect(device.present(current)).toEqual(refused('revoked'));
  });
});

describe('keeping a family', () => {
  it('lets it live, three times over, and ends the others', () => {
    const token = device.signIn();
    for (let times = 0; times < 3; times += 1) device.revokeAll({ sid: token.sid, epoch: 0 });
    expect(device.rotate(token).epoch).toBe(3);
    expect(device.present(device.held).outcome).toBe('rotated');
  });

  it('does not bring back a family that was older than the epoch named', () => {
    const token = device.signIn();
    device.revokeAll();
    device.revokeAll({ sid: token.sid, epoch: 1 });
    expect(device.present(token)).toEqual(refused('revoked'));
  });

  it('ends with the next revocation that does not keep it', () => {
    const token = device.signIn();
    device.revokeAll({ sid: token.sid, epoch: 0 });
    device.revokeAll({ sid: uuid(99), epoch: 1 });
    expect(device.present(token)).toEqual(refused('revoked'));
  });

  it('T10: an account that is older than the family decides nothing', () => {
    const token = device.signIn();
    const stale = device.account;
    device.revokeAll({ sid: token.sid, epoch: 0 });
    const stillStale = device.account;
    device.revokeAll({ sid: token.sid, epoch: 0 });
    device.rotate(token);
    expect(device.present(device.held, { account: stale })).toEqual(refused('revoked'));
    expect(device.present(device.held, { account: stillStale })).toEqual(refused('revoked'));
    expect(device.present(device.held).outcome).toBe('rotated');
  });
});
