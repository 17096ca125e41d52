import type { Context } from 'koa';
import type { Bearer } from '../../security/bearer.js';
import type { HttpServices } from '../dependencies.js';
import { dpopUnauthorized } from '../dpop.js';
import { authenticatedClient, clientOrBearerMissing, invalidClient } from '../oauth-client.js';
import { BEARER_CHALLENGE, Problem } from '../problem.js';
import type { ProblemCode } from '../problem-codes.js';
import type { Who } from './route.js';

/** RFC 6750 §2.1 and RFC 9449 §7.1. */
const ACCESS_TOKEN = /^(Bearer|DPoP) +([\w~+/.=-]+) *$/i;
const CODES = { invalid: 'token_invalid', expired: 'token_expired', revoked: 'token_revoked' } as const;

/** What is asked to find out who sent a request. */
export type Authenticators = Pick<HttpServices, 'queries' | 'clients' | 'dpop' | 'limits' | 'metrics' | 'securityLog'>;

/** The Bearer token of a request (RFC 6750 §2.1), not checked; null if there is none. */
export function bearerToken(ctx: Context): string | null {
  return /^Bearer +([\w~+/.=-]+) *$/i.exec(ctx.get('Authorization'))?.[1] ?? null;
}

/** The access token of a request, whatever its scheme, not checked; null if there is none. */
export function presentedAccessToken(ctx: Context): string | null {
  return ACCESS_TOKEN.exec(ctx.get('Authorization'))?.[2] ?? null;
}

/** Lets in whom the route is for, unless that is anyone. Null for a request of a client. Throws `Problem` 401 or 403. */
export async function admit(
  ctx: Context,
  who: Exclude<Who, 'anyone'>,
  authenticators: Authenticators,
): Promise<Bearer | null> {
  if (typeof who === 'object' && 'client' in who) {
    const clientId = await authenticatedClient(ctx, authenticators);
    if (clientId === null) {
      if (presentedAccessToken(ctx) === null) throw clientOrBearerMissing();
      return withRole(await bearerOf(ctx, authenticators), who.orRole);
    }
    if (authenticators.clients.hasRole(clientId, who.orRole)) return null;
    throw authenticators.clients.hasSecret(clientId) ? new Problem('forbidden') : invalidClient();
  }
  const bearer = await bearerOf(ctx, authenticators);
  return who === 'bearer' ? bearer : withRole(bearer, who.role);
}

/** 401 for a Bearer token that was good once, or never. */
export function unauthorized(code: ProblemCode): Problem {
  return new Problem(code, { headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' } });
}

async function bearerOf(ctx: Context, { queries, dpop }: Authenticators): Promise<Bearer> {
  const [, scheme = '', token] = ACCESS_TOKEN.exec(ctx.get('Authorization')) ?? [];
  // RFC 6750 §3.1: the challenge for a request without a token names no error.
  if (token === undefined)
    throw new Problem('token_invalid', {
      detail: 'Send a Bearer token.',
      headers: { 'WWW-Authenticate': BEARER_CHALLENGE },
    });
  const withProof = scheme.toLowerCase() === 'dpop';
  const authentication = await queries.authenticate(token);
  if (authentication.outcome !== 'authenticated')
    throw (withProof ? dpopUnauthorized : unauthorized)(CODES[authentication.outcome]);
  if (withProof || authentication.jkt !== null) await dpop.checkBound(ctx, { token, withProof, jkt: authentication.jkt });
  return authentication;
}

function withRole(bearer: Bearer, role: string): Bearer {
  if (bearer.roles.includes(role)) return bearer;
  throw new Problem('forbidden', { headers: { 'WWW-Authenticate': 'Bearer error="insufficient_scope"' } });
}
