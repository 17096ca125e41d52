import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Answer } from '../support/api-client.js';
import { freshCredentials, startApp, type RunningApp } from '../support/running-app.js';

let app: RunningApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const fromPage = (cookie: string): Record<string, string> => ({
  cookie,
  origin: app.url,
  'x-requested-with': 'tokenledger',
});

/** The name and value that a browser would send back. */
const cookieOf = ({ headers }: Answer): string => headers.get('set-cookie')!.split(';')[0]!;

async function signedIn(): Promise<string> {
  const credentials = freshCredentials();
  await app.api.register(credentials);
  const answer = await app.api.post('login', { ...credentials, mode: 'cookie' });
  expect(answer.status).toBe(200);
  expect(answer.body).not.toHaveProperty('refresh_token');
  expect(answer.headers.get('set-cookie')).toMatch(
    /^tokenledger_refresh=[\w.-]+; Max-Age=60(4799|4800); Path=\/api\/v1\/auth; HttpOnly; Secure; SameSite=Strict$/,
  );
  return cookieOf(answer);
}

describe('the refresh token in a cookie', () => {
  it('rotates like any other, and is never in an answer’s body', async () => {
    const first = await signedIn();
    const answer = await app.api.post('refresh', {}, fromPage(first));
    expect(answer.status).toBe(200);
    expect(answer.body).toHaveProperty('access_token');
    expect(answer.body).not.toHaveProperty('refresh_token');
    const second = cookieOf(answer);
    expect(second).not.toBe(first);
    const retried = await app.api.post('refresh', {}, fromPage(first));
    expect(cookieOf(retried)).toBe(second);
  });

  it('is refused to pages of other origins, also of the same site, and to what cannot set a header', async () => {
    const cookie = await signedIn();
    const strangers = [
      { cookie, 'x-requested-with': 'tokenledger' },
      { ...fromPage(cookie), origin: 'null' },
      { ...fromPage(cookie), origin: 'http://127.0.0.1:1' },
      { ...fromPage(cookie), origin: 'https://evil.example' },
      { ...fromPage(cookie), 'x-requested-with': '' },
    ];
    for (const headers of strangers) {
      for (const path of ['refresh', 'logout']) {
        const answer = await app.api.post(path, {}, headers);
        expect([answer.status, answer.body.code]).toEqual([403, 'origin_refused']);
      }
    }
    expect((await app.api.post('refresh', {}, fromPage(cookie))).status).toBe(200);
  });

  it('is not handed out to pages of other origins, which would sign the browser in as somebody else', async () => {
    const { email, password } = freshCredentials();
    await app.api.register({ email, password });
    const form = new URLSearchParams({ username: email, password, mode: 'cookie' });
    for (const origin of ['null', 'http://127.0.0.1:1', 'https://evil.example']) {
      const answers = [
        await app.api.post('login', { email, password, mode: 'cookie' }, { origin }),
        await app.api.request('/api/v1/auth/login', { method: 'POST', body: form, headers: { origin } }),
      ];
      for (const { status, body, headers } of answers) {
        expect([status, body.code, headers.get('set-cookie')]).toEqual([403, 'origin_refused', null]);
      }
    }
    const own = await app.api.post('login', { email, password, mode: 'cookie' }, { origin: app.url });
    expect([own.status, own.headers.get('set-cookie')]).toEqual([200, expect.stringContaining('tokenledger_refresh=')]);
  });

  it('leaves the browser at sign-out, and when it is of no use any more', async () => {
    const cookie = await signedIn();
    const out = await app.api.post('logout', {}, fromPage(cookie));
    expect(out.status).toBe(204);
    const refused = await app.api.post('refresh', {}, fromPage(cookie));
    expect([refused.status, refused.body.code]).toEqual([401, 'token_revoked']);
    for (const { headers } of [out, refused]) expect(headers.get('set-cookie')).toContain('refresh=; Max-Age=0;');
    expect((await app.api.post('refresh', {})).status).toBe(422);
  });
});
