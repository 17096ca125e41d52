import { z } from 'zod';
import type { ActiveToken } from '../../queries/introspect.js';
import { CLIENT_ID } from '../../security/oauth-clients.js';
import type { HttpServices } from '../dependencies.js';
import { clientOf } from '../oauth-client.js';
import { Problem } from '../problem.js';
import { answerPosition, idempotencyKeyOf, refreshOne, tokensOf } from '../refreshing.js';
import { defineRoute, type Route } from '../routing/route.js';
import { IntrospectionView, OAuthTokenView } from '../views.js';

const ClientMembers = {
  client_id: z.string().regex(CLIENT_ID).optional(),
  client_secret: z.string().optional().describe('Refused: a client with a secret authenticates by HTTP Basic.'),
};

/** The scope of every token: all that its session may do. The grammar of RFC 6749 §3.3 has no word for none. */
const ONLY_SCOPE = 'session';

/** The endpoints of OAuth 2.0. */
export const oauthRoutes: readonly Route<HttpServices>[] = [
  defineRoute({
    method: 'POST',
    path: '/oauth2/token',
    summary: 'Token endpoint',
    description:
      'Exchanges a refresh token for the next pair (RFC 6749 §6). A session belongs to the first `client_id` that refreshes it here. A ' +
      'client with a secret authenticates by `client_secret_basic`.',
    tag: 'oauth',
    input: {
      form: z.object({
        grant_type: z.string().describe('`refresh_token`'),
        refresh_token: z.string().optional(),
        scope: z
          .string()
          .optional()
          .describe('Refuses nothing: the one scope there is, `session`, is granted and answered.'),
        ...ClientMembers,
      }),
      headers: z.object({ 'idempotency-key': z.string().optional().describe('At most 255 characters, bare or quoted.') }),
    },
    outputs: { 200: OAuthTokenView },
    problems: [
      'validation_failed',
      'unsupported_grant_type',
      'invalid_dpop_proof',
      'use_dpop_nonce',
      'token_invalid',
      'invalid_client',
      'too_many_requests',
    ],
    errorFormat: 'oauth',
    who: 'anyone',
    handler: async ({ ctx, body, headers, source }, services: HttpServices) => {
      // RFC 6749 §5.1, for caches of HTTP/1.0; `Cache-Control` is in every answer.
      ctx.set('Pragma', 'no-cache');
      if (body.grant_type !== 'refresh_token') throw new Problem('unsupported_grant_type');
      const refreshToken = body.refresh_token;
      if (refreshToken === undefined) throw new Problem('validation_failed', { detail: 'Send the refresh_token.' });
      const idempotencyKey = idempotencyKeyOf(ctx, headers['idempotency-key']);
      const clientId = await clientOf(ctx, body, services);
      const jkt = await services.dpop.provenKey(ctx);
      const refresh = await refreshOne(
        ctx,
        { presented: { refreshToken, idempotencyKey, jkt, clientId }, source },
        services,
      );
      answerPosition(ctx, refresh, services);
      const tokens = tokensOf(refresh, services);
      const view: z.input<typeof OAuthTokenView> = {
        access_token: tokens.accessToken,
        token_type: tokens.bound ? 'DPoP' : 'bearer',
        expires_in: tokens.expiresIn,
        refresh_token: tokens.refreshToken,
        // RFC 6749 §3.3: who asks for other scopes learns what is granted. A parameter without a value counts as none (§3.2).
        ...(body.scope ? { scope: ONLY_SCOPE } : {}),
      };
      return { status: 200, body: view };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/oauth2/revoke',
    summary: 'Revocation endpoint',
    description:
      'Ends the session of a refresh token or of an access token (RFC 7009). The answer is the same for a token that is not known, or ' +
      'whose session has ended. A session that a client has adopted at the token endpoint is ended by that client alone: to others the ' +
      'answer is `invalid_grant`.',
    tag: 'oauth',
    input: { form: z.object({ token: z.string(), token_type_hint: z.string().optional(), ...ClientMembers }) },
    outputs: { 200: 'empty' },
    problems: ['validation_failed', 'token_invalid', 'invalid_client', 'too_many_requests'],
    errorFormat: 'oauth',
    who: 'anyone',
    handler: async ({ ctx, body, source }, services: HttpServices) => {
      const clientId = await clientOf(ctx, body, services);
      const revocation = await services.commands.revokeToken({ token: body.token, clientId }, source);
      // RFC 7009 §2.1 refuses it; RFC 6749 §5.2 calls what "was issued to another client" an `invalid_grant`.
      if (revocation.outcome === 'another_client')
        throw new Problem('token_invalid', { detail: 'The session belongs to another client.' });
      if (revocation.outcome === 'revoked') services.metrics.ended('logout');
      return revocation.outcome === 'invalid' ? { status: 200 } : { status: 200, position: revocation };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/oauth2/introspect',
    summary: 'Introspection endpoint',
    description:
      'What a token is now, by the log (RFC 7662): for clients with a secret that are resource servers, and for Bearers with the role ' +
      '`resource_server`.',
    tag: 'oauth',
    input: { form: z.object({ token: z.string(), token_type_hint: z.string().optional() }) },
    outputs: { 200: IntrospectionView },
    problems: ['validation_failed', 'token_invalid', 'invalid_client', 'forbidden', 'too_many_requests'],
    errorFormat: 'oauth',
    who: { client: true, orRole: 'resource_server' },
    handler: async ({ body }, { queries, settings }: HttpServices) => {
      const token = await queries.introspect(body.token);
      return { status: 200, body: token.active ? introspectionView(token, settings.issuer) : { active: false } };
    },
  }),
];

function introspectionView(token: ActiveToken, issuer: string): z.input<typeof IntrospectionView> {
  return {
    active: true,
    iss: token.issuer ?? issuer,
    sub: token.userId,
    client_id: token.clientId,
    jti: token.jti,
    iat: Math.floor(token.tokenIssuedAt / 1000),
    exp: Math.floor(token.expiresAt / 1000),
    ...(token.kind === 'access' ? { token_type: token.jkt === null ? 'Bearer' : 'DPoP' } : {}),
    sid: token.sid,
    device_id: token.deviceId,
    roles: token.roles,
    auth_time: Math.floor(token.authTime / 1000),
    ...(token.jkt === null ? {} : { cnf: { jkt: token.jkt } }),
  };
}
