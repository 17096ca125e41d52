import { expect, it } from '@jest/globals';
import { Observations } from '../../src/compose/observations.js';

it('a missing key of a user is said at most once a minute, whichever user it is', () => {
  const said: unknown[] = [];
  let now = 5;
  const securityLog = {
    record: (...line: readonly unknown[]) => void said.push(line),
    logCut: () => undefined,
    streamDestroyed: () => undefined,
  };
  const observations = new Observations(securityLog, () => now);
  for (const [after, userId] of [
    [0, 'ada'],
    [1, 'ada'],
    [59_998, 'bea'],
    [1, 'cem'],
    [1, 'ada'],
  ] as const) {
    now += after;
    observations.userKeyMissing(userId);
  }
  expect(said).toEqual([
    ['user_key_missing', { userId: 'ada' }],
    ['user_key_missing', { userId: 'cem' }],
  ]);
});
