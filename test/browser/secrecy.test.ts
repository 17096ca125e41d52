/** No token is ever in a URL, in the page or on the console. */
import { expect } from '@jest/globals';
import { askMe } from '../support/auth-module.js';
import { A_JWT } from '../support/jwt-pattern.js';
import { freshCredentials } from '../support/running-app.js';
import { ACCESS_LIFETIME_MS, pageSuite } from '../support/page-suite.js';

pageSuite('tokens and passwords', (suite, it) => {
  it.each(['storage', 'cookie'] as const)(
    'are in no URL, not in the page and not on the console, in mode %s',
    async (mode) => {
      const credentials = freshCredentials();
      const shown: string[] = [];
      /** All that the page holds, what was typed included. */
      const look = async (): Promise<void> => {
        shown.push(await suite.page.content());
        shown.push(await suite.page.evaluate("[...document.querySelectorAll('input')].map(({ value }) => value).join()"));
        shown.push(await suite.page.evaluate('JSON.stringify([history.state, document.title, window.name])'));
      };
      const tokens: string[] = [];
      suite.middleware = async (ctx, next) => {
        await next();
        if (/\/(login|refresh)$/.test(ctx.path)) tokens.push(JSON.stringify(ctx.body), ctx.response.get('Set-Cookie'));
      };
      if (mode === 'cookie') {
        await suite.page.click('text=Create an account');
        await suite.page.fill('#register-email', credentials.email);
        await suite.page.fill('#register-password', credentials.password);
        await suite.page.press('#register-password', 'Enter');
        await suite.page.waitForSelector('.device');
      } else {
        await suite.app.api.register(credentials);
        await suite.signIn(mode, credentials);
      }
      await look();
      suite.skewMs = ACCESS_LIFETIME_MS;
      expect(await askMe(suite.page)).toEqual([200]);
      await suite.page.reload();
      await suite.page.waitForSelector('.device');
      await suite.page.click('.device .toggle');
      await suite.page.waitForSelector('.marks li');
      await look();
      await suite.page.click('#sign-out');
      await suite.waitForSignedOut();
      await suite.enter({ ...credentials, password: `${credentials.password}!` });
      await suite.page.press('#password', 'Enter');
      await suite.page.waitForSelector('#message.bad');
      await suite.page.fill('#password', '');
      await look();
      // There were tokens that could have been found.
      expect(tokens.join()).toMatch(A_JWT);
      expect(suite.urls.length).toBeGreaterThan(10);
      for (const text of [...shown, ...suite.urls, ...suite.said]) {
        expect(text).not.toMatch(A_JWT);
        expect(text).not.toContain(credentials.password);
      }
      // The browser itself notes each answer that is no success, and what it clears at sign-out; nothing else is to be said.
      const itsOwn = /^(Failed to load resource|Clear-Site-Data header)/;
      expect(suite.said.filter((line) => !itsOwn.test(line))).toEqual([]);
    },
  );
});
