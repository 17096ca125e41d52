/** auth.js with the refresh token in a cookie: the same promises, and what a cookie needs besides. */
import { expect } from '@jest/globals';
import { AUTH, askMe, isSignedIn, type AuthModule } from '../support/auth-module.js';
import { INSECURE_HOST } from '../support/browser.js';
import { A_JWT } from '../support/jwt-pattern.js';
import { freshCredentials, startApp } from '../support/running-app.js';
import { ACCESS_LIFETIME_MS, pageSuite } from '../support/page-suite.js';

const COOKIE = /^(__Secure-)?tokenledger/;

pageSuite('auth.js in cookie mode', (suite, it) => {
  const cookies = (): ReturnType<typeof suite.context.cookies> => suite.context.cookies(`${suite.app.url}/api/v1/auth`);
  const cookieValue = async (): Promise<string | undefined> => (await cookies())[0]?.value;

  it('has no token where a script can read one, and a reload stays signed in', async () => {
    await suite.signIn('cookie');
    expect(await suite.page.evaluate('JSON.stringify(localStorage) + document.cookie')).not.toMatch(A_JWT);
    const [cookie] = await cookies();
    expect(cookie).toMatchObject({
      name: expect.stringMatching(COOKIE),
      httpOnly: true,
      secure: true,
      sameSite: 'Strict',
      path: '/api/v1/auth',
    });
    await suite.page.reload();
    await suite.page.waitForSelector('.device');
    expect(await suite.page.evaluate('JSON.stringify(localStorage) + document.cookie')).not.toMatch(A_JWT);
  });

  it('sends the cookie to where refresh tokens are asked for, and to nothing else', async () => {
    await suite.signIn('cookie');
    const withCookie = new Set<string>();
    suite.middleware = (ctx, next) => {
      if (COOKIE.test(ctx.get('Cookie'))) withCookie.add(ctx.path);
      return next();
    };
    await suite.page.goto(`${suite.app.url}/healthz`);
    await suite.page.goto(suite.app.url);
    await suite.page.waitForSelector('.device');
    expect([...withCookie].filter((path) => !path.startsWith('/api/v1/auth'))).toEqual([]);
    expect(withCookie).toContain('/api/v1/auth/refresh');
  });

  it('with an old access token, three requests at once succeed with exactly one rotation in the log', async () => {
    await suite.signIn('cookie');
    suite.skewMs = ACCESS_LIFETIME_MS;
    const statuses = await suite.page.evaluate(async (module) => {
      const { createAuth } = (await import(module)) as AuthModule;
      const { apiRequest } = createAuth();
      return Promise.all([1, 2, 3].map(async () => (await apiRequest('/api/v1/auth/me')).status));
    }, AUTH);
    expect(statuses).toEqual([200, 200, 200]);
    expect(await suite.rotations()).toBe(1);
  });

  it('hands the access token to a tab that is opened, which then needs no refresh', async () => {
    await suite.signIn('cookie');
    const other = await suite.open();
    await other.waitForSelector('.device');
    expect(await suite.rotations()).toBe(0);
    expect(await other.evaluate('JSON.stringify(localStorage)')).not.toMatch(A_JWT);
  });

  it('two tabs at once, ten times: nobody is signed out, and no reuse is seen', async () => {
    await suite.signIn('cookie');
    const other = await suite.open();
    await other.waitForSelector('.device');
    for (let time = 1; time <= 10; time += 1) {
      suite.skewMs += ACCESS_LIFETIME_MS;
      expect(await Promise.all([suite.page, other].map((tab) => askMe(tab)))).toEqual([[200], [200]]);
    }
    expect(await suite.rotations()).toBeGreaterThanOrEqual(10);
    expect(await suite.count('TokenReuseDetected')).toBe(0);
  });

  it('an answer that is lost with its cookie costs nothing', async () => {
    await suite.signIn('cookie');
    const before = await cookieValue();
    suite.skewMs = ACCESS_LIFETIME_MS;
    let cut = 0;
    suite.middleware = async (ctx, next) => {
      await next();
      if (!ctx.path.endsWith('/refresh') || cut >= 3) return;
      cut += 1;
      ctx.respond = false;
      ctx.req.socket.destroy();
    };
    expect(await askMe(suite.page)).toEqual([200]);
    expect(cut).toBe(3);
    expect(await suite.rotations()).toBe(1);
    expect(await suite.count('TokenRedelivered')).toBe(1);
    expect(await cookieValue()).not.toBe(before);
  });

  it('a stolen cookie that is used ends the session for both', async () => {
    await suite.signIn('cookie');
    const stolen = (await cookieValue())!;
    suite.skewMs = ACCESS_LIFETIME_MS;
    expect(await askMe(suite.page)).toEqual([200]);
    suite.skewMs += ACCESS_LIFETIME_MS;
    expect((await suite.app.api.refresh(stolen)).body.code).toBe('token_reused');
    // The page may have found out by itself by now, and does not show this button then.
    await suite.page.evaluate("document.querySelector('#reload').click()");
    await suite.waitForSignedOut();
    expect(await suite.stored('session')).toBeNull();
    expect(await cookies()).toEqual([]);
  });

  it('signing out removes the cookie, revokes the session, and is seen in all tabs', async () => {
    await suite.signIn('cookie');
    const other = await suite.open();
    await other.waitForSelector('.device');
    const token = (await cookieValue())!;
    await suite.page.click('#sign-out');
    await suite.page.getByText('You are signed out.').waitFor();
    await suite.waitForSignedOut(other);
    expect(await cookies()).toEqual([]);
    expect((await suite.app.api.refresh(token)).body.code).toBe('token_revoked');
  });

  it('signing out everywhere removes the cookie too', async () => {
    await suite.signIn('cookie');
    const cleared = suite.page.waitForResponse('**/api/v1/auth/logout');
    await suite.signOutEverywhere();
    await suite.waitForSignedOut();
    expect((await cleared).status()).toBe(204);
    expect(await cookies()).toEqual([]);
  });

  it('a sign-out elsewhere is seen', async () => {
    const credentials = await suite.signIn('cookie');
    const other = await suite.app.api.signIn(credentials);
    await suite.app.api.logoutAll(other.access_token);
    await suite.page.click('#reload');
    await suite.waitForSignedOut();
  });

  it.each([
    ['the server is in trouble', 503, ''],
    ['a proxy answers 401', 401, '<html>Sign in to this proxy</html>'],
  ])('a sign-out while %s is out here at once, and made good when the page is next opened', async (_, status, body) => {
    await suite.signIn('cookie');
    const token = (await cookieValue())!;
    suite.middleware = (ctx, next) => {
      if (!ctx.path.endsWith('/logout')) return next();
      ctx.status = status;
      ctx.type = 'html';
      ctx.body = body;
      return Promise.resolve();
    };
    await suite.page.click('#sign-out');
    await suite.page.getByText('the server does not know yet').waitFor();
    await suite.page.close();
    suite.middleware = (_ctx, next) => next();
    suite.page = await suite.open('about:blank');
    const reported = suite.page.waitForResponse('**/api/v1/auth/logout');
    await suite.page.goto(suite.app.url);
    expect((await reported).status()).toBe(204);
    await suite.waitForSignedOut();
    expect((await suite.app.api.refresh(token)).body.code).toBe('token_revoked');
    expect(await cookies()).toEqual([]);
  });

  it('a 422 that is not of this server ends nothing', async () => {
    await suite.signIn('cookie');
    suite.skewMs = ACCESS_LIFETIME_MS;
    suite.middleware = (ctx, next) => {
      if (!ctx.path.endsWith('/refresh')) return next();
      ctx.status = 422;
      ctx.body = { code: 'validation_failed' };
      return Promise.resolve();
    };
    expect(await askMe(suite.page, { retryForMs: 300 })).toEqual(['unavailable']);
    suite.middleware = (_ctx, next) => next();
    expect(await askMe(suite.page)).toEqual([200]);
  });

  it('a cookie that was deleted, or has run out, is the end of the session', async () => {
    await suite.signIn('cookie');
    await suite.context.clearCookies();
    await suite.page.reload();
    await suite.waitForSignedOut();
    expect(await suite.page.textContent('#message')).toBe('Your session has ended. Please sign in again.');
  });

  it('being offline or a server in trouble signs nobody out', async () => {
    await suite.signIn('cookie');
    await suite.advance(ACCESS_LIFETIME_MS);
    await suite.context.setOffline(true);
    expect(await askMe(suite.page, { retryForMs: 300 })).toEqual(['TypeError']);
    suite.middleware = (ctx, next) => {
      if (!ctx.path.endsWith('/refresh')) return next();
      ctx.status = 500;
      return Promise.resolve();
    };
    await suite.context.setOffline(false);
    // The page itself is trying, too.
    expect(await askMe(suite.page, { retryForMs: 300, lockWaitMs: 100 })).toEqual(['unavailable']);
    suite.middleware = (_ctx, next) => next();
    expect(await isSignedIn(suite.page)).toBe(true);
    expect(await askMe(suite.page)).toEqual([200]);
  });

  it('a cookie of another session, wherever it came from, does not slip into this one’s place', async () => {
    await suite.signIn('cookie');
    const attacker = await suite.app.api.signedIn(freshCredentials());
    const [cookie] = await cookies();
    await suite.context.addCookies([{ ...cookie!, value: attacker.refresh_token }]);
    // The page shows it before the server knows.
    const reported = suite.page.waitForResponse('**/api/v1/auth/logout');
    await suite.page.reload();
    await suite.waitForSignedOut();
    expect(await suite.stored('session')).toBeNull();
    expect((await reported).status()).toBe(204);
    expect(await cookies()).toEqual([]);
    expect((await suite.app.api.refresh(attacker.refresh_token)).body.code).toBe('token_revoked');
  });

  it.each([
    ['another port, which is the same site', (url: string) => url],
    ['another site', (url: string) => url.replace('127.0.0.1', INSECURE_HOST)],
  ])('is of no use to pages of %s, nor can they sign the browser in', async (_, addressOf) => {
    const attacker = freshCredentials();
    await suite.app.api.register(attacker);
    const stranger = await startApp({
      middleware: (ctx) => {
        ctx.type = 'html';
        ctx.body = '<!doctype html><title>a stranger</title>';
        return Promise.resolve();
      },
    });
    try {
      await suite.signIn('cookie');
      const before = await cookieValue();
      const page = await suite.open(addressOf(stranger.url));
      const api = `${suite.app.url}/api/v1/auth`;
      for (const path of ['refresh', 'logout']) {
        for (const init of [
          { mode: 'no-cors', body: '{}' },
          { mode: 'cors', body: '{}', headers: { 'Content-Type': 'application/json', 'X-Requested-With': 'tokenledger' } },
        ] as const) {
          await page.evaluate(
            async ([url, init]) => fetch(url, { method: 'POST', credentials: 'include', ...init }).catch(() => null),
            [`${api}/${path}`, init] as const,
          );
        }
      }
      const form = Object.entries({ username: attacker.email, password: attacker.password, mode: 'cookie' });
      await page.setContent(
        `<form method="post" action="${api}/login">${form
          .map(([name, value]) => `<input name="${name}" value="${value}">`)
          .join('')}<button>Win a prize</button></form>`,
      );
      const answer = page.waitForResponse(`${api}/login`);
      await page.click('button');
      // The origin is refused, or before it that a form was sent at all.
      expect([403, 415]).toContain((await answer).status());
      expect(await cookieValue()).toBe(before);
      expect(await suite.rotations()).toBe(0);
      expect(await suite.count('TokenRevoked')).toBe(0);
    } finally {
      await stranger.close();
    }
  });
});
