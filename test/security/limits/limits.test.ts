import { describe, expect, it } from '@jest/globals';
import { createSecretKey, randomBytes } from 'node:crypto';
import { ClientGoneError } from '../../../src/security/client-gone-error.js';
import type { Budget } from '../../../src/security/limits/limit-counters.js';
import { Budgets, LIMIT_POLICIES } from '../../../src/security/limits/budgets.js';
import { DEFAULT_LIMITS } from '../../../src/security/limits/limit-settings.js';
import { Limits, type LimitsOptions, type SignInSubject } from '../../../src/security/limits/limits.js';
import { MemoryLimitCounters } from '../../../src/security/limits/memory-limit-counters.js';

const IP = '192.0.2.1';
const EMAIL = 'ada@example.com';
const DEVICE = { deviceId: '0b5c3c1e-6a9b-4d5e-8f6a-1c2d3e4f5a6b', sharedOld: false };
const secret = createSecretKey(randomBytes(32));

function limitsWith(options: Partial<LimitsOptions> = {}): Limits {
  return new Limits({ counters: new MemoryLimitCounters(), secret, ...options });
}

/** How many of so many wrong passwords are hashed. */
async function tried(limits: Limits, times: number, subject: (time: number) => Partial<SignInSubject> = () => ({})) {
  let count = 0;
  for (let time = 0; time < times; time += 1) {
    const attempt = await limits.reserveSignIn({ email: EMAIL, address: IP, ...subject(time) });
    if (attempt.refused !== null) continue;
    count += 1;
    await attempt.fail();
  }
  return count;
}

async function isRefused(limits: Limits, subject: Partial<SignInSubject> = {}): Promise<boolean> {
  const attempt = await limits.reserveSignIn({ email: EMAIL, address: IP, ...subject });
  if (attempt.refused === null) await attempt.cancel();
  return attempt.refused !== null;
}

describe('failed sign-ins', () => {
  it('are at most 20 for an account from one address, and the others are spared', async () => {
    const limits = limitsWith();
    expect(await tried(limits, 30)).toBe(20);
    expect(await isRefused(limits, { address: '192.0.2.2' })).toBe(false);
    expect(await isRefused(limits, { email: 'grace@example.com' })).toBe(false);
  });

  it('are at most 20 whatever port or spelling the address has', async () => {
    const ports = (time: number) => ({ address: `203.0.113.8:${50_000 + time}` });
    expect(await tried(limitsWith(), 60, ports)).toBe(20);
    const spellings = ['2001:db8::1', '2001:DB8:0::1', '[2001:db8::1]:443', '2001:0db8:0:0:0:0:0:1', '2001:db8::1%eth0'];
    expect(await tried(limitsWith(), 60, (time) => ({ address: spellings[time % spellings.length]! }))).toBe(20);
    expect(await tried(limitsWith(), 60, (time) => ({ address: `garbage ${time}` }))).toBe(20);
    expect(await tried(limitsWith(), 60, (time) => ({ address: time % 2 ? '::ffff:192.0.2.9' : '192.0.2.9' }))).toBe(20);
  });

  it('are at most 20 from a /64, 60 from a /56', async () => {
    expect(await tried(limitsWith(), 60, (time) => ({ address: `2001:db8::${time}:1` }))).toBe(20);
    expect(await tried(limitsWith(), 90, (time) => ({ address: `2001:db8:0:${(time % 16).toString(16)}::1` }))).toBe(60);
  });

  it.each([
    ['60 IPv4 addresses', (time: number) => `203.${time % 60}.113.8`],
    ['60 addresses of one /24', (time: number) => `203.0.113.${time % 60}`],
    ['60 /64 of one /48', (time: number) => `2001:db8:1:${((time % 60) * 512).toString(16)}::1`],
    ['60 /48', (time: number) => `2001:db8:${time % 60}::1`],
  ])('are at most 100 for an account in an hour: %s', async (_, address) => {
    const limits = limitsWith();
    expect(await tried(limits, 180, (time) => ({ address: address(time) }))).toBe(100);
    const refused = await limits.reserveSignIn({ email: EMAIL, address: '198.51.100.1' });
    expect(refused.refused?.policy).toBe('sign_in_per_account');
    expect(refused.refused?.retryAfterSeconds).toBeGreaterThan(3_500);
    // The account's budget is nobody's business.
    expect(refused.shown).toEqual([]);
  });

  it('are at most 300 from a network over all accounts, ten times as many from a /24', async () => {
    const limits = limitsWith();
    expect(await tried(limits, 400, (time) => ({ email: `user${time}@example.com` }))).toBe(300);
    const many = (time: number) => ({ email: `user${time}@example.com`, address: `203.0.113.${time % 20}` });
    expect(await tried(limitsWith(), 3_100, many)).toBe(3_000);
  });

  it('are counted for exempt networks by account alone', async () => {
    const limits = limitsWith({ exempt: ['10.0.0.0/8', '2001:db8::/32'] });
    expect(await tried(limits, 50, () => ({ address: '::ffff:10.1.2.3' }))).toBe(50);
    expect(await tried(limits, 60, () => ({ address: '[2001:db8::1]:80' }))).toBe(50);
    expect(await tried(limits, 400, (time) => ({ email: `user${time}@example.com`, address: '10.1.2.3' }))).toBe(400);
    expect(() => limitsWith({ exempt: ['ten'] })).toThrow(RangeError);
  });

  it('are one count for all instances that share counters, and the same key', async () => {
    const counters = new MemoryLimitCounters();
    const [one, other] = [limitsWith({ counters }), limitsWith({ counters })];
    expect((await tried(one, 15)) + (await tried(other, 15))).toBe(20);
  });

  it('have limits that can be set, 0 for none', async () => {
    const settings = {
      signInFailuresPerAccountAndNetwork: 2,
      signInFailuresPerNetwork: 0,
      signInFailuresPerAccountPerHour: 3,
    };
    expect(await tried(limitsWith({ settings }), 5)).toBe(2);
    expect(await tried(limitsWith({ settings }), 5, (time) => ({ address: `192.0.${time}.1` }))).toBe(3);
    const none = { ...settings, signInFailuresPerAccountAndNetwork: 0, signInFailuresPerAccountPerHour: 0 };
    expect(await tried(limitsWith({ settings: none }), 400)).toBe(400);
  });
});

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

describe('a device that the account knows', () => {
  const knownDevice = DEVICE;

  it('is not locked out by strangers, whatever they do', async () => {
    const limits = limitsWith();
    // From the owner's own network, and from everywhere.
    for (let time = 0; time < 301; time += 1) await tried(limits, 1);
    await tried(limits, 400, (time) => ({ email: `user${time}@example.com` }));
    await tried(limits, 400, (time) => ({ address: `203.${time % 200}.0.1` }));
    expect(await isRefused(limits)).toBe(true);
    expect(await isRefused(limits, { knownDevice })).toBe(false);
    expect(await isRefused(limits, { knownDevice, address: null })).toBe(false);
  });

  it('has 20 failures of its own, then the account’s, and costs strangers none of theirs', async () => {
    const limits = limitsWith();
    expect(await tried(limits, 20, () => ({ knownDevice }))).toBe(20);
    expect(await tried(limits, 25)).toBe(20);
    expect(await tried(limits, 5, () => ({ knownDevice }))).toBe(0);
    const other = { deviceId: '7d0f3a52-2f0e-4a37-9a3e-0d9f1f9c1b2a', sharedOld: false };
    expect(await isRefused(limits, { knownDevice: other })).toBe(false);
    // Spent, it may go on as a stranger elsewhere.
    expect(await isRefused(limits, { knownDevice, address: '198.51.100.1' })).toBe(false);
  });

  it('shares 20 with all tokens from before the last change of the password', async () => {
    const limits = limitsWith({ settings: { signInFailuresPerAccountAndNetwork: 1 } });
    const old = (time: number) => ({ knownDevice: { deviceId: `${DEVICE.deviceId}${time}`, sharedOld: true } });
    expect(await tried(limits, 40, old)).toBe(21);
    expect(await tried(limits, 1, () => ({ knownDevice }))).toBe(1);
  });

  it('shares 100 in an hour with all that the account knows', async () => {
    const limits = limitsWith({ settings: { signInFailuresPerAccountPerHour: 1 } });
    const devices = (time: number) => ({ knownDevice: { deviceId: `device ${time % 50}`, sharedOld: false } });
    expect(await tried(limits, 300, devices)).toBe(101);
  });

  it('may come back when the first of its budgets is there again', async () => {
    const limits = limitsWith();
    await tried(limits, 100, (time) => ({ address: `203.${time}.0.1` }));
    await tried(limits, 20, () => ({ knownDevice }));
    const { refused } = await limits.reserveSignIn({ email: EMAIL, address: IP, knownDevice });
    expect(refused?.retryAfterSeconds).toBeGreaterThan(800);
    expect(refused?.retryAfterSeconds).toBeLessThanOrEqual(900);
  });

  it('is one of that account alone', async () => {
    const limits = limitsWith();
    await tried(limits, 20, () => ({ knownDevice }));
    expect(await tried(limits, 30, () => ({ knownDevice, email: 'grace@example.com' }))).toBe(30);
  });
});

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
    expect(await admitted(50, () => limits.consume('mail_request', { address: IP }))).toBe(30);
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

  it('clients that authenticate correctly are not counted', async () => {
    const limits = limitsWith();
    for (let time = 0; time < 400; time += 1) {
      const attempt = await limits.reserveClientAuthentication({ address: IP });
      if (attempt.refused !== null) throw new Error('refused');
      await attempt.succeed();
    }
    expect((await limits.reserveClientAuthentication({ address: IP })).refused).toBeNull();
  });
});

describe('what is kept', () => {
  it('names no address and no e-mail address', async () => {
    const keys = new Set<string>();
    const counters = new MemoryLimitCounters();
    const consume = counters.consume.bind(counters);
    counters.consume = (budget) => {
      keys.add(budget.key);
      return consume(budget);
    };
    const limits = limitsWith({ counters });
    await limits.reserveSignIn({ email: EMAIL, address: IP });
    await limits.reserveSignIn({ email: EMAIL, address: '2001:db8::1', knownDevice: DEVICE });
    await limits.consume('mail', { mail: 'password_reset', email: EMAIL });
    await limits.consume('registration', { address: '2001:db8::1' });
    expect(keys.size).toBeGreaterThan(8);
    for (const key of keys) expect(key).toMatch(/^[a-z_]+(_\d+)?:[\w-]{43}$/);
  });

  it('depends on the secret', async () => {
    const counters = new MemoryLimitCounters();
    await tried(limitsWith({ counters }), 20);
    expect(await isRefused(limitsWith({ counters, secret: createSecretKey(randomBytes(32)) }))).toBe(false);
  });

  it('every policy that can refuse is listed by its name, those of wide networks too', () => {
    const budgets = new Budgets(createSecretKey(randomBytes(32)), DEFAULT_LIMITS, []);
    const of = ['203.0.113.8', '2001:db8::1'].flatMap((address) => [
      ...budgets.signIn(EMAIL, address),
      ...budgets.passwordCheck('x', address),
      ...(
        ['registration', 'mail_request', 'password_reset', 'email_verification', 'client_authentication'] as const
      ).flatMap((kind) => budgets.anonymous(kind, address)),
    ]);
    const others = [
      ...budgets.knownDevice(EMAIL, DEVICE),
      ...budgets.mail('reset', EMAIL, false),
      ...budgets.mutation('x'),
    ];
    const names = [...of, ...others].map(({ policy }) => policy);
    expect(names).toContain('sign_in_per_network_24');
    expect(names.filter((name) => !LIMIT_POLICIES.includes(name))).toEqual([]);
  });
});
