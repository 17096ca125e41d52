/** Limits of failed authentications of OAuth clients. */
import { describe, expect, it } from '@jest/globals';
import type { ClientAuthentication, Limits } from '../../../src/security/limits/limits.js';
import { MemoryLimitCounters } from '../../../src/security/limits/memory-limit-counters.js';
import { IP, limitsWith } from '../../support/limits.js';

const GATEWAY = { registered: ['gateway'], address: IP };
const NOBODY = { registered: [], address: IP };

/** How many of so many wrong secrets are hashed. */
async function guessed(limits: Limits, times: number, subject: (time: number) => ClientAuthentication): Promise<number> {
  let count = 0;
  for (let time = 0; time < times; time += 1) {
    const attempt = await limits.reserveClientAuthentication(subject(time));
    if (attempt.refused !== null) continue;
    count += 1;
    await attempt.fail();
  }
  return count;
}

/** The policy that refuses one now, or null; counts nothing. */
async function refusedBy(limits: Limits, subject: ClientAuthentication): Promise<string | null> {
  const attempt = await limits.reserveClientAuthentication(subject);
  if (attempt.refused === null) await attempt.cancel();
  return attempt.refused?.policy ?? null;
}

describe('authentications of OAuth clients', () => {
  it('are not counted when they succeed', async () => {
    const limits = limitsWith();
    for (let time = 0; time < 400; time += 1) {
      const attempt = await limits.reserveClientAuthentication(GATEWAY);
      if (attempt.refused !== null) throw new Error('refused');
      await attempt.succeed();
    }
    expect(await refusedBy(limits, GATEWAY)).toBeNull();
  });

  it('that fail are at most 300 for a client from one network, other clients and networks are spared', async () => {
    const limits = limitsWith();
    expect(await guessed(limits, 400, () => GATEWAY)).toBe(300);
    expect(await refusedBy(limits, GATEWAY)).toBe('client_authentication_per_client_and_network');
    for (const spared of [{ ...GATEWAY, registered: ['shop'] }, { ...GATEWAY, address: '192.0.2.2' }, NOBODY])
      expect(await refusedBy(limits, spared)).toBeNull();
  });

  it('by names that are not registered share one count of their network, which no client is concerned by', async () => {
    const limits = limitsWith();
    expect(await guessed(limits, 400, () => NOBODY)).toBe(300);
    expect(await refusedBy(limits, NOBODY)).toBe('client_authentication_per_network');
    expect(await refusedBy(limits, { ...NOBODY, address: '192.0.2.2' })).toBeNull();
    expect(await guessed(limits, 400, () => GATEWAY)).toBe(300);
  });

  it('that may mean either of two clients count for both', async () => {
    const limits = limitsWith({ settings: { anonymousRequestsPerNetwork: 3 } });
    const both = { ...GATEWAY, registered: ['gate way', 'gate+way'] };
    expect(await guessed(limits, 2, () => both)).toBe(2);
    for (const registered of [['gate way'], ['gate+way']])
      expect(await guessed(limits, 5, () => ({ ...GATEWAY, registered }))).toBe(1);
    expect(await guessed(limits, 5, () => both)).toBe(0);
  });

  it('have higher ceilings in wider networks, of a client as well', async () => {
    const settings = { anonymousRequestsPerNetwork: 3 };
    for (const registered of [[], ['gateway']]) {
      const from = (address: (time: number) => string) => (time: number) => ({ registered, address: address(time) });
      expect(
        await guessed(
          limitsWith({ settings }),
          90,
          from((time) => `203.0.113.${time}`),
        ),
      ).toBe(30);
      expect(
        await guessed(
          limitsWith({ settings }),
          90,
          from((time) => `2001:db8::${time}:1`),
        ),
      ).toBe(3);
      expect(
        await guessed(
          limitsWith({ settings }),
          90,
          from((time) => `2001:db8:0:${time % 16}::1`),
        ),
      ).toBe(9);
    }
  });

  it('from exempt networks are not counted', async () => {
    const limits = limitsWith({ settings: { anonymousRequestsPerNetwork: 3 }, exempt: [IP] });
    expect(await guessed(limits, 9, () => GATEWAY)).toBe(9);
    expect(await guessed(limits, 9, () => NOBODY)).toBe(9);
  });

  it('are one count for all instances that share counters', async () => {
    const shared = { counters: new MemoryLimitCounters(), settings: { anonymousRequestsPerNetwork: 6 } };
    const [one, other] = [limitsWith(shared), limitsWith(shared)];
    expect((await guessed(one, 4, () => GATEWAY)) + (await guessed(other, 4, () => GATEWAY))).toBe(6);
    expect((await guessed(one, 4, () => NOBODY)) + (await guessed(other, 4, () => NOBODY))).toBe(6);
  });
});
