/** A page with auth.js that binds its sessions to a key, and what it sent to the server. */
import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { Page } from 'playwright-core';
import type { AuthConfig } from '../../public/js/auth.js';
import type * as dpop from '../../public/js/auth-dpop.js';
import { AUTH, type AuthModule } from './auth-module.js';
import type { PageSuite } from './page-suite.js';

/** The address of auth-dpop.js, for `import(AUTH_DPOP)` inside a page. */
export const AUTH_DPOP = '/js/auth-dpop.js';
export type AuthDpopModule = typeof dpop;

/** A request to the interface, with what its proof says. */
export interface Sent {
  readonly path: string;
  /** The scheme of `Authorization`; empty without one. */
  readonly scheme: string;
  /** `x` of the key in the proof; null without a proof. */
  readonly key: unknown;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly status: number;
}

/** Notes each request that the interface gets from now on, in this test. */
export function watchProofs(suite: PageSuite): Sent[] {
  const sent: Sent[] = [];
  suite.middleware = async (ctx, next) => {
    await next();
    if (!ctx.path.startsWith('/api/')) return;
    const proof = ctx.get('DPoP');
    sent.push({
      path: ctx.path.replace('/api/v1/auth/', ''),
      scheme: ctx.get('Authorization').split(' ')[0] ?? '',
      key: proof === '' ? null : (decodeProtectedHeader(proof).jwk?.x ?? 'no key'),
      claims: proof === '' ? {} : decodeJwt(proof),
      status: ctx.status,
    });
  };
  return sent;
}

/** Makes a client of auth.js in a tab, as `auth`, bound unless something else is said. */
export async function load(tab: Page, config: AuthConfig = {}): Promise<void> {
  await tab.evaluate(
    async ([module, config]) => {
      const { createAuth } = (await import(module)) as AuthModule;
      Object.assign(globalThis, { auth: createAuth(config) });
    },
    [AUTH, { dpop: true, ...config }] as const,
  );
}

/** What words come to in a tab; the code or name of the error, if they fail. */
export function doing(tab: Page, words: string): Promise<unknown> {
  return tab.evaluate(`(async () => ${words})().catch(({ code, name }) => typeof code === 'string' ? code : name)`);
}

export const signIn = (tab: Page, login: object): Promise<unknown> =>
  doing(tab, `(await auth.login(${JSON.stringify(login)})).mode`);
export const me = (tab: Page): Promise<unknown> =>
  doing(tab, "(await auth.apiRequest('/api/v1/auth/me')).json().then(({ email, code }) => email ?? code)");
