import { beforeEach, describe, expect, it } from '@jest/globals';
import { rotationPermit } from '../../src/domain/token-family/rotation-limit.js';
import { FamilyHistory, HOUR, MINUTE, POLICY, SECOND, START } from '../support/family-history.js';

let device: FamilyHistory;
beforeEach(() => {
  device = new FamilyHistory();
  device.signIn();
});

function rotations(): number {
  let count = 0;
  while (device.present(device.held, { tag: `${count}` }).outcome === 'rotated') count += 1;
  return count;
}

describe('the rotation limit', () => {
  it.each([[600], [7], [1]])('lets a family rotate %d times in a burst, and then as often as its share', (perHour) => {
    device.policy = { ...POLICY, rotationsPerHour: perHour };
    expect(rotations()).toBe(perHour);
    device.wait(Math.ceil(HOUR / perHour));
    expect(rotations()).toBe(1);
    device.wait(HOUR);
    expect(rotations()).toBe(perHour);
  });

  it('says when the next rotation may be, without an event', () => {
    rotations();
    const decision = device.present(device.held);
    expect(decision).toEqual({ outcome: 'limited', events: [], family: null, retryAt: device.now + 6 * SECOND });
    device.wait(6 * SECOND - 1);
    expect(device.present(device.held).outcome).toBe('limited');
    device.wait(1);
    expect(device.present(device.held).outcome).toBe('rotated');
  });

  it('is asked after reuse', () => {
    const first = device.held;
    rotations();
    expect(device.present(first).outcome).toBe('reused');
  });

  it('does not count redeliveries', () => {
    device.policy = { ...POLICY, rotationsPerHour: 1 };
    const first = device.held;
    device.rotate(first, { attempt: 'mine' });
    expect(device.present(first, { attempt: 'mine' }).outcome).toBe('redelivered');
  });

  it('of 0 is none', () => {
    device.policy = { ...POLICY, rotationsPerHour: 0 };
    for (let count = 0; count < 2_000; count += 1) device.rotate();
    expect(device.family.rotationLimitAt).toBeNull();
  });

  it.each([1, 59, 60, 61, 90, 119, 121, 600])('lets a family go on whose clock stepped back by %d minutes', (minutes) => {
    device.rotate();
    for (const by of [-minutes, minutes, -minutes]) {
      device.wait(by * MINUTE);
      for (let count = 0; count < 10; count += 1) expect(device.present(device.held).outcome).toBe('rotated');
    }
  });

  it('gives a family that has spent it nothing back when the clock steps back, by little or by much', () => {
    for (const minutes of [0.5, 5, 90, 600]) {
      rotations();
      device.wait(-minutes * MINUTE);
      // What came meanwhile, and not a burst.
      expect(rotations()).toBeLessThan(12);
    }
  });

  it.each([0, 1, 6, 30, 60])('is one for two instances whose clocks differ by %d seconds', (skew) => {
    const REQUESTS = 10_000;
    let count = 0;
    for (let request = 0; request < REQUESTS; request += 1) {
      const behind = request % 2 === 0 ? 0 : skew * SECOND;
      device.wait(-behind);
      if (device.present(device.held, { tag: `${request}` }).outcome === 'rotated') count += 1;
      device.wait(behind + 100);
    }
    const seconds = (REQUESTS * 100) / SECOND;
    expect(count).toBeLessThanOrEqual(600 + seconds / 6 + 1);
    expect(count).toBeGreaterThanOrEqual(600 + (seconds - skew) / 6 - 1);
  });

  it('forgets an instant that no burst can have made', () => {
    const carried = { rotationLimitAt: START + 3 * HOUR, tokenIssuedAt: START };
    expect(rotationPermit(carried, START, 600)).toEqual({ ok: true, rotationLimitAt: START + 6 * SECOND });
  });

  it('saves up nothing beyond an hour’s worth', () => {
    expect(rotationPermit({ rotationLimitAt: START - 100 * HOUR, tokenIssuedAt: START - 101 * HOUR }, START, 600)).toEqual({
      ok: true,
      rotationLimitAt: START + 6 * SECOND,
    });
  });

  it.each([[7], [601], [5_000_000]])('of %d an hour carries whole instants', (perHour) => {
    const permit = rotationPermit({ rotationLimitAt: null, tokenIssuedAt: START }, START, perHour);
    expect(permit.ok && Number.isInteger(permit.rotationLimitAt)).toBe(true);
  });
});
