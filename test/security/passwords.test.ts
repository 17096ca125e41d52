import { describe, expect, it } from '@jest/globals';
import { ClientGoneError, concurrencyOn, Passwords, TooBusyError } from '../../src/security/passwords.js';

describe('passwords', () => {
  it('are hashed by Argon2id with OWASP’s parameters, each time with another salt', async () => {
    const passwords = new Passwords();
    const [one, other] = [await passwords.hash('correct horse'), await passwords.hash('correct horse')];
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(other);
    expect(await passwords.verify(one, 'correct horse')).toBe(true);
    expect(await passwords.verify(one, 'correct house')).toBe(false);
  });

  it('nobody’s password is never right', async () => {
    expect(await new Passwords().verify(null, '')).toBe(false);
  });

  it('checking nobody’s takes its turn and its time like anybody’s', async () => {
    const passwords = new Passwords({ concurrency: 1, maxWaiting: 1 });
    const hash = await passwords.hash('correct horse');
    const times: { nobody: number; somebody: number }[] = [];
    const timed = async (of: string | null): Promise<number> => {
      const begin = performance.now();
      await passwords.verify(of, 'wrong password');
      return performance.now() - begin;
    };
    // By turns, so that whatever else the machine does meets both.
    for (let round = 0; round < 15; round += 1) times.push({ nobody: await timed(null), somebody: await timed(hash) });
    const ratios = times.map(({ nobody, somebody }) => nobody / somebody).sort((a, b) => a - b);
    // Far apart if the work were skipped: a hash takes some ten milliseconds.
    expect(ratios[7]).toBeGreaterThan(0.3);
    const pending = [passwords.verify(null, 'a'), passwords.verify(null, 'b')];
    await expect(passwords.verify(null, 'c')).rejects.toThrow(TooBusyError);
    expect(await Promise.all(pending)).toEqual([false, false]);
  });

  it('only so many are checked at a time, only so many wait, and the rest is refused as too busy', async () => {
    const passwords = new Passwords({ concurrency: 2, maxWaiting: 3 });
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => passwords.hash('correct horse')));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    const refused = results.filter((result) => result.status === 'rejected');
    for (const { reason } of refused) expect(reason).toBeInstanceOf(TooBusyError);
    expect(await passwords.hash('afterwards')).toContain('$argon2id$');
  });

  it('hundreds at once get their turn, the last of them too', async () => {
    const passwords = new Passwords();
    const hash = await passwords.hash('correct horse');
    const results = await Promise.all(Array.from({ length: 200 }, () => passwords.verify(hash, 'correct horse')));
    expect(results.every(Boolean)).toBe(true);
  });

  it.each([
    [1, 4, 1],
    [2, 4, 2],
    [4, 4, 3],
    [4, 8, 4],
    [64, 4, 3],
    [64, 16, 15],
    [8, 1, 1],
  ])('on %d processors with %d threads in the pool, %d are checked at a time', (processors, threads, concurrency) => {
    expect(concurrencyOn(processors, threads)).toBe(concurrency);
  });

  it.each([
    ['200 letters', 'x'.repeat(200)],
    ['129', 'x'.repeat(129)],
    ['129 outside the basic plane', '💻'.repeat(129)],
    ['a megabyte', 'x'.repeat(2 ** 20)],
  ])('one that is too long is never right, and takes its turn like any other: %s', async (_, tooLong) => {
    const passwords = new Passwords({ concurrency: 1, maxWaiting: 1 });
    // Right as far as it is compared, and right as a whole.
    const [asCompared, asWhole] = [await passwords.hash(tooLong.slice(0, 128)), await passwords.hash(tooLong)];
    const pending = [passwords.verify(asCompared, tooLong), passwords.verify(asWhole, tooLong)];
    await expect(passwords.verify(asWhole, tooLong)).rejects.toThrow(TooBusyError);
    expect(await Promise.all(pending)).toEqual([false, false]);
  });

  it('one that is too long takes as long as any other', async () => {
    const passwords = new Passwords({ concurrency: 1 });
    const hash = await passwords.hash('correct horse');
    const timed = async (password: string): Promise<number> => {
      const begin = performance.now();
      await passwords.verify(hash, password);
      return performance.now() - begin;
    };
    const ratios: number[] = [];
    for (let round = 0; round < 9; round += 1)
      ratios.push((await timed('x'.repeat(129))) / (await timed('wrong password')));
    expect(ratios.sort((a, b) => a - b)[4]).toBeGreaterThan(0.3);
  });

  it('a client that hung up is not hashed for', async () => {
    const passwords = new Passwords({ concurrency: 1, maxWaiting: 1 });
    const gone = new AbortController();
    const first = passwords.hash('correct horse');
    const dropped = passwords.hash('correct horse', { signal: gone.signal });
    gone.abort();
    await expect(dropped).rejects.toThrow(ClientGoneError);
    await expect(dropped).rejects.toMatchObject({ name: 'AbortError' });
    // Its place in the queue is free again.
    expect(await Promise.all([first, passwords.hash('correct horse')])).toHaveLength(2);
    await expect(passwords.verify(null, 'x', { signal: AbortSignal.abort() })).rejects.toThrow(ClientGoneError);
  });
});
