/** Sessions that are bound to a client's key (DPoP), over the real application. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { Answer, Pair } from '../support/api-client.js';
import { dpopKey, type DpopKey } from '../support/dpop-key.js';
import { basic, ISSUER, SECRET, startOAuthApp, type OAuthApp } from '../support/oauth-app.js';
import { freshCredentials } from '../support/running-app.js';

const API = '/api/v1/auth';
let oauth: OAuthApp;
let key: DpopKey;
let other: DpopKey;
beforeAll(async () => {
  [oauth, key, other] = [
    await startOAuthApp({ env: { REFRESH_GRACE_SECONDS: '30' } }),
    await dpopKey(),
    await dpopKey('EdDSA'),
  ];
});
afterAll(() => oauth.close());

const proofOf = (by: DpopKey, path: string): Promise<string> => by.proof('POST', ISSUER + path);

/** A refresh with a proof by a key, by text, or without one. */
async function refresh(refresh_token: string, by: DpopKey | string | null): Promise<Answer<Pair & { code?: string }>> {
  const dpop = typeof by === 'string' || by === null ? by : await proofOf(by, `${API}/refresh`);
  return oauth.app.api.post('refresh', { refresh_token }, dpop === null ? {} : { dpop });
}

const codeOf = ({ status, body }: Answer<{ code?: string }>): [number, string | undefined] => [status, body.code];

async function boundAtSignIn(): Promise<Pair> {
  const credentials = freshCredentials();
  await oauth.app.api.register(credentials);
  const headers = { dpop: await proofOf(key, `${API}/login`) };
  return (await oauth.app.api.post<Pair>('login', credentials, headers)).body;
}

describe('a session that is bound at sign-in', () => {
  let pair: Pair;
  beforeEach(async () => {
    pair = await boundAtSignIn();
  });

  it('has access tokens that name the key', async () => {
    expect(decodeJwt(pair.access_token).cnf).toEqual({ jkt: key.jkt });
    const { body } = await oauth.form('introspect', { token: pair.access_token }, basic('gateway', SECRET));
    expect(body).toMatchObject({ active: true, token_type: 'DPoP', cnf: { jkt: key.jkt } });
  });

  it('refuses a refresh without its proof, or with a wrong one, and goes on', async () => {
    const used = await proofOf(key, `${API}/refresh`);
    for (const by of [null, 'no.proof.at-all', await proofOf(key, `${API}/logout`)])
      expect(codeOf(await refresh(pair.refresh_token, by))).toEqual([400, 'invalid_dpop_proof']);
    const next = await refresh(pair.refresh_token, used);
    expect(next.status).toBe(200);
    expect(codeOf(await refresh(next.body.refresh_token, used))).toEqual([400, 'invalid_dpop_proof']);
    expect((await refresh(next.body.refresh_token, key)).status).toBe(200);
  });

  it('is ended by a valid proof by another key: theft', async () => {
    expect(codeOf(await refresh(pair.refresh_token, other))).toEqual([401, 'token_reused']);
    expect(codeOf(await refresh(pair.refresh_token, key))).toEqual([401, 'token_revoked']);
  });

  it('has its theft answered as invalid_grant at /oauth2/token, and a missing proof as invalid_dpop_proof', async () => {
    const form = { grant_type: 'refresh_token', refresh_token: pair.refresh_token };
    const without = await oauth.form('token', form);
    expect([without.status, without.body.error]).toEqual([400, 'invalid_dpop_proof']);
    const good = await oauth.form('token', form, { dpop: await proofOf(key, '/oauth2/token') });
    expect(good.body.token_type).toBe('DPoP');
    const stolen = { ...form, refresh_token: String(good.body.refresh_token) };
    const theft = await oauth.form('token', stolen, { dpop: await proofOf(other, '/oauth2/token') });
    expect([theft.status, theft.body.error]).toEqual([400, 'invalid_grant']);
  });

  it('is not signed out without its proof, or with a wrong one, nor is its cookie taken; with it, it is', async () => {
    const logout = (dpop: string | null): Promise<Answer<{ code?: string }>> =>
      oauth.app.api.post('logout', { refresh_token: pair.refresh_token }, dpop === null ? {} : { dpop });
    for (const by of [null, 'no.proof.at-all', await proofOf(other, `${API}/logout`), await proofOf(key, `${API}/refresh`)])
      expect(codeOf(await logout(by))).toEqual([400, 'invalid_dpop_proof']);
    const next = await refresh(pair.refresh_token, key);
    expect(next.status).toBe(200);
    // Any of its generations will do.
    expect((await logout(await proofOf(key, `${API}/logout`))).status).toBe(204);
    expect(codeOf(await refresh(next.body.refresh_token, key))).toEqual([401, 'token_revoked']);
    // Ended before, it still wants the proof.
    expect(codeOf(await logout(null))).toEqual([400, 'invalid_dpop_proof']);
    expect((await logout(await proofOf(key, `${API}/logout`))).status).toBe(204);
  });

  it('keeps its cookie when a sign-out without its proof is refused', async () => {
    const credentials = freshCredentials();
    await oauth.app.api.register(credentials);
    const origin = { origin: ISSUER, 'x-requested-with': 'test' };
    const login = { ...credentials, mode: 'cookie' };
    const signedIn = await oauth.app.api.post('login', login, { ...origin, dpop: await proofOf(key, `${API}/login`) });
    const cookie = signedIn.headers.get('set-cookie')!.split(';')[0]!;
    const refused = await oauth.app.api.post<{ code?: string }>('logout', {}, { ...origin, cookie });
    expect([...codeOf(refused), refused.headers.get('set-cookie')]).toEqual([400, 'invalid_dpop_proof', null]);
    const dpop = await proofOf(key, `${API}/logout`);
    const ended = await oauth.app.api.post('logout', {}, { ...origin, cookie, dpop });
    expect([ended.status, ended.headers.get('set-cookie')]).toEqual([204, expect.stringContaining('=;')]);
  });

  it('is ended at /oauth2/revoke without a proof, as RFC 7009 has it', async () => {
    expect((await oauth.form('revoke', { token: pair.refresh_token })).status).toBe(200);
    expect(codeOf(await refresh(pair.refresh_token, key))).toEqual([401, 'token_revoked']);
  });

  it('takes its access token only with a proof for it', async () => {
    const me = `${ISSUER}${API}/me`;
    const ask = (authorization: string, dpop?: string): Promise<Answer> =>
      oauth.app.api.request(`${API}/me`, { headers: { authorization, ...(dpop === undefined ? {} : { dpop }) } });
    const token = pair.access_token;
    expect((await ask(`DPoP ${token}`, await key.proofFor(token, 'GET', me))).status).toBe(200);
    const refusals = [
      await ask(`Bearer ${token}`),
      await ask(`Bearer ${token}`, await key.proofFor(token, 'GET', me)),
      await ask(`DPoP ${token}`),
      await ask(`DPoP ${token}`, await key.proof('GET', me)),
      await ask(`DPoP ${token}`, await other.proofFor(token, 'GET', me)),
      await ask(`DPoP ${token}`, await key.proofFor(token, 'POST', me)),
    ];
    for (const refusal of refusals) {
      expect(codeOf(refusal as Answer<{ code?: string }>)).toEqual([401, 'token_invalid']);
      expect(refusal.headers.get('www-authenticate')).toMatch(/^DPoP error="invalid_(token|dpop_proof)", algs="ES256 /);
    }
  });

  it('stays bound over a change of the password', async () => {
    const credentials = freshCredentials();
    await oauth.app.api.register(credentials);
    const login = await oauth.app.api.post<Pair>('login', credentials, { dpop: await proofOf(key, `${API}/login`) });
    const path = `${API}/password/change`;
    const headers = {
      authorization: `DPoP ${login.body.access_token}`,
      dpop: await key.proofFor(login.body.access_token, 'POST', ISSUER + path),
    };
    const passwords = { current_password: credentials.password, new_password: `${credentials.password} again` };
    const changed = await oauth.app.api.post<Pair>('password/change', passwords, headers);
    expect(decodeJwt(changed.body.access_token).cnf).toEqual({ jkt: key.jkt });
    expect(codeOf(await refresh(changed.body.refresh_token, null))).toEqual([400, 'invalid_dpop_proof']);
  });
});

describe('a session that is bound at a refresh', () => {
  it('takes a generation from before without a proof for theft, within grace too', async () => {
    const pair = await oauth.signedIn();
    const bound = await refresh(pair.refresh_token, key);
    expect(bound.status).toBe(200);
    expect(codeOf(await refresh(pair.refresh_token, null))).toEqual([401, 'token_reused']);
    expect(codeOf(await refresh(bound.body.refresh_token, key))).toEqual([401, 'token_revoked']);
  });

  it('is not signed out by a generation from before the binding without the proof', async () => {
    const pair = await oauth.signedIn();
    const bound = await refresh(pair.refresh_token, key);
    const early = await oauth.app.api.post<{ code?: string }>('logout', { refresh_token: pair.refresh_token });
    expect(codeOf(early)).toEqual([400, 'invalid_dpop_proof']);
    expect((await refresh(bound.body.refresh_token, key)).status).toBe(200);
  });

  it('gives the same successor again to the same key within grace', async () => {
    const pair = await oauth.signedIn();
    const bound = await refresh(pair.refresh_token, key);
    expect((await refresh(pair.refresh_token, key)).body.refresh_token).toBe(bound.body.refresh_token);
  });
});

describe('an access token that is bound to no key', () => {
  it('is not taken by the scheme DPoP', async () => {
    const { access_token } = await oauth.signedIn();
    const dpop = await key.proofFor(access_token, 'GET', `${ISSUER}${API}/me`);
    const answer = await oauth.app.api.request(`${API}/me`, { headers: { authorization: `DPoP ${access_token}`, dpop } });
    expect([answer.status, answer.headers.get('www-authenticate')?.startsWith('DPoP')]).toEqual([401, true]);
  });
});

describe('proofs that clients make of the address they use', () => {
  it('may name a loopback address at our port', async () => {
    const { refresh_token } = await oauth.signedIn();
    const url = new URL(`${API}/refresh`, oauth.app.url);
    url.hostname = 'localhost';
    expect((await refresh(refresh_token, await key.proof('POST', url.href))).status).toBe(200);
  });

  it('that are wrong are refused for a session that is bound to no key, which goes on', async () => {
    const { refresh_token } = await oauth.signedIn();
    expect(codeOf(await refresh(refresh_token, 'x'))).toEqual([400, 'invalid_dpop_proof']);
    expect((await refresh(refresh_token, null)).status).toBe(200);
  });
});
