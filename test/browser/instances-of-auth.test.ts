/** More than one client of auth.js: in one page, in a worker, on a server; and one that is disposed of. */
import { describe, expect, it as test } from '@jest/globals';
import { pathToFileURL } from 'node:url';
import { AUTH, askMe, type AuthModule } from '../support/auth-module.js';
import { freshCredentials } from '../support/running-app.js';
import { ACCESS_LIFETIME_MS, pageSuite } from '../support/page-suite.js';

pageSuite('a second client of auth.js', (suite, it) => {
  it.each([
    ['storage', false],
    ['cookie', false],
    ['storage', true],
  ] as const)(
    'in the same page hears what the first does, in mode %s, with localStorage blocked: %s',
    async (mode, blocked) => {
      if (blocked) {
        await suite.context.addInitScript(`Object.defineProperty(globalThis, 'localStorage', {
        get() { throw new DOMException('blocked', 'SecurityError'); },
      })`);
      }
      const credentials = freshCredentials();
      await suite.app.api.register(credentials);
      const tab = await suite.openBlank();
      const heard = await tab.evaluate(
        async ([module, login]) => {
          const { createAuth } = (await import(module)) as AuthModule;
          const [first, second, disposed] = [createAuth(), createAuth(), createAuth()];
          const heard: string[] = [];
          second.onAuthChange((session, reason) => heard.push(`${reason} ${session === null ? 'out' : 'in'}`));
          disposed.onAuthChange((_session, reason) => heard.push(`disposed: ${reason}`));
          disposed.dispose();
          disposed.dispose();
          const until = async (count: number): Promise<void> => {
            while (heard.length < count) await new Promise((resolve) => setTimeout(resolve, 10));
          };
          const { sessionId } = await first.login(login);
          await until(1);
          const same = second.getSession()?.sessionId === sessionId;
          const { status } = await second.apiRequest('/api/v1/auth/me');
          await first.logout();
          await until(2);
          return [...heard, same, status, second.getSession()];
        },
        [AUTH, { ...credentials, mode }] as const,
      );
      expect(heard).toEqual(['login in', 'logout out', true, 200, null]);
    },
  );

  it.each(['storage', 'cookie'] as const)(
    'in a worker has the session of the page, and refreshes with its key for both, in mode %s',
    async (mode) => {
      await suite.signIn(mode);
      const device = await suite.stored<{ sid: string; serial: number; key: string; deviceName: string }>('session');
      const keys: string[] = [];
      suite.middleware = (ctx, next) => {
        if (ctx.path.endsWith('/refresh')) keys.push(ctx.get('Idempotency-Key'));
        if (ctx.path !== '/worker.js') return next();
        ctx.type = 'js';
        ctx.body = `import { createAuth } from '${AUTH}';
          const auth = createAuth();
          onmessage = async ({ data }) => postMessage(await (data === 'me'
            ? auth.apiRequest('/api/v1/auth/me').then(({ status }) => status, String)
            : auth.logout()));
          postMessage('ready');`;
        return Promise.resolve();
      };
      const say = (words: string): Promise<unknown> =>
        suite.page.evaluate(`new Promise((resolve) => {
          worker.onmessage = ({ data }) => resolve(data);
          worker.postMessage('${words}');
        })`);
      await suite.page.evaluate(`new Promise((resolve) => {
        globalThis.worker = new Worker('/worker.js', { type: 'module' });
        worker.onmessage = resolve;
      })`);
      expect(await say('me')).toBe(200);
      expect(keys).toEqual([]);
      suite.skewMs = ACCESS_LIFETIME_MS;
      expect(await say('me')).toBe(200);
      expect(keys).toEqual([device!.key]);
      await suite.page.waitForFunction(`JSON.parse(localStorage['tokenledger.session']).serial > ${device!.serial}`);
      const { sid, deviceName } = device!;
      expect(await suite.stored('session')).toMatchObject({ sid, deviceName });
      expect(await suite.rotations()).toBe(1);
      expect(await askMe(suite.page)).toEqual([200]);
      expect(await suite.rotations()).toBe(1);
      expect(await say('out')).toBe(true);
      await suite.waitForSignedOut();
      expect(await suite.stored('session')).toBeNull();
    },
  );
});

describe('auth.js on a server', () => {
  test('can be imported, and is signed out', async () => {
    const { createAuth } = (await import(pathToFileURL('public/js/auth.js').href)) as AuthModule;
    const asked: unknown[] = [];
    const { fetch } = globalThis;
    globalThis.fetch = (input) => {
      asked.push(input);
      return Promise.reject(new TypeError('no network'));
    };
    const auth = createAuth();
    const off = auth.onAuthChange(() => undefined);
    expect(auth.getSession()).toBeNull();
    expect(await auth.logout()).toBe(true);
    const refused = [
      auth.login(freshCredentials()),
      auth.changePassword({ currentPassword: 'a', newPassword: 'b' }),
      auth.devices(),
      auth.logoutAll(),
      auth.getAccessToken(),
      auth.register(freshCredentials()),
      auth.apiRequest('/x'),
    ];
    for (const call of refused) await expect(call).rejects.toMatchObject({ code: 'signed_out', status: 401 });
    globalThis.fetch = fetch;
    expect(asked).toEqual([]);
    off();
    auth.dispose();
  });
});
