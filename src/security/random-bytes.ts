import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 4_096;
let pool = Buffer.alloc(0);

/** A few random bytes. Drawn from the system in larger portions, since each draw costs as much as a hash; none is given twice. */
export function fewRandomBytes(count: number): Buffer {
  // A new pool, not the old one filled again: what was given stays as it is.
  if (pool.length < count) pool = randomFillSync(Buffer.allocUnsafeSlow(POOL_BYTES));
  const bytes = pool.subarray(0, count);
  pool = pool.subarray(count);
  return bytes;
}
