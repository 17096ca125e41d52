/** auth.js in a page that asks nothing: it renews the tokens by itself, in one tab for all. */
import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { AUTH, type AuthModule } from '../support/auth-module.js';
import { freshCredentials } from '../support/running-app.js';
import { pageSuite, type PageSuite } from '../support/page-suite.js';

const SECONDS_OF_DAY = 86_400;

/** Signs in by auth.js alone, in a tab without the page. */
async function signInQuietly(suite: PageSuite, mode: 'storage' | 'cookie'): Promise<Page> {
  const credentials = freshCredentials();
  await suite.app.api.register(credentials);
  await suite.page.close();
  const tab = await suite.openBlank();
  suite.page = tab;
  await tab.evaluate(
    async ([module, login]) => {
      const { createAuth } = (await import(module)) as AuthModule;
      const auth = createAuth();
      await auth.login(login);
      Object.assign(globalThis, { auth });
    },
    [AUTH, { ...credentials, mode }] as const,
  );
  return tab;
}

const listen = (tab: Page): Promise<void> =>
  tab.evaluate(async (module) => {
    const { createAuth } = (await import(module)) as AuthModule;
    Object.assign(globalThis, { auth: createAuth() });
  }, AUTH);
const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

pageSuite(
  'a page that asks nothing',
  (suite, it) => {
    it.each(['storage', 'cookie'] as const)(
      'has a good access token all the time, with one rotation for all tabs, in mode %s',
      async (mode) => {
        const tab = await signInQuietly(suite, mode);
        const others = [await suite.openBlank(), await suite.openBlank()];
        for (const other of others) await listen(other);
        const begin = performance.now();
        // Two lives of an access token, of 9 s each, and some.
        for (let second = 1; second <= 19; second += 1) {
          await pass(1_000);
          const left = await tab.evaluate<number>('auth.getSession().accessExpiresAt - Date.now()');
          expect(left).toBeGreaterThan(0);
        }
        const rotations = await suite.count('TokenRotated');
        expect(rotations).toBeGreaterThanOrEqual(2);
        // One for each life that has passed, and one more: the seconds of a slow machine are longer.
        expect(rotations).toBeLessThanOrEqual(Math.floor((performance.now() - begin) / 9_000) + 1);
        expect(await suite.count('TokenReuseDetected')).toBe(0);
      },
    );

    it('stops with dispose', async () => {
      const tab = await signInQuietly(suite, 'storage');
      await tab.evaluate('auth.dispose()');
      await pass(10_000);
      expect(await suite.count('TokenRotated')).toBe(0);
    });
  },
  { env: { ACCESS_TOKEN_EXPIRE_MINUTES: '0.15' } },
);

pageSuite(
  'a page that asks nothing, with a session that is soon idle',
  (suite, it) => {
    it('is still signed in when it would have expired', async () => {
      const tab = await signInQuietly(suite, 'cookie');
      await pass(9_000);
      expect(await suite.count('TokenRotated')).toBeGreaterThanOrEqual(1);
      const status = await tab.evaluate<number>("auth.apiRequest('/api/v1/auth/me').then(({ status }) => status)");
      expect(status).toBe(200);
    });
  },
  { env: { REFRESH_TOKEN_EXPIRE_DAYS: String(6 / SECONDS_OF_DAY) } },
);
