/** auth.js with `dpop: true`: sessions that are bound to a key of the browser (RFC 9449). */
import { createHash } from 'node:crypto';
import { expect } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { Page } from 'playwright-core';
import { AUTH } from '../support/auth-module.js';
import { AUTH_DPOP, doing, load, me, signIn, watchProofs, type AuthDpopModule } from '../support/dpop-page.js';
import { ACCESS_LIFETIME_MS, pageSuite } from '../support/page-suite.js';
import { eventually } from '../support/eventually.js';
import { freshCredentials } from '../support/running-app.js';

const API = '/api/v1/auth';
/** As a browser does that is short of room. */
const drop = "new Promise((resolve) => (indexedDB.deleteDatabase('tokenledger.dpop').onsuccess = () => resolve(null)))";

pageSuite('auth.js that binds its sessions to a key', (suite, it) => {
  const registered = async (): Promise<{ email: string; password: string }> => {
    const credentials = freshCredentials();
    await suite.app.api.register(credentials);
    return credentials;
  };
  /** A tab without the page of the server, which would use the same session, and is not bound. */
  const alone = async (): Promise<Page> => {
    await suite.page.close();
    return (suite.page = await suite.openBlank());
  };
  /** The answer to a refresh token that somebody else presents. */
  const presented = (refresh_token: string): ReturnType<typeof suite.app.api.refresh> =>
    suite.app.api.refresh(refresh_token);
  const loaded = (): string[] => suite.urls.filter((url) => url.endsWith(AUTH_DPOP));

  it('loads nothing for it unless it is asked to', async () => {
    const tab = await alone();
    const credentials = await registered();
    await load(tab, { dpop: false });
    expect(await signIn(tab, credentials)).toBe('cookie');
    expect(await me(tab)).toBe(credentials.email);
    expect(loaded()).toEqual([]);
  });

  it.each(['cookie', 'storage'] as const)(
    'signs in, asks, refreshes, goes on after a reload and signs out with one key, in mode %s',
    async (mode) => {
      const tab = await alone();
      const credentials = await registered();
      const sent = watchProofs(suite);
      await load(tab, { mode });
      expect(await signIn(tab, credentials)).toBe(mode);
      expect(await me(tab)).toBe(credentials.email);
      const access = String(await doing(tab, 'await auth.getAccessToken()'));
      // The browser does not know that the token is old, nor that its clock is behind.
      suite.skewMs = ACCESS_LIFETIME_MS;
      expect(await me(tab)).toBe(credentials.email);
      await tab.reload();
      await load(tab, { mode });
      expect(await me(tab)).toBe(credentials.email);
      const next = `${credentials.password} again`;
      const passwords = JSON.stringify({ currentPassword: credentials.password, newPassword: next });
      expect(await doing(tab, `(await auth.changePassword(${passwords})).mode`)).toBe(mode);
      expect(await me(tab)).toBe(credentials.email);
      expect(await doing(tab, 'await auth.logout()')).toBe(true);
      expect(await signIn(tab, { ...credentials, password: next })).toBe(mode);

      const words = sent.map(({ path, scheme, status }) => [path, scheme, status].join(' '));
      expect(words).toEqual([
        'login  200',
        'me DPoP 200',
        'me DPoP 401',
        'refresh  400',
        'refresh  200',
        'me DPoP 200',
        // After the reload. In cookie mode the access token was in memory.
        ...(mode === 'cookie' ? ['refresh  400', 'refresh  200'] : ['me DPoP 401']),
        'me DPoP 200',
        'password/change DPoP 200',
        'me DPoP 200',
        'logout  204',
        'login  200',
      ]);
      const proven = sent;
      expect(new Set(proven.map(({ key }) => key)).size).toBe(1);
      expect(proven[0]!.key).toMatch(/^[\w-]{43}$/);
      expect(new Set(proven.map(({ claims }) => claims.jti)).size).toBe(proven.length);
      expect(proven[0]!.claims).toEqual({
        ...{ htm: 'POST', htu: `${suite.app.url}${API}/login` },
        ...{ jti: expect.stringMatching(/^[\w-]{22}$/), iat: expect.any(Number) },
      });
      const ath = createHash('sha256').update(access).digest('base64url');
      expect(proven[1]!.claims).toMatchObject({ htm: 'GET', htu: `${suite.app.url}${API}/me`, ath });
      expect(decodeJwt(access).cnf).toEqual({ jkt: expect.any(String) });
    },
  );

  it('has a key that no script can read', async () => {
    const tab = await alone();
    await load(tab);
    await signIn(tab, await registered());
    const read = await tab.evaluate(`(async () => {
      const done = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
      const store = (await done(indexedDB.open('tokenledger.dpop'))).transaction('keys').objectStore('keys');
      const names = await done(store.getAllKeys());
      const { privateKey } = await done(store.get(names[0]));
      const exported = ['jwk', 'pkcs8'].map((format) => crypto.subtle.exportKey(format, privateKey));
      const outcomes = await Promise.allSettled(exported);
      return { names, extractable: privateKey.extractable, exported: outcomes.map(({ status }) => status) };
    })()`);
    expect(read).toEqual({
      names: [`${suite.app.url}${API}`],
      extractable: false,
      exported: ['rejected', 'rejected'],
    });
  });

  it('makes one key in two tabs that begin at once, and a session of one is used by the other', async () => {
    const credentials = await registered();
    const tabs = [await alone(), await suite.openBlank()];
    const sent = watchProofs(suite);
    await Promise.all(
      tabs.map((tab) =>
        tab.evaluate(
          async ([module, base]) => {
            const { dpopFetch } = (await import(module)) as AuthDpopModule;
            const ask = dpopFetch(base);
            await Promise.all([1, 2, 3, 4].map(() => ask(`${base}/login`, { method: 'POST', body: '{}' })));
          },
          [AUTH_DPOP, `${suite.app.url}${API}`] as const,
        ),
      ),
    );
    expect(sent).toHaveLength(8);
    expect(new Set(sent.map(({ key }) => key)).size).toBe(1);
    for (const tab of tabs) await load(tab);
    expect(await signIn(tabs[0]!, credentials)).toBe('cookie');
    // The other tab hears of it a moment later.
    await eventually('the session in the other tab', async () => (await me(tabs[1]!)) === credentials.email);
    suite.skewMs = ACCESS_LIFETIME_MS;
    for (const tab of tabs) await tab.clock.setSystemTime(Date.now() + suite.skewMs);
    expect(await Promise.all(tabs.map(me))).toEqual([credentials.email, credentials.email]);
    // One serves both, unless a tab has not heard of the other's in time; whose key it is never differs.
    const refreshes = sent.filter(({ path }) => path === 'refresh').map(({ status }) => status);
    expect([[200], [200, 200]]).toContainEqual(refreshes);
    expect(new Set(sent.map(({ key }) => key)).size).toBe(1);
  });

  it('leaves a thief of both tokens nothing, and the owner everything', async () => {
    const tab = await alone();
    const credentials = await registered();
    await load(tab, { mode: 'storage' });
    await signIn(tab, credentials);
    const stolen = await suite.stored<{ access: string; refresh: string }>('session', tab);
    const refused = await presented(stolen!.refresh);
    expect([refused.status, refused.body.code]).toEqual([400, 'invalid_dpop_proof']);
    expect((await suite.app.api.get('me', stolen!.access)).status).toBe(401);
    expect(await me(tab)).toBe(credentials.email);
    expect(await doing(tab, '(await auth.devices()).devices.length')).toBe(1);
  });

  it('binds a session from before at its next refresh, and sends its token as Bearer until then', async () => {
    const tab = await alone();
    const credentials = await registered();
    await load(tab, { mode: 'storage', dpop: false });
    await signIn(tab, credentials);
    await tab.reload();
    const sent = watchProofs(suite);
    await load(tab, { mode: 'storage' });
    expect(await me(tab)).toBe(credentials.email);
    await suite.advance(ACCESS_LIFETIME_MS);
    expect(await me(tab)).toBe(credentials.email);
    expect(sent.map(({ path, scheme }) => `${path} ${scheme}`)).toEqual(['me Bearer', 'refresh ', 'me DPoP']);
    const { refresh } = (await suite.stored<{ refresh: string }>('session', tab))!;
    expect((await presented(refresh)).body.code).toBe('invalid_dpop_proof');
  });

  it.each([-10, 10])('signs in and asks with a clock that is off by %d minutes', async (minutes) => {
    const tab = await alone();
    const credentials = await registered();
    const sent = watchProofs(suite);
    await tab.clock.setSystemTime(Date.now() + minutes * 60_000);
    await load(tab);
    expect(await signIn(tab, credentials)).toBe('cookie');
    expect(await me(tab)).toBe(credentials.email);
    // Only the first proof was refused.
    expect(sent.map(({ path, status }) => `${path} ${status}`)).toEqual(['login 400', 'login 200', 'me 200']);
  });

  it.each([
    ['no IndexedDB', "Object.defineProperty(globalThis, 'indexedDB', { value: undefined })"],
    ['IndexedDB that is refused', "indexedDB.open = () => { throw new DOMException('no', 'SecurityError') }"],
    [
      'IndexedDB that stores no keys',
      "IDBObjectStore.prototype.put = () => { throw new DOMException('no', 'DataCloneError') }",
    ],
    ['no Web Crypto', "Object.defineProperty(crypto, 'subtle', { value: undefined })"],
  ])('refuses to sign in with %s, by an error of its own', async (_, script) => {
    await suite.context.addInitScript(script);
    const tab = await alone();
    const credentials = await registered();
    const sent = watchProofs(suite);
    await load(tab);
    const words = `(await auth.login(${JSON.stringify(credentials)}).catch(({ name, code }) => [name, code]))`;
    expect(await doing(tab, words)).toEqual(['DpopUnavailableError', 'dpop_unavailable']);
    expect(await doing(tab, 'auth.getSession()')).toBeNull();
    expect(sent).toEqual([]);
    expect(suite.said).toEqual([]);
  });

  it.each(['cookie', 'storage'] as const)(
    'ends here, and nowhere by a wrong key, if the browser has dropped the key, in mode %s',
    async (mode) => {
      const tab = await alone();
      const credentials = await registered();
      await load(tab, { mode });
      await signIn(tab, credentials);
      await tab.evaluate(drop);
      await tab.reload();
      await load(tab, { mode });
      await tab.evaluate('globalThis.reasons = []; auth.onAuthChange((_, reason) => reasons.push(reason))');
      await suite.advance(ACCESS_LIFETIME_MS);
      expect(await me(tab)).toBe('token_invalid');
      expect(await doing(tab, '[auth.getSession(), reasons]')).toEqual([null, ['ended']]);
      expect(await suite.count('TokenReuseDetected')).toBe(0);
      expect(await signIn(tab, credentials)).toBe(mode);
      expect(await me(tab)).toBe(credentials.email);
    },
  );

  it('puts the key back that a page still has, and takes the one that another page has made', async () => {
    const tab = await alone();
    const credentials = await registered();
    const sent = watchProofs(suite);
    // Signing out takes no proof.
    const keys = (): Set<unknown> => new Set(sent.flatMap(({ key }) => (key === null ? [] : [key])));
    await load(tab);
    await signIn(tab, credentials);
    await tab.evaluate(drop);
    await suite.advance(ACCESS_LIFETIME_MS);
    expect(await me(tab)).toBe(credentials.email);
    expect(keys().size).toBe(1);

    await tab.evaluate(drop);
    const other = await suite.openBlank();
    await load(other);
    await signIn(other, credentials);
    expect(keys().size).toBe(2);
    expect(await me(tab)).toBe(credentials.email);
    await suite.advance(ACCESS_LIFETIME_MS);
    expect(await me(tab)).toBe(credentials.email);
    expect(await suite.count('TokenReuseDetected')).toBe(0);
    expect(keys().size).toBe(2);
  });

  it('goes on with a session that is bound to no key although a key was dropped', async () => {
    const tab = await alone();
    const credentials = await registered();
    await tab.evaluate("localStorage['tokenledger.dpop'] = 'true'");
    await load(tab, { mode: 'storage', dpop: false });
    await signIn(tab, credentials);
    await load(tab, { mode: 'storage' });
    const sent = watchProofs(suite);
    for (let time = 0; time < 2; time += 1) {
      await suite.advance(ACCESS_LIFETIME_MS);
      expect(await me(tab)).toBe(credentials.email);
    }
    // The first refresh shows that no key is missed, the second binds.
    expect(sent.filter(({ path }) => path === 'refresh').map(({ key }) => key !== null)).toEqual([false, true]);
  });

  it('proves in a worker by the key of the page', async () => {
    const tab = await alone();
    const credentials = await registered();
    await load(tab);
    await signIn(tab, credentials);
    const sent = watchProofs(suite);
    const { middleware } = suite;
    suite.middleware = (ctx, next) => {
      if (ctx.path !== '/worker.js') return middleware(ctx, next);
      ctx.type = 'js';
      ctx.body = `import { createAuth } from '${AUTH}';
        const auth = createAuth({ dpop: true });
        onmessage = async () => postMessage(await auth.apiRequest('${API}/me').then(({ status }) => status, String));`;
      return Promise.resolve();
    };
    suite.skewMs = ACCESS_LIFETIME_MS;
    const status = await tab.evaluate(`new Promise((resolve) => {
      const worker = new Worker('/worker.js', { type: 'module' });
      worker.onmessage = ({ data }) => resolve(data);
      worker.postMessage('ask');
    })`);
    expect(status).toBe(200);
    expect(await me(tab)).toBe(credentials.email);
    // A worker's clock is the machine's.
    expect(sent.filter(({ path }) => path === 'refresh').map(({ status }) => status)).toEqual([400, 200]);
    expect(new Set(sent.map(({ key }) => key)).size).toBe(1);
  });
});

pageSuite(
  'auth.js that binds its sessions, with a server that wants nonces',
  (suite, it) => {
    it('asks once more for the first, and goes on with the one it has', async () => {
      await suite.page.close();
      const tab = (suite.page = await suite.openBlank());
      const credentials = freshCredentials();
      await suite.app.api.register(credentials);
      const sent = watchProofs(suite);
      await load(tab, { mode: 'storage' });
      expect(await signIn(tab, credentials)).toBe('storage');
      expect(await me(tab)).toBe(credentials.email);
      // The server's slot is over, and its access token too.
      await suite.advance(ACCESS_LIFETIME_MS);
      expect(await me(tab)).toBe(credentials.email);
      expect(sent.map(({ path, status }) => `${path} ${status}`)).toEqual([
        ...['login 400', 'login 200', 'me 200'],
        ...['refresh 400', 'refresh 200', 'me 200'],
      ]);
    });

    it('learns the time and a nonce for one request', async () => {
      await suite.page.close();
      const tab = (suite.page = await suite.openBlank());
      const credentials = freshCredentials();
      await suite.app.api.register(credentials);
      const sent = watchProofs(suite);
      await tab.clock.setSystemTime(Date.now() + 600_000);
      await load(tab);
      expect(await signIn(tab, credentials)).toBe('cookie');
      expect(sent.map(({ status }) => status)).toEqual([400, 200]);
    });

    it('gives up where no nonce helps', async () => {
      await suite.page.close();
      const tab = (suite.page = await suite.openBlank());
      let tries = 0;
      suite.middleware = (ctx, next) => {
        if (!ctx.path.endsWith('/login')) return next();
        tries += 1;
        ctx.status = 400;
        ctx.set('DPoP-Nonce', String(tries));
        ctx.body = { code: 'use_dpop_nonce' };
        ctx.type = 'application/problem+json';
        return Promise.resolve();
      };
      await load(tab);
      expect(await signIn(tab, freshCredentials())).toBe('use_dpop_nonce');
      expect(tries).toBe(3);
    });
  },
  { env: { DPOP_NONCE: 'required' } },
);
