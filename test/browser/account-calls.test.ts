/** What auth.js asks of the account's and devices' endpoints, and what it keeps of the answers. */
import { expect } from '@jest/globals';
import type { Context } from 'koa';
import { AUTH, askMe, isSignedIn, type AuthModule } from '../support/auth-module.js';
import type { Pair } from '../support/api-client.js';
import { A_JWT } from '../support/jwt-pattern.js';
import { freshCredentials } from '../support/running-app.js';
import { ACCESS_LIFETIME_MS, pageSuite } from '../support/page-suite.js';

const API = '/api/v1/auth';
const NEW_PASSWORD = 'another horse, another battery';

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly body: unknown;
  readonly authorization: string;
}

pageSuite('auth.js and the account', (suite, it) => {
  /** Answers what begins with that path itself, and notes what was asked. */
  const answering = (path: string, answer: (ctx: Context) => void): Asked[] => {
    const asked: Asked[] = [];
    suite.middleware = async (ctx, next) => {
      if (!ctx.path.startsWith(API + path)) return next();
      const chunks: Buffer[] = [];
      for await (const chunk of ctx.req) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString();
      const body: unknown = text === '' ? null : JSON.parse(text);
      asked.push({ method: ctx.method, url: ctx.url, body, authorization: ctx.get('Authorization') });
      answer(ctx);
      return undefined;
    };
    return asked;
  };
  const refusing =
    (status: number, problem: object) =>
    (ctx: Context): void => {
      ctx.status = status;
      ctx.type = 'application/problem+json';
      ctx.body = JSON.stringify(problem);
    };
  /** Runs something with a client of auth.js in the page; what it throws comes back as its members. */
  const withAuth = (words: string): Promise<unknown> =>
    suite.page.evaluate(`import('${AUTH}').then(async ({ createAuth, AuthError }) => {
      const auth = createAuth();
      try {
        return await (${words});
      } catch (error) {
        if (!(error instanceof AuthError)) throw error;
        const { code, status, errors, retryAfterSeconds } = error;
        return { code, status, errors, retryAfterSeconds };
      }
    })`);
  const sessionId = async (): Promise<string> => (await suite.stored<{ sid: string }>('session'))!.sid;

  it('registers, which signs nobody in, and says what was wrong with which field', async () => {
    const { email, password } = freshCredentials();
    const register = (input: object): Promise<unknown> => withAuth(`auth.register(${JSON.stringify(input)})`);
    expect(await register({ email, password, name: 'Ada' })).toEqual({ userId: expect.any(String), email });
    expect(await isSignedIn(suite.page)).toBe(false);
    expect(await register({ email, password })).toMatchObject({ code: 'email_taken', status: 409, errors: [] });
    expect(await register({ email, password: 'short' })).toMatchObject({
      code: 'validation_failed',
      status: 422,
      errors: [{ path: 'password' }],
    });
  });

  it('signs in in cookie mode unless something else is asked for, and passes on whether to remember', async () => {
    const credentials = freshCredentials();
    const asked = answering('/login', refusing(429, { code: 'too_many_requests' }));
    for (const more of [{}, { remember: false }, { mode: 'storage', remember: false }])
      expect(await withAuth(`auth.login(${JSON.stringify({ ...credentials, ...more })})`)).toMatchObject({ status: 429 });
    expect(asked.map(({ body }) => body)).toEqual([
      { ...credentials, device_id: expect.any(String), mode: 'cookie' },
      { ...credentials, device_id: expect.any(String), mode: 'cookie', remember: false },
      { ...credentials, device_id: expect.any(String) },
    ]);
  });

  it.each(['storage', 'cookie'] as const)(
    'changes the password: goes on with the new pair on the same device, also in other tabs, in mode %s',
    async (mode) => {
      const credentials = await suite.signIn(mode);
      const before = await suite.stored<{ sid: string; deviceId: string; key: string }>('session');
      const other = await suite.open();
      await other.waitForSelector('.device');
      const { refresh_token: token, ...pair }: Pair = await suite.app.api.signIn(credentials, {
        device_id: before!.deviceId,
      });
      const [cookie] = await suite.context.cookies(suite.app.url + API);
      const asked = answering('/password/change', (ctx) => {
        ctx.body = mode === 'cookie' ? pair : { ...pair, refresh_token: token };
        if (mode === 'cookie')
          ctx.set('Set-Cookie', `${cookie!.name}=${token}; Path=${API}; HttpOnly; Secure; SameSite=Strict`);
      });
      const input = { currentPassword: credentials.password, newPassword: NEW_PASSWORD };
      const session = await withAuth(`auth.changePassword(${JSON.stringify(input)})`);
      expect(session).toMatchObject({
        sessionId: pair.session_id,
        deviceId: before!.deviceId,
        deviceName: 'My laptop',
        mode,
      });
      expect(asked).toEqual([
        {
          method: 'POST',
          url: `${API}/password/change`,
          body: { current_password: credentials.password, new_password: NEW_PASSWORD },
          authorization: expect.stringMatching(/^Bearer \S+$/),
        },
      ]);
      expect(await suite.stored('session')).toMatchObject({ sid: pair.session_id, deviceName: 'My laptop' });
      expect((await suite.stored<{ key: string }>('session'))!.key).not.toBe(before!.key);
      suite.skewMs = ACCESS_LIFETIME_MS;
      expect(await Promise.all([suite.page, other].map((tab) => askMe(tab)))).toEqual([[200], [200]]);
      expect(await sessionId()).toBe(pair.session_id);
    },
  );

  it('changes the password with a new access token where the server finds the old one too old', async () => {
    await suite.signIn();
    suite.skewMs = ACCESS_LIFETIME_MS;
    const input = { currentPassword: 'wrong all along', newPassword: NEW_PASSWORD };
    expect(await withAuth(`auth.changePassword(${JSON.stringify(input)})`)).toMatchObject({
      code: 'invalid_credentials',
      status: 401,
    });
    expect(await suite.rotations()).toBe(1);
    expect(await askMe(suite.page)).toEqual([200]);
  });

  it('lists devices, a page at a time', async () => {
    await suite.signIn();
    const page = { devices: [], recently_ended: [], next: 'abc' };
    const asked = answering('/devices', (ctx) => {
      ctx.body = page;
    });
    expect(await withAuth('auth.devices()')).toEqual(page);
    await withAuth('auth.devices({ limit: 20 })');
    await withAuth("auth.devices({ limit: 20, after: 'a b&c' })");
    expect(asked.map(({ url }) => url.slice(API.length))).toEqual([
      '/devices',
      '/devices?limit=20',
      '/devices?limit=20&after=a+b%26c',
    ]);
    suite.middleware = (_ctx, next) => next();
    expect(await withAuth('auth.devices()')).toMatchObject({ devices: [{ device_name: 'My laptop', current: true }] });
  });

  it('renames a device; the next sign-in does not bring the old name back', async () => {
    const credentials = await suite.signIn();
    const asked = answering('/devices/', (ctx) => {
      ctx.status = 204;
    });
    await withAuth("auth.renameDevice('of another', 'Phone')");
    expect(await withAuth('auth.getSession().deviceName')).toBe('My laptop');
    await withAuth(`auth.renameDevice('${await sessionId()}', 'Desk')`);
    expect(asked).toMatchObject([
      { method: 'PATCH', url: `${API}/devices/of%20another`, body: { device_name: 'Phone' } },
      { method: 'PATCH', url: `${API}/devices/${await sessionId()}`, body: { device_name: 'Desk' } },
    ]);
    expect(await withAuth('auth.getSession().deviceName')).toBe('Desk');
    suite.middleware = (_ctx, next) => next();
    const session = await withAuth(`auth.login(${JSON.stringify({ ...credentials, mode: 'storage' })})`);
    expect(session).toMatchObject({ deviceName: 'Desk' });
    expect(await withAuth('auth.devices()')).toMatchObject({ devices: [{ device_name: 'Desk' }] });
  });

  it('ends another session, with the password where the server asks for it', async () => {
    await suite.signIn();
    const problem = { code: 'reauthentication_required', title: 'Enter the password again' };
    const asked = answering('/devices/', (ctx) => {
      if (asked.length > 1) ctx.status = 204;
      else refusing(403, problem)(ctx);
    });
    expect(await withAuth("auth.removeDevice('x')")).toMatchObject({ code: problem.code, status: 403 });
    expect(await withAuth("auth.removeDevice('x', { password: 'p' })")).toBeUndefined();
    expect(asked.map(({ method, body }) => [method, body])).toEqual([
      ['DELETE', null],
      ['DELETE', { password: 'p' }],
    ]);
    expect(await isSignedIn(suite.page)).toBe(true);
  });

  it.each(['storage', 'cookie'] as const)('ends its own session like a sign-out, in mode %s', async (mode) => {
    await suite.signIn(mode);
    await withAuth(`auth.removeDevice('${await sessionId()}')`);
    await suite.waitForSignedOut();
    expect(await suite.page.evaluate('JSON.stringify(localStorage)')).not.toMatch(A_JWT);
    if (mode === 'cookie') await suite.page.waitForFunction("localStorage['tokenledger.unrevoked'] === undefined");
    expect(await suite.context.cookies(suite.app.url + API)).toEqual([]);
  });

  it('passes the password on when all sessions are to end', async () => {
    await suite.signIn();
    const asked = answering('/logout/all', refusing(403, { code: 'reauthentication_required' }));
    expect(await withAuth("auth.logoutAll({ keepCurrent: true, password: 'p' })")).toMatchObject({ status: 403 });
    expect(asked[0]!.body).toEqual({ keep_current: true, password: 'p' });
    expect(await isSignedIn(suite.page)).toBe(true);
  });

  it.each(['storage', 'cookie'] as const)('deletes the account and signs out, in mode %s', async (mode) => {
    const { password } = await suite.signIn(mode);
    const deleteAccount = (word: string): Promise<unknown> =>
      withAuth(`auth.deleteAccount(${JSON.stringify({ password: word })})`);
    expect(await deleteAccount('wrong')).toMatchObject({ code: 'invalid_credentials', status: 401 });
    expect(await isSignedIn(suite.page)).toBe(true);
    expect(await suite.rotations()).toBe(0);
    expect(await deleteAccount(password)).toBeUndefined();
    await suite.waitForSignedOut();
    expect(await suite.page.evaluate('JSON.stringify(localStorage)')).not.toMatch(A_JWT);
    if (mode === 'cookie') await suite.page.waitForFunction("localStorage['tokenledger.unrevoked'] === undefined");
    expect(await suite.context.cookies(suite.app.url + API)).toEqual([]);
  });

  const EVERY_CALL = [
    ['/login', "login({ email: 'ada@example.com', password: 'p' })"],
    ['/register', "register({ email: 'ada@example.com', password: 'p' })"],
    ['/password/change', "changePassword({ currentPassword: 'p', newPassword: 'q' })"],
    ['/devices', 'devices()'],
    ['/devices/', "renameDevice('x', 'y')"],
    ['/devices/', "removeDevice('x')"],
    ['/logout/all', 'logoutAll()'],
    ['/me', "deleteAccount({ password: 'p' })"],
  ] as const;
  it.each([
    [200, 'text/html', '<html>Welcome to this hotel</html>'],
    [200, 'application/json', '{}'],
    [200, 'application/json', '{'],
    [200, 'application/json', 'null'],
    [200, 'application/json', '{"code":"token_reused"}'],
    [202, 'application/json', '{"session_id":"s","access_token":"a","refresh_token":"r","user_id":"u","devices":[]}'],
  ] as const)('takes an answer for none that is a success of somebody else: %s %s %s', async (status, type, body) => {
    await suite.signIn();
    for (const [path, call] of EVERY_CALL) {
      answering(path, (ctx) => {
        ctx.status = status;
        ctx.type = type;
        ctx.body = body;
      });
      expect([call, await withAuth(`auth.${call}`)]).toMatchObject([call, { code: 'unavailable', status, errors: [] }]);
      expect(await isSignedIn(suite.page)).toBe(true);
    }
  });

  it.each(['storage', 'cookie'] as const)(
    'refreshes again where somebody else answered with a success, in mode %s',
    async (mode) => {
      await suite.signIn(mode);
      const answers = ['<html>Welcome</html>', '{"session_id":1}', '{}'];
      suite.skewMs = ACCESS_LIFETIME_MS;
      suite.middleware = (ctx, next) => {
        if (!ctx.path.endsWith('/refresh') || answers.length === 0) return next();
        ctx.status = 200;
        ctx.type = answers.length === 3 ? 'html' : 'json';
        ctx.body = answers.shift();
        return Promise.resolve();
      };
      expect(await askMe(suite.page, { retryForMs: 0 })).toEqual(['unavailable']);
      expect(await askMe(suite.page)).toEqual([200]);
      expect(answers).toEqual([]);
    },
  );

  it('keeps no token where scripts can read it in a mode that is none', async () => {
    await suite.page.evaluate(async (module) => {
      const { createAuth } = (await import(module)) as AuthModule;
      const input = { email: 'ada@example.com', password: 'p' };
      await createAuth({ mode: 'Cookie' as 'cookie' })
        .login(input)
        .catch(() => undefined);
      await createAuth()
        .login({ ...input, mode: 'Cookie' as 'cookie' })
        .catch(() => undefined);
    }, AUTH);
    expect(JSON.stringify(await suite.stored('session'))).not.toContain('"refresh"');
  });

  it('asks nothing of the server when nobody is signed in', async () => {
    const asked = answering('/', refusing(401, { code: 'token_invalid' }));
    const others = ["deleteAccount({ password: 'x' })", 'logoutAll()', 'getAccessToken()'];
    for (const call of ['devices()', "renameDevice('x', 'y')", "removeDevice('x')", ...others])
      expect(await withAuth(`auth.${call}`)).toMatchObject({ code: 'signed_out', status: 401 });
    expect(asked).toEqual([]);
  });

  it.each(['storage', 'cookie'] as const)(
    'gives out an access token that lasts as long as is asked, in mode %s',
    async (mode) => {
      await suite.signIn(mode);
      const tokens = (minutes: number): Promise<unknown> =>
        withAuth(`auth.getAccessToken({ minValiditySeconds: ${minutes * 60} })`);
      const first = (await tokens(5)) as string;
      expect(await tokens(20)).toBe(first);
      expect((await suite.app.api.get('me', first)).status).toBe(200);
      expect(await suite.rotations()).toBe(0);
      await suite.advance(20 * 60_000);
      expect(await tokens(5)).toBe(first);
      const second = await tokens(15);
      expect(second).not.toBe(first);
      // Longer than any token lives: what lasts most of that is good enough.
      expect(await tokens(500)).toBe(second);
      expect(await suite.rotations()).toBe(1);
    },
  );
});
