/** The attempt key of auth.js: one for each token, sent with every try to refresh that token, from all tabs. */
import { expect } from '@jest/globals';
import type { Context } from 'koa';
import { askMe, isSignedIn } from '../support/auth-module.js';
import { freeze } from '../support/browser.js';
import { ACCESS_LIFETIME_MS, pageSuite } from '../support/page-suite.js';

const isRefresh = (ctx: Context): boolean => ctx.path === '/api/v1/auth/refresh';
/** 160 bits. */
const KEY = /^[0-9a-f]{40}$/;

pageSuite('the attempt key of auth.js', (suite, it) => {
  /** Notes the key of each try; those that `fails` names, by their number, are answered 503. */
  const noting = (fails: (attempt: number) => boolean = () => false): string[] => {
    const keys: string[] = [];
    suite.middleware = async (ctx, next) => {
      if (!isRefresh(ctx)) return next();
      keys.push(ctx.get('Idempotency-Key'));
      if (!fails(keys.length)) return next();
      ctx.status = 503;
      return undefined;
    };
    return keys;
  };

  it.each(['storage', 'cookie'] as const)('is another one for each token, in mode %s', async (mode) => {
    await suite.signIn(mode);
    const keys = noting();
    for (let time = 1; time <= 3; time += 1) {
      suite.skewMs += ACCESS_LIFETIME_MS;
      expect(await askMe(suite.page)).toEqual([200]);
    }
    expect(keys).toEqual([expect.stringMatching(KEY), expect.stringMatching(KEY), expect.stringMatching(KEY)]);
    expect(new Set(keys).size).toBe(3);
  });

  it.each(['storage', 'cookie'] as const)(
    'stays until an answer comes, over failed calls, a reload, other tabs and hours, in mode %s',
    async (mode) => {
      await suite.signIn(mode);
      let failing = true;
      const keys = noting(() => failing);
      await suite.advance(ACCESS_LIFETIME_MS);
      expect(await askMe(suite.page, { retryForMs: 1_500, lockWaitMs: 100 })).toEqual(['unavailable']);
      const other = await suite.open();
      expect(await askMe(other, { retryForMs: 1_500, lockWaitMs: 100 })).toEqual(['unavailable']);
      await suite.page.reload();
      await suite.advance(3 * 3_600_000);
      expect(await askMe(suite.page, { retryForMs: 1_500, lockWaitMs: 100 })).toEqual(['unavailable']);
      const tries = keys.length;
      expect(tries).toBeGreaterThanOrEqual(6);
      failing = false;
      expect(await askMe(suite.page, { lockWaitMs: 100 })).toEqual([200]);
      const answered = keys.slice(0, tries + 1);
      expect(new Set(answered).size).toBe(1);
      expect(answered[0]).toMatch(KEY);
      expect(await isSignedIn(suite.page)).toBe(true);
    },
  );

  it('is the same for two tabs that race, one of which is frozen with the lock', async () => {
    await suite.signIn('cookie');
    const frozen = await suite.open();
    await frozen.waitForSelector('.device');
    suite.skewMs = ACCESS_LIFETIME_MS;
    const keys: string[] = [];
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    let arrive = (): void => undefined;
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    suite.middleware = async (ctx, next) => {
      if (!isRefresh(ctx)) return next();
      keys.push(ctx.get('Idempotency-Key'));
      await next();
      if (keys.length > 1) return;
      arrive();
      await held;
    };
    const late = askMe(frozen);
    await arrived;
    const thaw = await freeze(frozen);
    expect(await askMe(suite.page, { lockWaitMs: 200 })).toEqual([200]);
    letGo();
    await thaw();
    expect(await late).toEqual([200]);
    expect(keys.slice(0, 2)).toEqual([expect.stringMatching(KEY), keys[0]]);
    expect(await suite.count('TokenReuseDetected')).toBe(0);
  });

  it.each([
    ['storage', true],
    ['cookie', false],
  ] as const)('when the answer is cut off behind its head, in mode %s: the same again is %s', async (mode, same) => {
    await suite.signIn(mode);
    suite.skewMs = ACCESS_LIFETIME_MS;
    const keys: string[] = [];
    suite.middleware = async (ctx, next) => {
      await next();
      if (!isRefresh(ctx)) return;
      keys.push(ctx.get('Idempotency-Key'));
      if (keys.length > 1) return;
      const body = JSON.stringify(ctx.body);
      ctx.respond = false;
      ctx.res.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
      ctx.res.write(body.slice(0, body.length / 2), () => ctx.req.socket.destroy());
    };
    expect(await askMe(suite.page)).toEqual([200]);
    // The cookie holds the new token then; the key was for the one before.
    expect(keys[0] === keys[1]).toBe(same);
    expect(keys[1]).toMatch(KEY);
    expect(await suite.count('TokenReuseDetected')).toBe(0);
  });

  it('is given to a session that an older version has stored without one, and kept', async () => {
    await suite.signIn();
    await suite.page.evaluate(`{
      const session = JSON.parse(localStorage.getItem('tokenledger.session'));
      delete session.key;
      localStorage.setItem('tokenledger.session', JSON.stringify(session));
    }`);
    suite.skewMs = ACCESS_LIFETIME_MS;
    const keys = noting((attempt) => attempt <= 2);
    expect(await askMe(suite.page)).toEqual([200]);
    expect(keys).toEqual([expect.stringMatching(KEY), keys[0], keys[0]]);
  });
});
