/** auth.js in a page of another origin than the API's, which the API allows (CORS), and in one that it does not. */
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { Context } from 'koa';
import type { BrowserContext, Page } from 'playwright-core';
import type { AuthConfig } from '../../public/js/auth.js';
import { AUTH } from '../support/auth-module.js';
import { browserDescribe } from '../support/backends.js';
import { TestBrowser } from '../support/browser.js';
import { A_JWT } from '../support/jwt-pattern.js';
import { startPageHost, type PageHost } from '../support/page-host.js';
import { ACCESS_LIFETIME_MS } from '../support/page-suite.js';
import { freshCredentials, startApp, type RunningApp } from '../support/running-app.js';

browserDescribe('auth.js with its API at another origin', (it) => {
  let allowed: PageHost;
  let stranger: PageHost;
  let app: RunningApp;
  let browser: TestBrowser;
  let context: BrowserContext;
  let skewMs = 0;
  let refreshKeys: string[] = [];

  beforeAll(async () => {
    [allowed, stranger] = await Promise.all([startPageHost(), startPageHost()]);
    app = await startApp({
      env: { ALLOWED_ORIGINS: allowed.url },
      now: () => Date.now() + skewMs,
      middleware: (ctx: Context, next) => {
        if (ctx.method === 'POST' && ctx.path.endsWith('/refresh')) refreshKeys.push(ctx.get('Idempotency-Key'));
        return next();
      },
    });
    browser = await TestBrowser.start();
  });
  afterAll(async () => {
    await browser.close();
    await Promise.all([app.close(), allowed.close(), stranger.close()]);
  });
  afterEach(() => context.close());

  /** A page of that host with a client of auth.js, whose API is the server. */
  const open = async (host: PageHost, mode: string, config: AuthConfig = {}): Promise<Page> => {
    skewMs = 0;
    refreshKeys = [];
    context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(host.url);
    await load(page, mode, config);
    return page;
  };
  const load = (page: Page, mode: string, config: AuthConfig = {}): Promise<unknown> =>
    page.evaluate(`import('${AUTH}').then(({ createAuth }) => {
      globalThis.auth = createAuth(${JSON.stringify({ ...config, apiOrigin: app.url, mode })});
    })`);
  /** What something came to that a client of auth.js does; the code or name of the error, if it was one. */
  const doing = (page: Page, words: string): Promise<unknown> =>
    page.evaluate(`(async () => ${words})().catch(({ code, name }) => typeof code === 'string' ? code : name)`);
  const me = (page: Page): Promise<unknown> =>
    doing(page, "(await auth.apiRequest('/api/v1/auth/me')).json().then(({ email }) => email)");

  it.each(['cookie', 'storage'] as const)(
    'registers, signs in, refreshes with its key, lists, and signs out, in mode %s',
    async (mode) => {
      const page = await open(allowed, mode);
      const credentials = freshCredentials();
      const login = JSON.stringify({ ...credentials, deviceName: 'Laptop' });
      expect(await doing(page, `(await auth.register(${JSON.stringify(credentials)})).email`)).toBe(credentials.email);
      expect(await doing(page, `(await auth.login(${login})).mode`)).toBe(mode);
      expect(await me(page)).toBe(credentials.email);

      skewMs = ACCESS_LIFETIME_MS;
      expect(await me(page)).toBe(credentials.email);
      expect(refreshKeys).toEqual([expect.stringMatching(/^[0-9a-f]{40}$/)]);
      expect(await doing(page, '(await auth.devices()).devices.map((device) => device.device_name)')).toEqual(['Laptop']);

      await page.reload();
      await load(page, mode);
      expect(await me(page)).toBe(credentials.email);
      // A position was readable, and the next query may name it.
      expect(await page.evaluate("localStorage['tokenledger.position']")).toMatch(/^\["/);
      const stored = await page.evaluate<string>('JSON.stringify(localStorage) + document.cookie');
      expect(A_JWT.test(stored)).toBe(mode === 'storage');
      const cookies = await context.cookies(`${app.url}/api/v1/auth`);
      expect(cookies).toHaveLength(mode === 'cookie' ? 1 : 0);

      expect(await doing(page, 'await auth.logout()')).toBe(true);
      expect(await context.cookies(`${app.url}/api/v1/auth`)).toEqual([]);
      expect(await doing(page, 'auth.getSession()')).toBeNull();
    },
  );

  it.each(['cookie', 'storage'] as const)(
    'is bound to a key, although the clock of the browser is wrong, in mode %s',
    async (mode) => {
      const page = await open(allowed, mode, { dpop: true });
      const credentials = freshCredentials();
      await app.api.register(credentials);
      await page.clock.setSystemTime(Date.now() + 600_000);
      expect(await doing(page, `(await auth.login(${JSON.stringify(credentials)})).mode`)).toBe(mode);
      expect(await me(page)).toBe(credentials.email);
      const token = String(await doing(page, 'await auth.getAccessToken()'));
      expect(decodeJwt(token).cnf).toEqual({ jkt: expect.any(String) });
      expect((await app.api.get('me', token)).status).toBe(401);
    },
  );

  it('can read why a sign-in was refused', async () => {
    const page = await open(allowed, 'storage');
    const wrong = JSON.stringify({ email: 'nobody@example.com', password: 'not the password' });
    expect(await doing(page, `await auth.login(${wrong})`)).toBe('invalid_credentials');
  });

  it.each(['cookie', 'storage'])('has no use of a page that the API does not allow, in mode %s', async (mode) => {
    const credentials = freshCredentials();
    await app.api.register(credentials);
    const page = await open(stranger, mode);
    // The browser does not even let it ask.
    expect(await doing(page, `await auth.login(${JSON.stringify(credentials)})`)).toBe('TypeError');
    expect(await context.cookies(`${app.url}/api/v1/auth`)).toEqual([]);
  });
});
