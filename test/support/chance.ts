import { randomInt } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/**
 * Random numbers from 0 to 1 for a test. The seed is printed, and `TEST_SEED` sets it, so that a failure can be played again with
 * the same choices.
 */
export function chanceOf(test: string): () => number {
  const seed = Number(process.env.TEST_SEED ?? randomInt(2 ** 31));
  process.stderr.write(`${test}: TEST_SEED=${seed}\n`);
  const generator = xoroshiro128plus(seed);
  return () => uniformFloat64(generator);
}
