import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FamilyModel, type Setup } from '../support/family-model.js';

const setup: fc.Arbitrary<Setup> = fc.record({
  keyed: fc.array(fc.boolean(), { minLength: 1, maxLength: 3 }),
  copiedTags: fc.boolean(),
  proves: fc.constantFrom(false, false, false, true),
});
const choices = fc.array(fc.nat({ max: 99_999 }), { minLength: 20, maxLength: 100, size: 'max' });

describe('families under several holders, instances and clocks', () => {
  // A failure names its seed and the shortest history that shows it.
  it('G1–G6, G9, G11 hold in any of 10,000 histories', () => {
    const counts = new Map<string, number>();
    fc.assert(
      fc.property(setup, choices, (who, some) => {
        const model = new FamilyModel(who);
        model.play(some);
        for (const outcome of model.outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      }),
      { numRuns: 10_000 },
    );
    // Histories that never come to an outcome say nothing of it.
    for (const outcome of ['rotated', 'redelivered', 'contested', 'reused', 'revoked', 'expired', 'invalid_proof'])
      expect({ outcome, isSeen: (counts.get(outcome) ?? 0) >= 50 }).toEqual({ outcome, isSeen: true });
  });
});
