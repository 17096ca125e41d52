/** /oauth2/token, /oauth2/revoke and /oauth2/introspect over the real application. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { Answer } from '../support/api-client.js';
import { wholeLog } from '../support/log-reader.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { AWKWARD_CLIENTS, basic, ISSUER, SECRET, startOAuthApp, type OAuthApp } from '../support/oauth-app.js';

let oauth: OAuthApp;
beforeAll(async () => {
  oauth = await startOAuthApp();
});
afterAll(() => oauth.close());

const errorOf = ({ status, body }: Answer): [number, unknown] => [status, body.error];

async function refreshed(refresh_token: string, more: Record<string, string> = {}, headers = {}): Promise<Answer> {
  return oauth.form('token', { grant_type: 'refresh_token', refresh_token, ...more }, headers);
}

describe('/oauth2/token', () => {
  it('exchanges a refresh token', async () => {
    const pair = await oauth.signedIn();
    const answer = await refreshed(pair.refresh_token);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      access_token: expect.any(String),
      token_type: 'bearer',
      expires_in: 1_800,
      refresh_token: expect.any(String),
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('pragma')).toBe('no-cache');
    expect(answer.headers.get('log-position')).not.toBeNull();
    expect(decodeJwt(String(answer.body.access_token))).toMatchObject({ sid: pair.session_id, client_id: 'tokenledger' });
  });

  it('answers errors as RFC 6749 §5.2 says', async () => {
    const { refresh_token } = await oauth.signedIn();
    expect(errorOf(await oauth.form('token', { refresh_token }))).toEqual([400, 'invalid_request']);
    expect(errorOf(await oauth.form('token', { grant_type: 'refresh_token' }))).toEqual([400, 'invalid_request']);
    for (const grant_type of ['password', 'client_credentials', 'authorization_code'])
      expect(errorOf(await oauth.form('token', { grant_type }))).toEqual([400, 'unsupported_grant_type']);
    expect(errorOf(await refreshed('no.token'))).toEqual([400, 'invalid_grant']);
    expect(errorOf(await refreshed(refresh_token, {}, { 'idempotency-key': '""' }))).toEqual([400, 'invalid_request']);
    expect((await refreshed(refresh_token)).status).toBe(200);
  });

  it('ignores parameters without a value and those that nobody knows, and takes no other twice', async () => {
    const { refresh_token } = await oauth.signedIn();
    const token = async (more: string): Promise<Answer> =>
      oauth.app.api.request('/oauth2/token', {
        method: 'POST',
        body: `grant_type=refresh_token&refresh_token=${refresh_token}&${more}`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
    expect(errorOf(await token('client_id=a&client_id=b'))).toEqual([400, 'invalid_request']);
    const answer = await token('client_id=&client_id=pub&resource=https://a.example&resource=https://b.example');
    expect(decodeJwt(String(answer.body.access_token)).client_id).toBe('pub');
  });

  it('answers which scope is granted to a client that asks for one', async () => {
    let { refresh_token } = await oauth.signedIn();
    for (const [scope, granted] of [
      ['openid offline_access', 'session'],
      ['session', 'session'],
      ['"', 'session'],
      ['', undefined],
    ] as const) {
      const answer = await refreshed(refresh_token, { scope });
      expect([scope, answer.status, answer.body.scope]).toEqual([scope, 200, granted]);
      refresh_token = String(answer.body.refresh_token);
    }
  });

  it('finds theft as /refresh does', async () => {
    const { refresh_token } = await oauth.signedIn();
    let token = refresh_token;
    for (let turn = 0; turn < 3; turn += 1) token = String((await refreshed(token)).body.refresh_token);
    expect(errorOf(await refreshed(refresh_token))).toEqual([400, 'invalid_grant']);
    expect(errorOf(await refreshed(token))).toEqual([400, 'invalid_grant']);
  });

  it('has the same attempts as /refresh', async () => {
    const { refresh_token } = await oauth.signedIn();
    const attempt = { 'idempotency-key': 'an attempt' };
    const first = await refreshed(refresh_token, {}, attempt);
    expect((await refreshed(refresh_token, {}, attempt)).body.refresh_token).toBe(first.body.refresh_token);
  });

  it('gives a session to the first client that refreshes it', async () => {
    const pair = await oauth.signedIn();
    const first = await refreshed(pair.refresh_token, { client_id: 'any client' });
    expect(decodeJwt(String(first.body.access_token)).client_id).toBe('any client');
    const token = String(first.body.refresh_token);
    for (const members of [{ client_id: 'other' }, {}])
      expect(errorOf(await refreshed(token, members))).toEqual([400, 'invalid_grant']);
    expect((await oauth.app.api.refresh(token)).status).toBe(401);
    expect((await refreshed(token, { client_id: 'any client' })).status).toBe(200);
  });

  it('wants the secret of a client that has one', async () => {
    const { refresh_token } = await oauth.signedIn();
    const refusals = [
      await refreshed(refresh_token, { client_id: 'shop' }),
      await refreshed(refresh_token, { client_id: 'shop', client_secret: SECRET }),
      await refreshed(refresh_token, {}, basic('shop', 'wrong')),
      await refreshed(refresh_token, {}, basic('shop', '')),
      await refreshed(refresh_token, {}, basic('unknown', SECRET)),
      await refreshed(refresh_token, {}, { authorization: 'Basic' }),
      await refreshed(refresh_token, {}, { authorization: 'Basic %%%' }),
    ];
    for (const refusal of refusals) {
      expect(errorOf(refusal)).toEqual([401, 'invalid_client']);
      expect(refusal.headers.get('www-authenticate')).toBe('Basic realm="tokenledger"');
    }
    const twoWays = await refreshed(refresh_token, { client_secret: SECRET }, basic('shop', SECRET));
    expect(errorOf(twoWays)).toEqual([400, 'invalid_request']);
    const mixed = await refreshed(refresh_token, { client_id: 'spa' }, basic('shop', SECRET));
    expect(errorOf(mixed)).toEqual([400, 'invalid_request']);
    const answer = await refreshed(refresh_token, { client_id: 'shop' }, basic('shop', SECRET));
    expect(decodeJwt(String(answer.body.access_token)).client_id).toBe('shop');
  });

  it('knows a public client also by an empty secret', async () => {
    const { refresh_token } = await oauth.signedIn();
    const answer = await refreshed(refresh_token, {}, basic('spa', ''));
    expect(decodeJwt(String(answer.body.access_token)).client_id).toBe('spa');
  });

  it.each(['x'.repeat(129), 'naïve', 'new\nline'])('takes no client_id like %j', async (client_id) => {
    const { refresh_token } = await oauth.signedIn();
    expect(errorOf(await refreshed(refresh_token, { client_id }))).toEqual([400, 'invalid_request']);
    expect((await refreshed(refresh_token, {}, basic(client_id, ''))).status).toBe(401);
  });
});

describe('client_secret_basic', () => {
  // What some libraries send: id and secret as they are, although RFC 6749 §2.3.1 has them form-encoded.
  const raw = (clientId: string, secret: string): { readonly authorization: string } => ({
    authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`,
  });

  it('takes a secret form-encoded or as it is', async () => {
    for (const [clientId, secret] of Object.entries(AWKWARD_CLIENTS))
      for (const header of [basic(clientId, secret), raw(clientId, secret)]) {
        const answer = await oauth.form('introspect', { token: 'x' }, header);
        expect([clientId, answer.status, answer.body]).toEqual([clientId, 200, { active: false }]);
      }
    for (const header of [basic('awkward+plus', 'p l+us'), raw('awkward+plus', 'p%2Blus'), raw('awkward%41', 'a%20b')])
      expect(errorOf(await oauth.form('introspect', { token: 'x' }, header))).toEqual([401, 'invalid_client']);
  });
});

describe('/oauth2/revoke', () => {
  it.each(['refresh_token', 'access_token'] as const)('ends the session of a %s', async (kind) => {
    const pair = await oauth.signedIn();
    const answer = await oauth.form('revoke', { token: pair[kind], token_type_hint: 'something_else', client_id: 'any' });
    expect([answer.status, answer.text]).toEqual([200, '']);
    expect(answer.headers.get('log-position')).not.toBeNull();
    expect((await oauth.app.api.get('me', pair.access_token)).status).toBe(401);
    expect(errorOf(await refreshed(pair.refresh_token))).toEqual([400, 'invalid_grant']);
    expect((await oauth.form('revoke', { token: pair[kind] })).status).toBe(200);
  });

  it('ends the session of a client for that client alone', async () => {
    const pair = await oauth.signedIn();
    const adopted = await refreshed(pair.refresh_token, {}, basic('shop', SECRET));
    const [refresh, access] = [String(adopted.body.refresh_token), String(adopted.body.access_token)];
    // The access token of the sign-in is older than the adoption.
    for (const token of [refresh, pair.refresh_token, access, pair.access_token]) {
      expect(errorOf(await oauth.form('revoke', { token }))).toEqual([400, 'invalid_grant']);
      expect(errorOf(await oauth.form('revoke', { token, client_id: 'spa' }))).toEqual([400, 'invalid_grant']);
      expect(errorOf(await oauth.form('revoke', { token }, basic('gateway', SECRET)))).toEqual([400, 'invalid_grant']);
    }
    expect((await oauth.app.api.get('me', access)).status).toBe(200);
    expect((await oauth.form('revoke', { token: pair.access_token }, basic('shop', SECRET))).status).toBe(200);
    expect((await oauth.app.api.get('me', access)).status).toBe(401);
  });

  it('answers 200 for a token that nobody knows', async () => {
    for (const token of ['x', 'a.b.c']) expect((await oauth.form('revoke', { token })).status).toBe(200);
    expect(errorOf(await oauth.form('revoke', {}))).toEqual([400, 'invalid_request']);
    expect(errorOf(await oauth.form('revoke', { token: 'x' }, basic('shop', 'wrong')))).toEqual([401, 'invalid_client']);
  });
});

describe('/oauth2/introspect', () => {
  const introspected = (token: string, headers = basic('gateway', SECRET)): Promise<Answer> =>
    oauth.form('introspect', { token }, headers);

  it('says what a token is', async () => {
    const pair = await oauth.signedIn();
    const claims = decodeJwt(pair.access_token);
    const { body } = await introspected(pair.access_token);
    const { iss, sub, client_id, jti, iat, exp, sid, device_id, roles, auth_time } = claims;
    expect(body).toEqual({
      ...{ active: true, iss, sub, client_id, jti, iat, exp, sid, device_id, roles, auth_time },
      token_type: 'Bearer',
    });
    expect(iss).toBe(ISSUER);
    const refresh = await introspected(pair.refresh_token);
    expect(refresh.body).toMatchObject({ active: true, sub, sid, client_id: 'tokenledger' });
    expect(refresh.body).not.toHaveProperty('token_type');
  });

  it('says the issuer that the token has, also a former one', async () => {
    const folder = temporaryFolder();
    const FORMER = 'https://former.example.com';
    const before = await startOAuthApp({ folder: folder.path, env: { ISSUER: FORMER } });
    const pair = await before.signedIn();
    await before.app.close();
    const after = await startOAuthApp({ folder: folder.path });
    const ask = async (token: string): Promise<unknown> =>
      (await after.form('introspect', { token }, basic('gateway', SECRET))).body.iss;
    expect([await ask(pair.access_token), await ask(pair.refresh_token)]).toEqual([FORMER, ISSUER]);
    await after.close();
    await before.close();
    folder.remove();
  });

  it('says nothing of a token that is not good now', async () => {
    const pair = await oauth.signedIn();
    const next = await refreshed(pair.refresh_token);
    expect((await introspected(pair.refresh_token)).body).toEqual({ active: false });
    await oauth.form('revoke', { token: pair.access_token });
    for (const token of [pair.access_token, String(next.body.access_token), String(next.body.refresh_token), 'x'])
      expect((await introspected(token)).body).toEqual({ active: false });
  });

  it('appends nothing', async () => {
    const pair = await oauth.signedIn();
    // Background jobs append to streams of their own.
    const events = async (): Promise<number> =>
      (await wholeLog(oauth.app)).filter(({ stream }) => stream.kind === 'user' || stream.kind === 'token').length;
    const before = await events();
    for (const token of [pair.access_token, pair.refresh_token, 'x']) await introspected(token);
    expect(await events()).toBe(before);
  });

  it('is for resource servers alone', async () => {
    const pair = await oauth.signedIn();
    expect(errorOf(await introspected('x', basic('shop', SECRET)))).toEqual([403, 'insufficient_scope']);
    expect(errorOf(await introspected('x', basic('gateway', 'wrong')))).toEqual([401, 'invalid_client']);
    expect(errorOf(await introspected('x', basic('spa', '')))).toEqual([401, 'invalid_client']);
    const bearer = { authorization: `Bearer ${pair.access_token}` };
    expect(errorOf(await introspected('x', bearer))).toEqual([403, 'insufficient_scope']);
  });

  it('names both ways to authenticate to a request that uses neither', async () => {
    const inForm = { client_id: 'gateway', client_secret: SECRET };
    for (const [members, headers] of [
      [{}, {}],
      [inForm, {}],
      [{}, { authorization: 'Negotiate abc' }],
    ] as const) {
      const answer = await oauth.form('introspect', { token: 'x', ...members }, headers);
      expect(errorOf(answer)).toEqual([401, 'invalid_client']);
      expect(answer.headers.get('www-authenticate')).toBe('Basic realm="tokenledger", Bearer realm="tokenledger"');
      expect(answer.body.error_description).toContain('a secret in the form is not read');
    }
    const feed = await oauth.app.api.request('/api/v1/auth/revocations');
    expect([feed.status, feed.body.code]).toEqual([401, 'invalid_client']);
    expect(feed.headers.get('www-authenticate')).toBe('Basic realm="tokenledger", Bearer realm="tokenledger"');
    const wrong = await oauth.form('introspect', { token: 'x' }, { authorization: 'Bearer a.b.c' });
    expect(errorOf(wrong)).toEqual([401, 'invalid_token']);
  });
});

describe('pages of registered clients', () => {
  it('may use the endpoints of OAuth, and no others', async () => {
    const origin = 'https://spa.example.org';
    const allowed = async (path: string): Promise<string | null> =>
      (await oauth.app.api.request(path, { headers: { origin } })).headers.get('access-control-allow-origin');
    expect(await allowed('/oauth2/token')).toBe(origin);
    expect(await allowed('/api/v1/auth/me')).toBeNull();
  });
});
