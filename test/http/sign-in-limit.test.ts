import { describe, expect, it } from '@jest/globals';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import { Problem } from '../../src/http/problem.js';
import { SignInLimit, type Attempt } from '../../src/http/sign-in-limit.js';

const IP = '192.0.2.1';
const wrong = (): Promise<{ outcome: string }> => Promise.resolve({ outcome: 'invalid_credentials' });
const right = (): Promise<{ outcome: string }> => Promise.resolve({ outcome: 'issued' });

/** How often a wrong password may be tried, of so many times. */
async function admitted(limit: SignInLimit, times: number, attempt: (time: number) => Attempt): Promise<number> {
  let count = 0;
  for (let time = 0; time < times; time += 1) {
    try {
      await limit.during(attempt(time), wrong);
      count += 1;
    } catch (error) {
      expect(error).toBeInstanceOf(Problem);
      expect(error).toMatchObject({ status: 429, headers: { 'Retry-After': expect.stringMatching(/^[1-9]\d*$/) } });
    }
  }
  return count;
}

describe('the limit of failed sign-ins', () => {
  it('admits 20 wrong passwords for an account from a client, however the address is spelt', async () => {
    const spellings = ['jos\u00e9@example.com', 'jose\u0301@example.com', 'JOS\u00c9@EXAMPLE.COM'];
    const limit = new SignInLimit([]);
    expect(await admitted(limit, 30, (time) => ({ account: spellings[time % 3]!, ip: IP }))).toBe(20);
    expect(await admitted(limit, 1, () => ({ account: spellings[0]!, ip: '192.0.2.2' }))).toBe(1);
    await expect(limit.during({ account: spellings[0]!, ip: IP }, right)).rejects.toThrow(Problem);
  });

  it('admits 300 from a client, whomever it tries, and does not count what it refuses', async () => {
    const limit = new SignInLimit([]);
    expect(await admitted(limit, 400, () => ({ account: 'one', ip: IP }))).toBe(20);
    expect(await admitted(limit, 300, (time) => ({ account: `other ${time}`, ip: IP }))).toBe(280);
  });

  it('counts neither right passwords nor attempts that could not be carried out', async () => {
    const limit = new SignInLimit([]);
    const attempt = { account: 'one', ip: IP };
    for (let time = 0; time < 400; time += 1) await limit.during(attempt, right);
    const away = (): Promise<never> => Promise.reject(new StoreUnavailableError('event store', 'away'));
    for (let time = 0; time < 400; time += 1)
      await expect(limit.during(attempt, away)).rejects.toThrow(StoreUnavailableError);
    expect(await admitted(limit, 25, () => attempt)).toBe(20);
  });

  it('counts attempts from their start: many at once are no way around', async () => {
    const limit = new SignInLimit([]);
    let tried = 0;
    const slowlyWrong = async (): Promise<{ outcome: string }> => {
      tried += 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
      return wrong();
    };
    await Promise.allSettled(Array.from({ length: 100 }, () => limit.during({ account: 'one', ip: IP }, slowlyWrong)));
    expect(tried).toBe(20);
  });

  it('refuses nobody for being one of many at once: all right passwords of 500 get through, in whatever order', async () => {
    const limit = new SignInLimit([]);
    const slowlyRight = async (): Promise<{ outcome: string }> => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      return right();
    };
    const attempt = { account: 'one', ip: IP };
    const failing = Array.from({ length: 19 }, () => limit.during(attempt, wrong));
    const all = [...failing, ...Array.from({ length: 500 }, () => limit.during(attempt, slowlyRight))];
    const outcomes = (await Promise.all(all)).map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === 'issued')).toHaveLength(500);
    expect(await admitted(limit, 5, () => attempt)).toBe(1);
  });

  it('takes an IPv6 network of 64 bits for one client, and an IPv4 address in IPv6 for itself', async () => {
    const limit = new SignInLimit([]);
    const alike = ['2001:db8::1', '2001:db8:0:0:ffff::2', '2001:db8:0:0:1:2:3:4'];
    expect(await admitted(limit, 30, (time) => ({ account: 'one', ip: alike[time % 3]! }))).toBe(20);
    expect(await admitted(limit, 1, () => ({ account: 'one', ip: '2001:db8:0:1::1' }))).toBe(1);
    expect(await admitted(limit, 30, (time) => ({ account: 'one', ip: `::ffff:192.0.2.${time}` }))).toBe(30);
  });

  it('lets exempt networks alone', async () => {
    const limit = new SignInLimit(['10.0.0.0/8', '2001:db8::/32', '192.0.2.7']);
    for (const ip of ['10.1.2.3', '::ffff:10.1.2.3', '2001:db8::1', '192.0.2.7'])
      expect(await admitted(limit, 30, () => ({ account: 'one', ip }))).toBe(30);
    expect(await admitted(limit, 30, () => ({ account: 'one', ip: '11.1.2.3' }))).toBe(20);
  });
});
