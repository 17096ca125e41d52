/** Limits of what is no sign-in. */
import { describe, expect, it } from '@jest/globals';
import type { Limits } from '../../../src/security/limits/limits.js';
import { EMAIL, IP, limitsWith, tried } from '../../support/limits.js';

describe('other requests', () => {
  async function admitted(count: number, request: (time: number) => ReturnType<Limits['consume']>): Promise<number> {
    let sum = 0;
    for (let time = 0; time < count; time += 1) if ((await request(time)).refused === null) sum += 1;
    return sum;
  }

  it('registrations are at most 60 from a network in an hour, so taken addresses cannot be looked for', async () => {
    const limits = limitsWith();
    expect(await admitted(400, () => limits.consume('registration', { address: IP }))).toBe(60);
    const refused = await limits.consume('registration', { address: IP });
    expect(refused).toMatchObject({
      refused: { policy: 'registration_per_network' },
      shown: [{ policy: 'registration_per_network', quota: 60, windowSeconds: 3600, remaining: 0 }],
    });
    const wide = limitsWith();
    const inSlash56 = (time: number) => wide.consume('registration', { address: `2001:db8:0:${time % 200}::1` });
    expect(await admitted(400, inSlash56)).toBeLessThanOrEqual(360);
    const inSlash24 = limitsWith();
    expect(await admitted(700, (time) => inSlash24.consume('registration', { address: `203.0.113.${time % 250}` }))).toBe(
      600,
    );
  });

  it('each kind has its own budgets', async () => {
    const limits = limitsWith();
    expect(await admitted(50, () => limits.consume('password_reset_request', { address: IP }))).toBe(30);
    expect(await admitted(50, () => limits.consume('email_verification_request', { address: IP }))).toBe(30);
    expect(await admitted(400, () => limits.consume('password_reset', { address: IP }))).toBe(300);
    expect(await admitted(400, () => limits.consume('email_verification', { address: IP }))).toBe(300);
    expect(await admitted(400, () => limits.consume('registration', { address: IP }))).toBe(60);
    expect(await tried(limits, 30)).toBe(20);
  });

  it('a mail of a kind goes 3 times in an hour to one address, which strangers are not shown', async () => {
    const limits = limitsWith();
    expect(await admitted(5, () => limits.consume('mail', { mail: 'password_reset', email: EMAIL }))).toBe(3);
    expect(await admitted(5, () => limits.consume('mail', { mail: 'email_verification', email: EMAIL }))).toBe(3);
    expect(await limits.consume('mail', { mail: 'password_reset', email: EMAIL })).toMatchObject({ shown: [] });
  });

  it('a user changes 300 things in an hour', async () => {
    const limits = limitsWith();
    expect(await admitted(310, () => limits.consume('mutation', { userId: 'one' }))).toBe(300);
    expect(await admitted(1, () => limits.consume('mutation', { userId: 'other' }))).toBe(1);
  });

  it('exempt networks are spared, and what was not carried out is given back', async () => {
    const limits = limitsWith({ exempt: [IP] });
    expect(await admitted(100, () => limits.consume('registration', { address: IP }))).toBe(100);
    for (let time = 0; time < 100; time += 1) {
      const admission = await limits.consume('registration', { address: '192.0.2.9' });
      if (admission.refused === null) await admission.giveBack();
    }
    expect(await admitted(100, () => limits.consume('registration', { address: '192.0.2.9' }))).toBe(60);
  });

  it('passwords of those who are signed in are counted apart from sign-ins', async () => {
    const limits = limitsWith();
    await tried(limits, 30, () => ({ email: 'user id' }));
    let checks = 0;
    for (let time = 0; time < 30; time += 1) {
      const attempt = await limits.reservePasswordCheck({ userId: 'user id', address: IP });
      if (attempt.refused !== null) continue;
      checks += 1;
      await attempt.fail();
    }
    expect(checks).toBe(20);
  });
});
