import { describe, expect, it } from '@jest/globals';
import { createSecretKey, randomBytes } from 'node:crypto';
import { Budgets } from '../../../src/security/limits/budgets.js';
import { LIMIT_POLICIES } from '../../../src/security/limits/limit-policies.js';
import { DEFAULT_LIMITS } from '../../../src/security/limits/limit-settings.js';
import { MemoryLimitCounters } from '../../../src/security/limits/memory-limit-counters.js';
import { EMAIL, IP, isRefused, limitsWith, tried } from '../../support/limits.js';

const DEVICE = { deviceId: '0b5c3c1e-6a9b-4d5e-8f6a-1c2d3e4f5a6b', sharedOld: false };

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
    const kinds = [
      'registration',
      'password_reset_request',
      'password_reset',
      'email_verification_request',
      'email_verification',
    ] as const;
    const budgets = new Budgets(createSecretKey(randomBytes(32)), DEFAULT_LIMITS, []);
    const of = ['203.0.113.8', '2001:db8::1'].flatMap((address) => [
      ...budgets.signIn(EMAIL, address),
      ...budgets.passwordCheck('x', address),
      ...kinds.flatMap((kind) => budgets.request(kind, address)),
      ...budgets.clientAuthentication([], address),
      ...budgets.clientAuthentication(['gateway'], address),
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
