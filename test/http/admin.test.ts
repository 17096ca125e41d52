import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { signedInAdmin, signedInUser, type SignedIn } from '../support/admin.js';
import type { Answer } from '../support/api-client.js';
import { caughtUp } from '../support/log.js';
import { userEvents, wholeLog } from '../support/log-reader.js';
import { startApp, type RunningApp } from '../support/running-app.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

let app: RunningApp;
let admin: SignedIn;
let now = Date.now();
beforeAll(async () => {
  app = await startApp({ now: () => now });
  admin = await signedInAdmin(app);
});
afterAll(() => app.close());

function ask(method: string, path: string, body?: object, token = admin.pair.access_token): Promise<Answer> {
  return app.api.request(`/api/v1/admin/users${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

const code = ({ status, body }: Answer): [number, unknown] => [status, body.code];
const by = (): string => `admin:${admin.userId}`;

describe('who is no administrator', () => {
  it.each([
    ['GET', ''],
    ['GET', `/${randomUUID()}`],
    ['GET', `/${randomUUID()}/devices`],
    ['DELETE', `/${randomUUID()}/devices/${randomUUID()}`],
    ['POST', `/${randomUUID()}/logout`],
    ['POST', `/${randomUUID()}/disable`],
    ['POST', `/${randomUUID()}/enable`],
    ['POST', `/${randomUUID()}/erase`],
    ['PUT', `/${randomUUID()}/roles/admin`],
    ['DELETE', `/${randomUUID()}/roles/admin`],
    ['POST', `/${randomUUID()}/password-reset`],
  ])('may not %s %s', async (method, path) => {
    const { pair } = await signedInUser(app);
    expect(code(await ask(method, path, undefined, pair.access_token))).toEqual([403, 'forbidden']);
    expect((await ask(method, path, undefined, 'x')).status).toBe(401);
  });

  it('may not grant themselves a role, nor anybody from the moment that theirs is revoked', async () => {
    const { userId, pair } = await signedInUser(app);
    expect((await ask('PUT', `/${userId}/roles/admin`, undefined, pair.access_token)).status).toBe(403);
    await ask('PUT', `/${userId}/roles/admin`);
    expect((await ask('GET', '', undefined, pair.access_token)).status).toBe(200);
    await ask('DELETE', `/${userId}/roles/admin`);
    expect((await ask('GET', '', undefined, pair.access_token)).status).toBe(403);
  });
});

describe('GET /admin/users', () => {
  it('shows one user by address, in the shape of the interface', async () => {
    const { userId, email } = await signedInUser(app, 'Ada');
    const { status, body } = await ask('GET', `?email=${encodeURIComponent(email.toUpperCase())}`);
    const user = {
      user_id: userId,
      email,
      email_verified: false,
      name: 'Ada',
      status: 'active',
      roles: [],
      created_at: expect.stringMatching(/Z$/),
    };
    expect([status, body]).toEqual([200, { users: [user], next: null }]);
    expect((await ask('GET', `/${userId}`)).body).toEqual({ ...user, active_sessions: 1 });
    expect((await ask('GET', `?email=${randomUUID()}@example.com`)).body).toEqual({ users: [], next: null });
  });

  it('pages through all, each once', async () => {
    await Promise.all([1, 2, 3].map(() => signedInUser(app)));
    const seen: string[] = [];
    let after = '';
    for (;;) {
      const { body } = await ask('GET', `?limit=2${after}`);
      const { users, next } = body as { users: { user_id: string }[]; next: string | null };
      expect(users.length).toBeLessThanOrEqual(2);
      seen.push(...users.map((user) => user.user_id));
      if (next === null) break;
      after = `&after=${next}`;
    }
    expect(new Set(seen).size).toBe(seen.length);
    const registered = (await wholeLog(app)).filter(({ event }) => event.type === 'UserRegistered');
    expect(seen).toHaveLength(registered.length);
  });

  it.each(['?limit=0', '?limit=101', '?after=x', '?email=me'])('refuses %s', async (query) => {
    expect(code(await ask('GET', query))).toEqual([422, 'validation_failed']);
  });

  it('knows no user that there is not', async () => {
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/devices'],
      ['POST', '/logout'],
      ['POST', '/disable'],
      ['POST', '/enable'],
      ['POST', '/erase'],
      ['PUT', '/roles/auditor'],
      ['DELETE', '/roles/auditor'],
      ['POST', '/password-reset'],
      ['DELETE', `/devices/${randomUUID()}`],
    ] as const)
      for (const id of [randomUUID(), 'nobody'])
        expect(code(await ask(method, `/${id}${path}`))).toEqual([404, 'not_found']);
  });
});

describe('sessions of somebody', () => {
  it('are listed as the user’s own, and ended one by one', async () => {
    const { userId, pair, ...credentials } = await signedInUser(app);
    const other = await app.api.signIn(credentials, { device_name: 'Phone' });
    // What others ask for does not wait for the user's sign-in.
    await caughtUp(app.application);
    const { body } = await ask('GET', `/${userId}/devices`);
    const own = await app.api.get('devices', other.access_token);
    const without = (devices: unknown): unknown => (devices as object[]).map((device) => ({ ...device, current: false }));
    expect(without(body.devices)).toEqual(without(own.body.devices));
    const ended = await ask('DELETE', `/${userId}/devices/${pair.session_id}`);
    expect([ended.status, ended.headers.get('log-position')]).toEqual([204, expect.any(String)]);
    expect((await app.api.refresh(pair.refresh_token)).body.code).toBe('token_revoked');
    expect((await app.api.refresh(other.refresh_token)).status).toBe(200);
    expect(code(await ask('DELETE', `/${userId}/devices/${pair.session_id}`))).toEqual([404, 'not_found']);
    expect(code(await ask('DELETE', `/${admin.userId}/devices/${other.session_id}`))).toEqual([404, 'not_found']);
    const revoked = (await wholeLog(app)).findLast(({ event }) => event.type === 'TokenRevoked');
    expect([revoked?.actor, revoked?.event.data]).toEqual([by(), expect.objectContaining({ reason: 'admin' })]);
  });

  it('end all at once', async () => {
    const { userId, pair } = await signedInUser(app);
    expect((await ask('POST', `/${userId}/logout`)).status).toBe(204);
    expect((await app.api.refresh(pair.refresh_token)).body.code).toBe('token_revoked');
    expect((await userEvents(app, userId)).at(-1)).toEqual(['AllTokensRevoked', by()]);
    expect((await ask('GET', `/${userId}`)).body).toMatchObject({ active_sessions: 0 });
  });

  it('need a recent sign-in of the administrator, or the right password', async () => {
    const { userId } = await signedInUser(app);
    const before = now;
    now += 11 * 60_000;
    try {
      for (const path of ['logout', 'disable', 'erase']) {
        expect(code(await ask('POST', `/${userId}/${path}`))).toEqual([403, 'reauthentication_required']);
        const wrong = await ask('POST', `/${userId}/${path}`, { password: 'not the password' });
        expect(code(wrong)).toEqual([401, 'invalid_credentials']);
      }
      expect((await ask('POST', `/${userId}/logout`, { password: admin.password })).status).toBe(204);
    } finally {
      now = before;
    }
  });
});

describe('an account', () => {
  it('is disabled, which holds at the next request, and enabled again', async () => {
    const { userId, pair, ...credentials } = await signedInUser(app);
    expect((await ask('POST', `/${userId}/disable`, { reason: 'Seen in three countries' })).status).toBe(204);
    expect((await app.api.refresh(pair.refresh_token)).status).toBe(401);
    expect(code(await app.api.get('me', pair.access_token))).toEqual([401, 'token_revoked']);
    expect(code((await app.api.login(credentials)) as unknown as Answer)).toEqual([403, 'account_disabled']);
    expect((await ask('GET', `/${userId}`)).body).toMatchObject({ status: 'disabled', active_sessions: 0 });
    expect((await ask('POST', `/${userId}/disable`)).status).toBe(204);
    expect(code(await ask('POST', `/${userId}/password-reset`))).toEqual([409, 'conflict']);
    expect((await ask('POST', `/${userId}/enable`)).status).toBe(204);
    expect((await app.api.refresh(pair.refresh_token)).status).toBe(401);
    expect((await app.api.login(credentials)).status).toBe(200);
    const events = (await userEvents(app, userId)).slice(2);
    expect(events).toEqual([
      ['UserDisabled', by()],
      ['AllTokensRevoked', by()],
      ['UserEnabled', by()],
    ]);
    const text = JSON.stringify((await wholeLog(app)).map(({ event }) => event));
    expect(text).not.toContain('three countries');
  });

  it('gets and loses roles of the closed set', async () => {
    const { userId } = await signedInUser(app);
    for (const role of ['auditor', 'resource_server'])
      expect((await ask('PUT', `/${userId}/roles/${role}`)).status).toBe(204);
    expect((await ask('PUT', `/${userId}/roles/auditor`)).status).toBe(204);
    expect((await ask('GET', `/${userId}`)).body.roles).toEqual(['auditor', 'resource_server']);
    expect((await ask('DELETE', `/${userId}/roles/auditor`)).status).toBe(204);
    expect((await ask('GET', `/${userId}`)).body.roles).toEqual(['resource_server']);
    expect(code(await ask('PUT', `/${userId}/roles/owner`))).toEqual([404, 'not_found']);
    expect((await userEvents(app, userId)).slice(2)).toEqual([
      ['RoleGranted', by()],
      ['RoleGranted', by()],
      ['RoleRevoked', by()],
    ]);
  });

  it('gets a reset started, however many strangers have asked for one', async () => {
    const { userId, email } = await signedInUser(app);
    for (let times = 0; times < 5; times += 1) await app.api.post('password/forgot', { email });
    expect([(await ask('POST', `/${userId}/password-reset`)).status]).toEqual([202]);
    expect(await userEvents(app, userId)).toContainEqual(['PasswordResetRequested', by()]);
  });

  it('is erased for good', async () => {
    const { userId, email, password } = await signedInUser(app, 'Ada');
    expect((await ask('POST', `/${userId}/erase`, { reason: 'asked for it' })).status).toBe(204);
    expect((await app.api.login({ email, password })).status).toBe(401);
    const { body } = await ask('GET', `/${userId}`);
    expect(body).toMatchObject({ user_id: userId, email: null, name: null, status: 'erased', active_sessions: 0 });
    expect((await ask('POST', `/${userId}/erase`)).status).toBe(204);
    expect(code(await ask('POST', `/${userId}/enable`))).toEqual([409, 'conflict']);
    expect(code(await ask('PUT', `/${userId}/roles/admin`))).toEqual([409, 'conflict']);
    expect(String(body.user_id)).toMatch(UUID);
  });
});
