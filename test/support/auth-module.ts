/** public/js/auth.js as the tests use it inside the browser. */
import type { Page } from 'playwright-core';
import type * as auth from '../../public/js/auth.js';
import type { AuthConfig } from '../../public/js/auth.js';

/** Its address, for `import(AUTH)` inside a page. A variable, so that the compiler does not look for the file. */
export const AUTH = '/js/auth.js';

export type AuthModule = typeof auth;

/** What a request came to: its status, or the code or name of the error it was rejected with. */
export type Outcome = number | string;

export interface AskOptions extends AuthConfig {
  readonly times?: number;
}

/** Asks who is signed in, through an auth.js of its own, so many times at once. */
export function askMe(tab: Page, { times = 1, ...config }: AskOptions = {}): Promise<Outcome[]> {
  return tab.evaluate(
    async ({ module, times, config }) => {
      const { createAuth } = (await import(module)) as AuthModule;
      const auth = createAuth(config);
      const outcome = (error: { code?: string | number; name: string }): Outcome =>
        typeof error.code === 'string' ? error.code : error.name;
      const ask = (): Promise<Outcome> => auth.apiRequest('/api/v1/auth/me').then(({ status }) => status, outcome);
      return Promise.all(Array.from({ length: times }, ask));
    },
    { module: AUTH, times, config },
  );
}

/** Whether somebody is signed in, as far as auth.js knows. */
export function isSignedIn(tab: Page): Promise<boolean> {
  return tab.evaluate(async (module) => {
    const { createAuth } = (await import(module)) as AuthModule;
    return createAuth().getSession() !== null;
  }, AUTH);
}
