/** What is known of archived streams is small for very many. */
import { expect, it } from '@jest/globals';
import { startChild } from '../support/child-process.js';

it('streams that went to archives take at most 100 bytes each in all that a verification holds, also where no archive is there', async () => {
  const child = startChild(new URL('../support/holding-archived-streams.js', import.meta.url));
  await child.ended;
  const { bytesAStream, known, events, unknown } = JSON.parse(child.output()) as Record<string, unknown>;
  expect(bytesAStream).toBeGreaterThan(10);
  expect(bytesAStream).toBeLessThanOrEqual(100);
  // Otherwise it holds too little.
  expect(events).toEqual([10, 10, 10, 10]);
  expect(known).toEqual(Array(3).fill({ archives: 1, missingBefore: 1, revision: 1_001 }));
  expect(unknown).toBe(0);
});
