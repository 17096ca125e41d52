import { describe, expect, it } from '@jest/globals';
import { ClientGoneError } from '../../../src/security/client-gone-error.js';
import type { Budget } from '../../../src/security/limits/limit-counters.js';
import { MemoryLimitCounters } from '../../../src/security/limits/memory-limit-counters.js';
import { EMAIL, IP, isRefused, limitsWith, tried } from '../../support/limits.js';

describe('attempts in flight', () => {
  it('count as failures: a parallel burst cannot bypass the limit', async () => {
    const limits = limitsWith();
    let hashed = 0;
    const wrong = async (): Promise<void> => {
      const attempt = await limits.reserveSignIn({ email: EMAIL, address: IP });
      if (attempt.refused !== null) return;
      hashed += 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
      await attempt.fail();
    };
    await Promise.all(Array.from({ length: 300 }, wrong));
    expect(hashed).toBe(20);
  });

  it('refuse none of 500 that are right, and put no more in a row than the limit asks for', async () => {
    const limits = limitsWith();
    let [running, most, right] = [0, 0, 0];
    const signIn = async (): Promise<void> => {
      const attempt = await limits.reserveSignIn({ email: EMAIL, address: IP });
      if (attempt.refused !== null) return;
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 2));
      running -= 1;
      right += 1;
      await attempt.succeed();
    };
    await Promise.all(Array.from({ length: 500 }, signIn));
    expect([right, most]).toEqual([500, 20]);
    // Nothing is left counted.
    expect(await tried(limits, 30)).toBe(20);
  });

  it('let all that are right through beside 19 that are wrong', async () => {
    const limits = limitsWith();
    const outcomes = await Promise.all(
      Array.from({ length: 219 }, async (_, index) => {
        const attempt = await limits.reserveSignIn({ email: EMAIL, address: IP });
        if (attempt.refused !== null) return 'refused';
        await new Promise((resolve) => setTimeout(resolve, 1));
        await (index % 11 === 0 && index < 209 ? attempt.fail() : attempt.succeed());
        return 'tried';
      }),
    );
    expect(outcomes.filter((outcome) => outcome === 'refused')).toEqual([]);
    expect(await tried(limits, 5)).toBe(1);
  });

  it('are not counted when they were not carried out, however often', async () => {
    const limits = limitsWith();
    for (let time = 0; time < 400; time += 1) {
      const attempt = await limits.reserveSignIn({ email: EMAIL, address: IP });
      if (attempt.refused !== null) throw new Error('refused');
      await attempt.cancel();
      // A second outcome changes nothing.
      await attempt.succeed();
    }
    expect(await tried(limits, 25)).toBe(20);
  });

  it('of another instance are waited for, too', async () => {
    const counters = new MemoryLimitCounters();
    const instances = [limitsWith({ counters }), limitsWith({ counters })];
    const burst = async (end: 'succeed' | 'fail'): Promise<number> => {
      const outcomes = await Promise.all(
        Array.from({ length: 80 }, async (_, index) => {
          // All that may be in flight are one instance's at first.
          const attempt = await instances[index < 40 ? 0 : 1]!.reserveSignIn({ email: EMAIL, address: IP });
          if (attempt.refused !== null) return false;
          await new Promise((resolve) => setTimeout(resolve, 2));
          await attempt[end]();
          return true;
        }),
      );
      return outcomes.filter(Boolean).length;
    };
    expect(await burst('succeed')).toBe(80);
    expect(await burst('fail')).toBe(20);
    expect(await burst('succeed')).toBe(0);
  });

  it('let go of a client that hangs up while it waits', async () => {
    const limits = limitsWith({ settings: { signInFailuresPerAccountAndNetwork: 1 } });
    const first = await limits.reserveSignIn({ email: EMAIL, address: IP });
    const gone = new AbortController();
    const waiting = limits.reserveSignIn({ email: EMAIL, address: IP }, gone.signal);
    gone.abort();
    await expect(waiting).rejects.toThrow(ClientGoneError);
    if (first.refused === null) await first.succeed();
    expect(await isRefused(limits)).toBe(false);
  });

  it('that end after their window count in the next one, or owe it nothing', async () => {
    let now = { allowed: true, remaining: 1, msBeforeReset: 0 };
    const calls: string[] = [];
    const answer = (name: string) => (budget: Budget) => {
      calls.push(budget.key.endsWith(':failed') ? `${name} of failures` : name);
      return Promise.resolve(now);
    };
    const counters = {
      consume: answer('consume'),
      penalty: answer('penalty'),
      reward: answer('reward'),
      get: answer('get'),
      spent: () => null,
    };
    const limits = limitsWith({
      counters,
      settings: { signInFailuresPerAccountAndNetwork: 0, signInFailuresPerNetwork: 0 },
    });
    for (const outcome of ['fail', 'succeed'] as const) {
      const attempt = await limits.reserveSignIn({ email: EMAIL, address: IP });
      if (attempt.refused === null) await attempt[outcome]();
    }
    now = { ...now, msBeforeReset: 60_000 };
    for (const outcome of ['fail', 'succeed'] as const) {
      const attempt = await limits.reserveSignIn({ email: EMAIL, address: IP });
      if (attempt.refused === null) await attempt[outcome]();
    }
    const failed = 'penalty of failures';
    expect(calls).toEqual(['consume', failed, 'penalty', 'consume', 'consume', failed, 'consume', 'reward']);
  });
});
