import { beforeEach, describe, expect, it } from '@jest/globals';
import { rotationPermit } from '../../src/domain/token-family/rotation-limit.js';
import { FamilyHistory, HOUR, POLICY, SECOND, START } from '../support/family-history.js';

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

  it('begins again at an instant more than two hours ahead: the clock has stepped back', () => {
    expect(rotationPermit(START + 2 * HOUR + 1, START, 600)).toEqual({ ok: true, rotationLimitAt: START + 6 * SECOND });
    expect(rotationPermit(START + 2 * HOUR, START, 600)).toEqual({ ok: true, rotationLimitAt: START + HOUR });
  });

  it.each([59, 60, 61, 90, 119, 120, 121, 600])('lets a family go on whose clock stepped back by %d minutes', (minutes) => {
    device.rotate();
    device.wait(-minutes * 60 * SECOND);
    expect(device.present(device.held).outcome).toBe('rotated');
    // At its share, at the least.
    device.wait(6 * SECOND);
    expect(device.present(device.held).outcome).toBe('rotated');
  });

  it('of a family that has spent it lets nothing out by a clock that is behind but one at a time', () => {
    expect(rotations()).toBe(600);
    device.wait(-2 * SECOND);
    expect(rotations()).toBe(1);
  });

  it('saves up nothing beyond an hour’s worth', () => {
    expect(rotationPermit(START - 100 * HOUR, START, 600)).toEqual({ ok: true, rotationLimitAt: START + 6 * SECOND });
  });

  it.each([[7], [601], [5_000_000]])('of %d an hour carries whole instants', (perHour) => {
    const permit = rotationPermit(null, START, perHour);
    expect(permit.ok && Number.isInteger(permit.rotationLimitAt)).toBe(true);
  });
});
