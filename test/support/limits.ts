import { createSecretKey, randomBytes } from 'node:crypto';
import { Limits, type LimitsOptions, type SignInSubject } from '../../src/security/limits/limits.js';
import { MemoryLimitCounters } from '../../src/security/limits/memory-limit-counters.js';

export const IP = '192.0.2.1';
export const EMAIL = 'ada@example.com';
const secret = createSecretKey(randomBytes(32));

/** Limits that are counted in memory, by themselves. */
export function limitsWith(options: Partial<LimitsOptions> = {}): Limits {
  return new Limits({ counters: new MemoryLimitCounters(), secret, ...options });
}

/** How many of so many wrong passwords are hashed. */
export async function tried(limits: Limits, times: number, subject: (time: number) => Partial<SignInSubject> = () => ({})) {
  let count = 0;
  for (let time = 0; time < times; time += 1) {
    const attempt = await limits.reserveSignIn({ email: EMAIL, address: IP, ...subject(time) });
    if (attempt.refused !== null) continue;
    count += 1;
    await attempt.fail();
  }
  return count;
}

/** Whether a sign-in is refused now; counts nothing. */
export async function isRefused(limits: Limits, subject: Partial<SignInSubject> = {}): Promise<boolean> {
  const attempt = await limits.reserveSignIn({ email: EMAIL, address: IP, ...subject });
  if (attempt.refused === null) await attempt.cancel();
  return attempt.refused !== null;
}
