/**
 * The peer: oidc-provider with its rotating refresh grant, in memory, as its own adapter does it. The second argument names the
 * algorithm of its ID tokens: RS256, which is its default, or EdDSA, which is what tokenledger signs with.
 */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';
import { announce } from '../lib/lines.js';

const CLIENT_ID = 'bench';
const SCOPE = 'openid offline_access';

const ALGORITHM = process.argv[3];
const { privateKey } = await generateKeyPair(ALGORITHM, { crv: 'Ed25519', extractable: true });

const server = createServer().listen(0, '127.0.0.1', async () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT_ID,
        token_endpoint_auth_method: 'none',
        application_type: 'native',
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: ['http://127.0.0.1/callback'],
        id_token_signed_response_alg: ALGORITHM,
      },
    ],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: ALGORITHM, use: 'sig' }] },
    rotateRefreshToken: true,
    ttl: { RefreshToken: 604_800, AccessToken: 1_800, IdToken: 1_800, Grant: 604_800 },
    findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    features: { devInteractions: { enabled: false } },
    enabledJWA: { idTokenSigningAlgValues: [ALGORITHM] },
  });
  server.on('request', provider.callback());
  const client = await provider.Client.find(CLIENT_ID);
  const tokens = await Promise.all(Array.from({ length: Number(process.argv[2]) }, () => firstToken(provider, client)));
  const fields = { grant_type: 'refresh_token', client_id: CLIENT_ID };
  announce({ target: { origin: issuer, path: '/token', type: 'application/x-www-form-urlencoded', fields }, tokens });
});

/** A refresh token as a sign-in would have left it: the pages of a sign-in are not what is measured. */
async function firstToken(provider, client) {
  const accountId = randomUUID();
  const grant = new provider.Grant({ accountId, clientId: CLIENT_ID });
  grant.addOIDCScope(SCOPE);
  const grantId = await grant.save();
  const token = new provider.RefreshToken({
    client,
    accountId,
    grantId,
    gty: 'authorization_code',
    scope: SCOPE,
    authTime: Math.floor(Date.now() / 1000),
    rotations: 0,
  });
  return token.save();
}
