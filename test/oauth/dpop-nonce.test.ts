/** Proofs that need a nonce of the server (`DPOP_NONCE=required`), over the real application and with clients as their users have them. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as oauth4webapi from 'oauth4webapi';
import * as openid from 'openid-client';
import type { Answer, Pair } from '../support/api-client.js';
import { dpopKey, type DpopKey } from '../support/dpop-key.js';
import { ISSUER, startOAuthApp, type OAuthApp } from '../support/oauth-app.js';
import { freshCredentials, startApp } from '../support/running-app.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const API = '/api/v1/auth';
const PAGE = 'https://app.example.org';
const env = { DPOP_NONCE: 'required', ALLOWED_ORIGINS: PAGE };
let oauth: OAuthApp;
let key: DpopKey;
beforeAll(async () => {
  [oauth, key] = [await startOAuthApp({ env }), await dpopKey()];
});
afterAll(() => oauth.close());

const nonceOf = ({ headers }: Answer<unknown>): string | null => headers.get('dpop-nonce');
const proofOf = (path: string, nonce: string | null): Promise<string> =>
  key.proof('POST', ISSUER + path, { claims: { nonce } });

/** What a path answers to a body with a proof that has that nonce. */
async function post(path: string, body: object, nonce: string | null): Promise<Answer<Pair & { code?: string }>> {
  return oauth.app.api.post(path, body, { dpop: await proofOf(`${API}/${path}`, nonce), origin: PAGE });
}

describe('a server that wants nonces', () => {
  it('says so at sign-in, before the password is looked at, and takes the nonce that it gave', async () => {
    const credentials = freshCredentials();
    await oauth.app.api.register(credentials);
    const refused = await post('login', { ...credentials, password: 'not the password' }, null);
    expect([refused.status, refused.body.code]).toEqual([400, 'use_dpop_nonce']);
    expect(refused.headers.get('access-control-expose-headers')?.split(',')).toEqual(
      expect.arrayContaining(['DPoP-Nonce', 'WWW-Authenticate', 'Date']),
    );
    const taken = await post('login', credentials, nonceOf(refused));
    expect(taken.status).toBe(200);
    expect(nonceOf(taken)).toMatch(/^[\w-]{22}$/);

    const again = await post('refresh', { refresh_token: taken.body.refresh_token }, 'an old one');
    expect([again.status, again.body.code, nonceOf(again)]).toEqual([400, 'use_dpop_nonce', expect.any(String)]);
    // It hurt nobody.
    expect((await post('refresh', { refresh_token: taken.body.refresh_token }, nonceOf(again))).status).toBe(200);
  });

  it('says so by a challenge where an access token is presented', async () => {
    const { nonce, pair } = await bound();
    const url = `${ISSUER}${API}/me`;
    const ask = async (nonceSent: string | null): Promise<Answer<{ code?: string }>> => {
      const ath = createHash('sha256').update(pair.access_token).digest('base64url');
      const dpop = await key.proof('GET', url, { claims: { ath, nonce: nonceSent } });
      return oauth.app.api.request(`${API}/me`, { headers: { authorization: `DPoP ${pair.access_token}`, dpop } });
    };
    const refused = await ask(null);
    expect([refused.status, refused.body.code]).toEqual([401, 'token_invalid']);
    expect(refused.headers.get('www-authenticate')).toMatch(/^DPoP error="use_dpop_nonce", algs="ES256 /);
    expect(nonceOf(refused)).toMatch(/^[\w-]{22}$/);
    const taken = await ask(nonce);
    expect([taken.status, nonceOf(taken)]).toEqual([200, expect.stringMatching(/^[\w-]{22}$/)]);
  });

  it('says so as OAuth does at /oauth2/token', async () => {
    const { refresh_token } = await oauth.signedIn();
    const form = { grant_type: 'refresh_token', refresh_token };
    const refused = await oauth.form('token', form, { dpop: await proofOf('/oauth2/token', null) });
    expect([refused.status, refused.body.error, nonceOf(refused)]).toEqual([400, 'use_dpop_nonce', expect.any(String)]);
    const taken = await oauth.form('token', form, { dpop: await proofOf('/oauth2/token', nonceOf(refused)) });
    expect([taken.status, taken.body.token_type]).toEqual([200, 'DPoP']);
  });

  it('wants none of clients without a key, and still no proof but a good one', async () => {
    const pair = await oauth.signedIn();
    const refreshed = await oauth.app.api.post<Pair>('refresh', { refresh_token: pair.refresh_token });
    expect([refreshed.status, nonceOf(refreshed)]).toEqual([200, null]);
    const wrong = await oauth.app.api.post<{ code?: string }>('refresh', pair, { dpop: 'no.proof.at-all' });
    expect([wrong.status, wrong.body.code]).toEqual([400, 'invalid_dpop_proof']);
  });

  it('takes after a restart the nonce that it gave before', async () => {
    const folder = temporaryFolder();
    const credentials = freshCredentials();
    try {
      const login = async (nonce: string | null): Promise<Answer> => {
        const app = await startApp({ folder: folder.path, env: { ...env, ISSUER } });
        try {
          await app.api.register(credentials);
          return await app.api.post('login', credentials, { dpop: await proofOf(`${API}/login`, nonce) });
        } finally {
          await app.close();
        }
      };
      const refused = await login(null);
      expect(refused.status).toBe(400);
      expect((await login(nonceOf(refused))).status).toBe(200);
    } finally {
      folder.remove();
    }
  });
});

/** A session that is bound to the key, and a nonce that is good. */
async function bound(): Promise<{ readonly nonce: string | null; readonly pair: Pair }> {
  const { refresh_token } = await oauth.signedIn();
  const nonce = nonceOf(await post('refresh', { refresh_token }, null));
  return { nonce, pair: (await post('refresh', { refresh_token }, nonce)).body };
}

describe('where no nonce is wanted', () => {
  it('none is given, and one that is sent does no harm', async () => {
    const app = await startOAuthApp();
    try {
      const { refresh_token } = await app.signedIn();
      const dpop = await proofOf(`${API}/refresh`, 'of another server');
      const answer = await app.app.api.post<Pair>('refresh', { refresh_token }, { dpop });
      expect([answer.status, nonceOf(answer)]).toEqual([200, null]);
    } finally {
      await app.close();
    }
  });
});

describe('clients as they are', () => {
  it('oauth4webapi refreshes and asks for a resource with the nonces it is given', async () => {
    const customFetch = { [oauth4webapi.customFetch]: oauth.fetch };
    const issuer = new URL(ISSUER);
    const discovery = await oauth4webapi.discoveryRequest(issuer, { algorithm: 'oauth2', ...customFetch });
    const as = await oauth4webapi.processDiscoveryResponse(issuer, discovery);
    const client: oauth4webapi.Client = { client_id: 'a-native-app' };
    const DPoP = oauth4webapi.DPoP(client, await oauth4webapi.generateKeyPair('ES256'));
    const { refresh_token } = await oauth.signedIn();
    const options = { DPoP, ...customFetch };
    const refresh = async (): Promise<oauth4webapi.TokenEndpointResponse> =>
      oauth4webapi.processRefreshTokenResponse(
        as,
        client,
        await oauth4webapi.refreshTokenGrantRequest(as, client, oauth4webapi.None(), refresh_token, options),
      );
    const refusal: unknown = await refresh().catch((error: unknown) => error);
    expect(oauth4webapi.isDPoPNonceError(refusal)).toBe(true);
    const { access_token, token_type } = await refresh();
    expect(token_type).toBe('dpop');
    const me = new URL(`${ISSUER}${API}/me`);
    const ask = (): Promise<Response> =>
      oauth4webapi.protectedResourceRequest(access_token, 'GET', me, undefined, undefined, options);
    // It keeps nonces by origin: the one of the token endpoint is good here too.
    expect((await ask()).status).toBe(200);
  });

  it('openid-client does all of that by itself', async () => {
    const config = await openid.discovery(new URL(ISSUER), 'a-native-app', undefined, openid.None(), {
      algorithm: 'oauth2',
      [openid.customFetch]: oauth.fetch,
    });
    const { refresh_token } = await oauth.signedIn();
    const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'));
    const tokens = await openid.refreshTokenGrant(config, refresh_token, undefined, { DPoP });
    expect(tokens.token_type).toBe('dpop');
    const fresh = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'));
    const foreign = openid.refreshTokenGrant(config, String(tokens.refresh_token), undefined, { DPoP: fresh });
    await expect(foreign).rejects.toMatchObject({ error: 'invalid_grant' });
  });
});
