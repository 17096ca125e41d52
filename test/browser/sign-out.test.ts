/** Signing in and out by auth.js: here, elsewhere, in other tabs, and while the server cannot be reached. */
import { expect } from '@jest/globals';
import type { Context } from 'koa';
import { AUTH, askMe, type AuthModule } from '../support/auth-module.js';
import { freeze } from '../support/browser.js';
import { A_JWT } from '../support/jwt-pattern.js';
import { freshCredentials } from '../support/running-app.js';
import { pageSuite } from '../support/page-suite.js';

const isLogout = (ctx: Context): boolean => ctx.path === '/api/v1/auth/logout';

pageSuite('signing in and out by auth.js', (suite, it) => {
  /** What the server says of a refresh token that this browser had. */
  const codeOf = async (refreshToken: string): Promise<unknown> => (await suite.app.api.refresh(refreshToken)).body.code;
  const refreshToken = async (): Promise<string> => (await suite.stored<{ refresh: string }>('session'))!.refresh;

  it('out revokes the session on the server, and leaves no token in the browser', async () => {
    await suite.signIn();
    const token = await refreshToken();
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    suite.middleware = async (ctx, next) => {
      if (isLogout(ctx)) await held;
      return next();
    };
    const givenUp: string[] = [];
    suite.page.on('requestfailed', (request) => givenUp.push(request.url()));
    await suite.page.click('#sign-out');
    // At once: the server has not answered yet, and nobody has stopped to wait for it.
    await suite.waitForSignedOut();
    expect(givenUp).toEqual([]);
    expect(await suite.page.evaluate('JSON.stringify(localStorage)')).not.toMatch(A_JWT);
    letGo();
    await suite.page.getByText('You are signed out.').waitFor();
    expect(await codeOf(token)).toBe('token_revoked');
    expect(await suite.count('TokenRevoked')).toBe(1);
  });

  it('out in one tab is out in all, also in one that was frozen', async () => {
    await suite.signIn();
    const [other, frozen] = [await suite.open(), await suite.open()];
    for (const tab of [other, frozen]) await tab.waitForSelector('.device');
    const thaw = await freeze(frozen);
    await suite.page.click('#sign-out');
    await suite.waitForSignedOut(other);
    await thaw();
    await suite.waitForSignedOut(frozen);
  });

  it('in in one tab is in in all', async () => {
    const other = await suite.open();
    await suite.signIn();
    await other.waitForSelector('.device');
  });

  it('out elsewhere is seen, and said', async () => {
    const credentials = await suite.signIn();
    const other = await suite.app.api.signIn(credentials);
    expect((await suite.app.api.logoutAll(other.access_token)).status).toBe(204);
    await suite.page.click('#reload');
    await suite.waitForSignedOut();
    expect(await suite.page.textContent('#message')).toBe('You were signed out.');
    expect(await suite.stored('session')).toBeNull();
  });

  it.each(['storage', 'cookie'] as const)(
    'out elsewhere is the server ending it in every tab, and out in one tab is a sign-out in all, in mode %s',
    async (mode) => {
      const credentials = freshCredentials();
      await suite.app.api.register(credentials);
      const tabs = [await suite.openBlank(), await suite.openBlank(), await suite.openBlank()];
      for (const tab of tabs)
        await tab.evaluate(`import('${AUTH}').then(({ createAuth }) => {
          globalThis.heard = [];
          globalThis.auth = createAuth();
          auth.onAuthChange((_session, reason) => heard.push(reason));
        })`);
      const [first] = tabs;
      const login = `auth.login(${JSON.stringify({ ...credentials, mode })})`;
      const allHear = async (...reasons: string[]): Promise<void> => {
        for (const tab of tabs) {
          await tab.waitForFunction(`heard.length >= ${reasons.length}`);
          expect(await tab.evaluate('heard')).toEqual(reasons);
        }
      };
      await first!.evaluate(login);
      await allHear('login');
      const other = await suite.app.api.signIn(credentials);
      await suite.app.api.logoutAll(other.access_token);
      expect(await first!.evaluate("auth.apiRequest('/api/v1/auth/me').catch(({ code }) => code)")).toMatch(
        /^token_|signed_out/,
      );
      await allHear('login', 'ended');
      await first!.evaluate(login);
      await allHear('login', 'ended', 'login');
      await first!.evaluate('auth.logout()');
      await allHear('login', 'ended', 'login', 'logout');
    },
  );

  it('out while the server cannot be reached is out here at once, and made good when the network is back', async () => {
    await suite.signIn();
    const token = await refreshToken();
    await suite.context.setOffline(true);
    await suite.page.click('#sign-out');
    await suite.waitForSignedOut();
    expect(await suite.page.evaluate('JSON.stringify(localStorage)')).not.toMatch(A_JWT);
    await suite.page.getByText('the server does not know yet').waitFor();
    const reported = suite.page.waitForResponse('**/api/v1/auth/logout');
    await suite.context.setOffline(false);
    expect((await reported).status()).toBe(204);
    expect(await codeOf(token)).toBe('token_revoked');
  });

  it.each([
    ['a server in trouble', 503, 'text', ''],
    ['a proxy that wants a sign-in of its own', 401, 'html', '<html>Sign in to this proxy</html>'],
    ['JSON that is not of this server', 401, 'json', '{"code":"token_invalid"}'],
    ['a hotel', 200, 'html', '<html>Welcome to this hotel</html>'],
    ['this server, which is too busy', 429, 'application/problem+json', '{"code":"too_many_requests"}'],
  ])('out that is answered by %s is made good when the page is looked at again', async (_, status, type, body) => {
    await suite.signIn();
    const token = await refreshToken();
    suite.middleware = (ctx, next) => {
      if (!isLogout(ctx)) return next();
      ctx.status = status;
      ctx.type = type;
      ctx.body = body;
      return Promise.resolve();
    };
    await suite.page.click('#sign-out');
    await suite.page.getByText('the server does not know yet').waitFor();
    suite.middleware = (_ctx, next) => next();
    const reported = suite.page.waitForResponse('**/api/v1/auth/logout');
    await suite.page.evaluate("dispatchEvent(new Event('focus'))");
    expect((await reported).status()).toBe(204);
    expect(await codeOf(token)).toBe('token_revoked');
  });

  it('out with a token that this server does not accept is done', async () => {
    await suite.signIn();
    let asked = 0;
    suite.middleware = (ctx, next) => {
      if (!isLogout(ctx)) return next();
      asked += 1;
      ctx.status = 401;
      ctx.type = 'application/problem+json';
      ctx.body = JSON.stringify({ code: 'token_invalid' });
      return Promise.resolve();
    };
    await suite.page.click('#sign-out');
    await suite.page.getByText('You are signed out.').waitFor();
    await suite.page.evaluate("dispatchEvent(new Event('focus'))");
    expect(asked).toBe(1);
  });

  it('out of everything ends all sessions; if the server cannot be reached, none, and it says so', async () => {
    const credentials = await suite.signIn();
    const other = await suite.app.api.signIn(credentials);
    await suite.context.setOffline(true);
    await suite.signOutEverywhere();
    await suite.page.getByText('The server cannot be reached. Are you online?').waitFor();
    await suite.context.setOffline(false);
    expect(await askMe(suite.page)).toEqual([200]);
    await suite.page.click('#confirm-go');
    await suite.waitForSignedOut();
    expect(await codeOf(other.refresh_token)).toBe('token_revoked');
  });

  it('in again keeps the device: its id, its name and its history', async () => {
    const credentials = await suite.signIn();
    const device = await suite.stored('device');
    await suite.page.click('#sign-out');
    await suite.waitForSignedOut();
    await suite.enter(credentials);
    await suite.page.press('#password', 'Enter');
    await suite.page.waitForSelector('.device');
    expect(await suite.stored('device')).toEqual(device);
    expect(await suite.page.textContent('.device .name')).toBe('My laptop');
    expect(await suite.count('TokenIssued')).toBe(2);
  });

  it('in whose answer is lost leaves no session behind that nobody has', async () => {
    const credentials = freshCredentials();
    await suite.app.api.register(credentials);
    let lost = false;
    suite.middleware = async (ctx, next) => {
      await next();
      if (!ctx.path.endsWith('/login') || lost) return;
      lost = true;
      ctx.respond = false;
      ctx.res.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 });
      ctx.res.write('{', () => ctx.req.socket.destroy());
    };
    await suite.enter(credentials);
    await suite.page.press('#password', 'Enter');
    await suite.page.getByText('The server cannot be reached. Are you online?').waitFor();
    await suite.page.press('#password', 'Enter');
    await suite.page.waitForSelector('.device');
    expect(await suite.page.locator('.device').count()).toBe(1);
    expect(await suite.count('TokenIssued')).toBe(2);
    expect(await suite.count('TokenRevoked')).toBe(1);
  });

  it.each(['storage', 'cookie'] as const)(
    'in as somebody else ends the session before, which was in mode %s',
    async (mode) => {
      await suite.signIn(mode);
      const somebody = freshCredentials();
      await suite.app.api.register(somebody);
      for (const next of ['cookie', 'storage'] as const) {
        const ended = suite.page.waitForResponse('**/api/v1/auth/logout');
        await suite.page.evaluate(
          async ([module, credentials, mode]) => {
            const { createAuth } = (await import(module)) as AuthModule;
            await createAuth().login({ ...credentials, mode });
          },
          [AUTH, somebody, next] as const,
        );
        expect((await ended).status()).toBe(204);
        expect(await askMe(suite.page)).toEqual([200]);
      }
      // The first one's and, from the cookie, the second one's.
      expect(await suite.count('TokenRevoked')).toBe(2);
    },
  );
});
