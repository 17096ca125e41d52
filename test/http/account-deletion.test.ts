/** Users delete their own account: DELETE /api/v1/auth/me. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isDeepStrictEqual } from 'node:util';
import { cookieName } from '../../src/http/refresh-cookie.js';
import { signedInAdmin, signedInUser, type SignedIn } from '../support/admin.js';
import type { Answer } from '../support/api-client.js';
import { ERASED, leftOf } from '../support/erasing.js';
import { eventually } from '../support/eventually.js';
import { userEvents } from '../support/log-reader.js';
import { startApp, type RunningApp } from '../support/running-app.js';

let app: RunningApp;
let now = Date.now();
beforeAll(async () => {
  // Its own network is limited like any other.
  app = await startApp({ now: () => now, env: { RATE_LIMIT_EXEMPT: '192.0.2.0/24' } });
});
afterAll(() => app.close());

function deleteMe(token: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  return app.api.request('/api/v1/auth/me', {
    method: 'DELETE',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

const code = ({ status, body }: Answer): [number, unknown] => [status, body.code];
const erasures = async ({ userId }: SignedIn): Promise<[string, string][]> =>
  (await userEvents(app, userId)).filter(([type]) => type === 'UserErased' || type === 'AllTokensRevoked');

/** The address is released and the key destroyed by the eraser, which follows the answer. */
async function isFree(user: SignedIn): Promise<void> {
  await eventually('nothing is left', async () => isDeepStrictEqual(await leftOf(app, user), ERASED));
  expect((await app.api.register(user)).status).toBe(201);
}

describe('the right password', () => {
  it('erases the account by its user, ends every session, and leaves the address to the next one', async () => {
    const user = await signedInUser(app, 'Ada');
    const other = await app.api.signIn(user, { device_name: 'Phone' });
    const answer = await deleteMe(user.pair.access_token, { password: user.password });
    expect([answer.status, answer.text, answer.headers.get('clear-site-data')]).toEqual([204, '', '"cache"']);
    expect(answer.headers.get('log-position')).toMatch(/^[\w-]{40,120}$/);
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(await erasures(user)).toEqual([
      ['UserErased', 'user'],
      ['AllTokensRevoked', 'user'],
    ]);
    for (const { refresh_token, access_token } of [user.pair, other]) {
      // Once the eraser has destroyed the key, the token is as good as none.
      expect((await app.api.refresh(refresh_token)).body.code).toMatch(/^token_(revoked|invalid)$/);
      expect(code(await app.api.get('me', access_token))).toEqual([401, 'token_revoked']);
    }
    expect(code((await app.api.login(user)) as unknown as Answer)).toEqual([401, 'invalid_credentials']);
    await isFree(user);
    // It is another account: nothing of the former one comes back.
    const next = await app.api.signIn(user);
    const { body } = await app.api.get('me', next.access_token);
    expect([body.email, body.name]).toEqual([user.email, null]);
    expect(body.user_id).not.toBe(user.userId);
    const { keyStore } = app.application.stores;
    expect(await keyStore.get(user.userId)).toBe('destroyed');
  });

  it('shows the position to who waits for it: administrators see the account erased', async () => {
    const [admin, user] = [await signedInAdmin(app), await signedInUser(app, 'Ada')];
    const { headers } = await deleteMe(user.pair.access_token, { password: user.password });
    const shown = await app.api.request(`/api/v1/admin/users/${user.userId}`, {
      headers: {
        authorization: `Bearer ${admin.pair.access_token}`,
        'if-log-position': headers.get('log-position') ?? '',
      },
    });
    expect(shown.body).toMatchObject({ status: 'erased', email: null, name: null, active_sessions: 0 });
  });

  it('is needed also right after the sign-in, and a session of long ago is enough with it', async () => {
    const user = await signedInUser(app);
    now += 11 * 60_000;
    expect((await deleteMe(user.pair.access_token, { password: user.password })).status).toBe(204);
  });

  it('clears the cookie of the account, and not the one of somebody else', async () => {
    const [user, somebody] = [await signedInUser(app), await signedInUser(app)];
    const name = cookieName(app.application.eventLog.openedIssuer);
    const cookie = (token: string): Record<string, string> => ({ cookie: `${name}=${token}` });
    const refused = await deleteMe(user.pair.access_token, { password: 'wrong' }, cookie(user.pair.refresh_token));
    expect([refused.status, refused.headers.get('set-cookie')]).toEqual([401, null]);
    const foreign = await deleteMe(somebody.pair.access_token, somebody, cookie(user.pair.refresh_token));
    expect([foreign.status, foreign.headers.get('set-cookie')]).toEqual([204, null]);
    const own = await deleteMe(user.pair.access_token, user, cookie(user.pair.refresh_token));
    expect([own.status, own.headers.get('set-cookie')]).toEqual([204, expect.stringContaining(`${name}=; Max-Age=0;`)]);
  });

  it('sent three times at once erases once; the others find that the session is over', async () => {
    const user = await signedInUser(app);
    const answers = await Promise.all([1, 2, 3].map(() => deleteMe(user.pair.access_token, { password: user.password })));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 401, 401]);
    expect(code(await deleteMe(user.pair.access_token, { password: user.password }))).toEqual([401, 'token_revoked']);
    expect((await erasures(user)).filter(([type]) => type === 'UserErased')).toHaveLength(1);
  });
});

describe('a wrong password', () => {
  it('changes nothing, and counts as a guess at the account', async () => {
    const user = await signedInUser(app);
    expect(code(await deleteMe(user.pair.access_token, { password: `${user.password}!` }))).toEqual([
      401,
      'invalid_credentials',
    ]);
    expect(await erasures(user)).toEqual([]);
    expect((await app.api.get('me', user.pair.access_token)).status).toBe(200);
    const statuses: number[] = [];
    for (let tries = 0; tries < 20; tries += 1)
      statuses.push((await deleteMe(user.pair.access_token, { password: 'x' })).status);
    expect(statuses.at(-1)).toBe(429);
    // The same count as of a change of password: neither is a way around the other.
    const change = { current_password: 'x', new_password: 'another long one' };
    const changed = await app.api.post('password/change', change, { authorization: `Bearer ${user.pair.access_token}` });
    expect(code(changed)).toEqual([429, 'too_many_requests']);
    const right = await deleteMe(user.pair.access_token, { password: user.password });
    expect([right.status, Number(right.headers.get('retry-after')) > 0]).toEqual([429, true]);
    expect(await erasures(user)).toEqual([]);
  });

  it.each([
    ['no body', undefined],
    ['no password', {}],
    ['null', { password: null }],
    ['an empty one', { password: '' }],
    ['a number', { password: 123456789012 }],
    ['a list', []],
    ['half a surrogate pair', { password: 'long enough \ud800' }],
  ])('that is %s is no input', async (_, body) => {
    const user = await signedInUser(app);
    const answer = await deleteMe(user.pair.access_token, body);
    expect(code(answer)).toEqual([422, 'validation_failed']);
    expect(answer.body.errors).toMatchObject([{ path: Array.isArray(body) ? '' : 'password' }]);
    expect(await erasures(user)).toEqual([]);
  });
});

describe('who is not signed in', () => {
  it('deletes nothing', async () => {
    const user = await signedInUser(app);
    const anonymous = await app.api.request('/api/v1/auth/me', { method: 'DELETE', body: JSON.stringify(user) });
    expect(code(anonymous)).toEqual([401, 'token_invalid']);
    expect(code(await deleteMe(user.pair.refresh_token, user))).toEqual([401, 'token_invalid']);
    await app.api.logout(user.pair.refresh_token);
    expect(code(await deleteMe(user.pair.access_token, user))).toEqual([401, 'token_revoked']);
    expect(await erasures(user)).toEqual([]);
  });

  it('a disabled user neither, nor who has changed the password elsewhere with the old session', async () => {
    const [admin, user] = [await signedInAdmin(app), await signedInUser(app)];
    const authorization = { authorization: `Bearer ${user.pair.access_token}` };
    const change = { current_password: user.password, new_password: 'a horse of another colour' };
    const { body: pair } = await app.api.post<{ access_token: string }>('password/change', change, authorization);
    expect(code(await deleteMe(user.pair.access_token, user))).toEqual([401, 'token_revoked']);
    expect(code(await deleteMe(pair.access_token, user))).toEqual([401, 'invalid_credentials']);
    const disabled = await app.api.request(`/api/v1/admin/users/${user.userId}/disable`, {
      method: 'POST',
      headers: { authorization: `Bearer ${admin.pair.access_token}` },
    });
    expect(disabled.status).toBe(204);
    expect(code(await deleteMe(pair.access_token, { password: change.new_password }))).toEqual([401, 'token_revoked']);
    expect((await userEvents(app, user.userId)).map(([type]) => type)).not.toContain('UserErased');
  });
});
