/** Clients as their users have them: oauth4webapi and openid-client. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as oauth4webapi from 'oauth4webapi';
import { decodeJwt } from 'jose';
import * as openid from 'openid-client';
import { ISSUER, SECRET, startOAuthApp, type OAuthApp } from '../support/oauth-app.js';

let oauth: OAuthApp;
beforeAll(async () => {
  oauth = await startOAuthApp();
});
afterAll(() => oauth.close());

describe('oauth4webapi', () => {
  const withFetch = (): { [oauth4webapi.customFetch]: OAuthApp['fetch'] } => ({ [oauth4webapi.customFetch]: oauth.fetch });

  async function server(): Promise<oauth4webapi.AuthorizationServer> {
    const issuer = new URL(ISSUER);
    const response = await oauth4webapi.discoveryRequest(issuer, { algorithm: 'oauth2', ...withFetch() });
    return oauth4webapi.processDiscoveryResponse(issuer, response);
  }

  it.each([
    ['a public client', { client_id: 'a-native-app' }, oauth4webapi.None()],
    ['a client with a secret', { client_id: 'shop' }, oauth4webapi.ClientSecretBasic(SECRET)],
  ])('refreshes and revokes as %s', async (_, client, authentication) => {
    const as = await server();
    const { refresh_token } = await oauth.signedIn();
    const response = await oauth4webapi.refreshTokenGrantRequest(as, client, authentication, refresh_token, withFetch());
    const tokens = await oauth4webapi.processRefreshTokenResponse(as, client, response);
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 1_800, refresh_token: expect.any(String) });
    const revoked = await oauth4webapi.revocationRequest(as, client, authentication, tokens.access_token, withFetch());
    await oauth4webapi.processRevocationResponse(revoked);
    const again = await oauth4webapi.refreshTokenGrantRequest(as, client, authentication, refresh_token, withFetch());
    await expect(oauth4webapi.processRefreshTokenResponse(as, client, again)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('introspects, and validates an access token as RFC 9068 says', async () => {
    const as = await server();
    const { access_token } = await oauth.signedIn();
    const client = { client_id: 'gateway' };
    const authentication = oauth4webapi.ClientSecretBasic(SECRET);
    const response = await oauth4webapi.introspectionRequest(as, client, authentication, access_token, withFetch());
    expect(await oauth4webapi.processIntrospectionResponse(as, client, response)).toMatchObject({ active: true });
    const request = new Request('https://api.example.com/', { headers: { authorization: `Bearer ${access_token}` } });
    const claims = await oauth4webapi.validateJwtAccessToken(as, request, 'tokenledger', withFetch());
    expect(claims).toMatchObject({ iss: ISSUER, client_id: 'tokenledger' });
  });

  it('binds a session to a key (DPoP), and uses it', async () => {
    const as = await server();
    const client: oauth4webapi.Client = { client_id: 'a-native-app' };
    const DPoP = oauth4webapi.DPoP(client, await oauth4webapi.generateKeyPair('ES256'));
    const { refresh_token } = await oauth.signedIn();
    const options = { DPoP, ...withFetch() };
    const refreshed = async (token: string): Promise<oauth4webapi.TokenEndpointResponse> => {
      const response = await oauth4webapi.refreshTokenGrantRequest(as, client, oauth4webapi.None(), token, options);
      return oauth4webapi.processRefreshTokenResponse(as, client, response);
    };
    const bound = await refreshed(refresh_token);
    expect(bound.token_type).toBe('dpop');
    const me = new URL(`${ISSUER}/api/v1/auth/me`);
    const resource = await oauth4webapi.protectedResourceRequest(
      bound.access_token,
      'GET',
      me,
      undefined,
      undefined,
      options,
    );
    expect(resource.status).toBe(200);
    expect((await refreshed(String(bound.refresh_token))).token_type).toBe('dpop');
  });
});

describe('openid-client', () => {
  const options = (): openid.DiscoveryRequestOptions => ({ algorithm: 'oauth2', [openid.customFetch]: oauth.fetch });

  it('discovers, refreshes and revokes as a public client', async () => {
    const config = await openid.discovery(new URL(ISSUER), 'a-native-app', undefined, openid.None(), options());
    const { refresh_token } = await oauth.signedIn();
    const tokens = await openid.refreshTokenGrant(config, refresh_token, { scope: 'openid offline_access' });
    expect(tokens).toMatchObject({ token_type: 'bearer', scope: 'session' });
    expect(decodeJwt(tokens.access_token).client_id).toBe('a-native-app');
    await openid.tokenRevocation(config, tokens.access_token);
    const again = openid.refreshTokenGrant(config, String(tokens.refresh_token));
    await expect(again).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('binds a session to a key (DPoP), and uses it', async () => {
    const config = await openid.discovery(new URL(ISSUER), 'a-native-app', undefined, openid.None(), options());
    const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'));
    const { refresh_token } = await oauth.signedIn();
    const bound = await openid.refreshTokenGrant(config, refresh_token, undefined, { DPoP });
    expect(bound.token_type).toBe('dpop');
    const me = new URL(`${ISSUER}/api/v1/auth/me`);
    const answer = await openid.fetchProtectedResource(config, bound.access_token, me, 'GET', null, undefined, { DPoP });
    expect(answer.status).toBe(200);
    const next = String(bound.refresh_token);
    await expect(openid.refreshTokenGrant(config, next)).rejects.toMatchObject({ error: 'invalid_dpop_proof' });
    expect((await openid.refreshTokenGrant(config, next, undefined, { DPoP })).token_type).toBe('dpop');
  });

  it('discovers, refreshes, introspects and revokes as a client with a secret', async () => {
    const authentication = openid.ClientSecretBasic(SECRET);
    const config = await openid.discovery(new URL(ISSUER), 'gateway', undefined, authentication, options());
    const { refresh_token } = await oauth.signedIn();
    const tokens = await openid.refreshTokenGrant(config, refresh_token);
    expect(tokens.expiresIn()).toBeGreaterThan(1_790);
    expect(await openid.tokenIntrospection(config, tokens.access_token)).toMatchObject({
      active: true,
      client_id: 'gateway',
    });
    await openid.tokenRevocation(config, String(tokens.refresh_token));
    expect(await openid.tokenIntrospection(config, tokens.access_token)).toEqual({ active: false });
  });
});

describe('an issuer with a path', () => {
  const PATH_ISSUER = 'https://example.com/auth/eu';
  let behindProxy: OAuthApp;
  beforeAll(async () => {
    behindProxy = await startOAuthApp({ env: { ISSUER: PATH_ISSUER } });
  });
  afterAll(() => behindProxy.close());

  it('is discovered where RFC 8414 §3.1 puts its metadata, and where they are without a path', async () => {
    // What a proxy does: the well-known address goes on as it is, what is below the issuer without its path.
    const proxied = (url: string, init: object): Promise<Response> =>
      fetch(url.replace(PATH_ISSUER, behindProxy.app.url).replace('https://example.com', behindProxy.app.url), init);
    const asked: string[] = [];
    const issuer = new URL(PATH_ISSUER);
    const response = await oauth4webapi.discoveryRequest(issuer, {
      algorithm: 'oauth2',
      [oauth4webapi.customFetch]: (url: string, init: object) => {
        asked.push(url);
        return proxied(url, init);
      },
    });
    expect(asked).toEqual(['https://example.com/.well-known/oauth-authorization-server/auth/eu']);
    expect(response.headers.get('cache-control')).toBe('public, max-age=300');
    const as = await oauth4webapi.processDiscoveryResponse(issuer, response);
    expect(as.token_endpoint).toBe(`${PATH_ISSUER}/oauth2/token`);
    const here = await proxied(`${PATH_ISSUER}/.well-known/oauth-authorization-server`, {});
    expect(await here.json()).toEqual(as);
    for (const path of ['/auth', '/auth/eu/', '/other'])
      expect((await proxied(`https://example.com/.well-known/oauth-authorization-server${path}`, {})).status).toBe(404);
  });
});
