/** auth.js in storage mode where localStorage takes no more: the session lasts as long as its page, and nobody looks like a thief. */
import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { AUTH, askMe, isSignedIn, type AuthModule } from '../support/auth-module.js';
import { freshCredentials } from '../support/running-app.js';
import { ACCESS_LIFETIME_MS, pageSuite } from '../support/page-suite.js';

pageSuite('auth.js with a localStorage that is full', (suite, it) => {
  /** Signs in, in a tab without the page. */
  const signIn = async (mode: 'storage' | 'cookie'): Promise<Page> => {
    const credentials = freshCredentials();
    await suite.app.api.register(credentials);
    const tab = await suite.openBlank();
    await tab.evaluate(
      async ([module, login]) => {
        const { createAuth } = (await import(module)) as AuthModule;
        await createAuth().login(login);
      },
      [AUTH, { ...credentials, mode }] as const,
    );
    return tab;
  };
  /** Leaves no room, also not for the next session: the one that is stored is made shorter before. */
  const fill = (tab: Page): Promise<void> =>
    tab.evaluate(`{
      const session = JSON.parse(localStorage['tokenledger.session']);
      localStorage['tokenledger.session'] =
        JSON.stringify({ ...session, deviceId: 'x', ...(session.access && { access: 'x' }) });
      localStorage.removeItem('tokenledger.position');
      let number = 0;
      for (let size = 1 << 22; size >= 1; size /= 2) {
        try {
          for (;;) localStorage.setItem('fill' + number++, 'x'.repeat(size));
        } catch {
          // The next is half as long.
        }
      }
    }`);
  const reuses = async (): Promise<number> => {
    const events = await suite.app.application.stores.eventStore.readAll({ maxCount: 100_000 });
    return events.filter(({ type }) => type === 'TokenReuseDetected').length;
  };

  it('goes on in its page; after a reload it is signed out, and no theft is seen', async () => {
    const tab = await signIn('storage');
    const other = await suite.openBlank();
    expect(await askMe(other)).toEqual([200]);
    await fill(tab);
    for (let time = 1; time <= 3; time += 1) {
      suite.skewMs += ACCESS_LIFETIME_MS;
      expect(await askMe(tab)).toEqual([200]);
    }
    expect(await suite.stored('session', tab)).toBeNull();
    await other.waitForFunction("localStorage.getItem('tokenledger.session') === null");
    expect(await isSignedIn(other)).toBe(false);
    expect(await isSignedIn(await suite.openBlank())).toBe(false);
    expect(await askMe(tab)).toEqual([200]);
    await tab.reload();
    expect(await isSignedIn(tab)).toBe(false);
    expect(await reuses()).toBe(0);
  });

  it('signs other tabs out, and gives them the session back when there is room again', async () => {
    const tab = await signIn('storage');
    const other = await suite.openBlank();
    // A client that stays, and hears what the first does.
    await other.evaluate(`import('${AUTH}').then(({ createAuth }) => {
      globalThis.auth = createAuth();
    })`);
    await fill(tab);
    suite.skewMs += ACCESS_LIFETIME_MS;
    expect(await askMe(tab)).toEqual([200]);
    await other.waitForFunction('auth.getSession() === null');
    suite.skewMs += ACCESS_LIFETIME_MS;
    expect(await askMe(tab)).toEqual([200]);
    expect(await other.evaluate("auth.apiRequest('/api/v1/auth/me').then(({ status }) => status)")).toBe(401);
    expect(await askMe(tab)).toEqual([200]);
    // There is room again: the next refresh is for all.
    await tab.evaluate("localStorage.removeItem('fill0')");
    suite.skewMs += ACCESS_LIFETIME_MS;
    expect(await askMe(tab)).toEqual([200]);
    await other.waitForFunction('auth.getSession() !== null');
    expect(await askMe(other)).toEqual([200]);
    expect(await reuses()).toBe(0);
  });

  it('keeps what is stored of a session in the cookie, with which a reload goes on', async () => {
    const tab = await signIn('cookie');
    await fill(tab);
    suite.skewMs += ACCESS_LIFETIME_MS;
    expect(await askMe(tab)).toEqual([200]);
    await tab.reload();
    expect(await askMe(tab)).toEqual([200]);
    expect(await reuses()).toBe(0);
  });
});
