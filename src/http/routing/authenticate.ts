import type { Context } from 'koa';
import type { Bearer } from '../../security/bearer.js';
import type { HttpDependencies, TokenAuthentication } from '../dependencies.js';
import { limitedAttempt } from '../limiting.js';
import { Problem } from '../problem.js';
import type { ProblemCode } from '../problem-codes.js';
import type { Who } from './route.js';

const CODES = { invalid: 'token_invalid', expired: 'token_expired', revoked: 'token_revoked' } as const;

/** What is asked to find out who sent a request. */
export type Authenticators = Pick<HttpDependencies, 'queries' | 'clients' | 'limits' | 'metrics' | 'securityLog'>;

/** The Bearer token of a request (RFC 6750 §2.1), not checked; null if there is none. */
export function bearerToken(ctx: Context): string | null {
  return /^Bearer +([\w~+/.=-]+) *$/i.exec(ctx.get('Authorization'))?.[1] ?? null;
}

/** Lets in whom the route is for. Null for a request of anybody or of a client. Throws `Problem` 401 or 403. */
export async function admit(ctx: Context, who: Who, authenticators: Authenticators): Promise<Bearer | null> {
  if (who === 'anyone') return null;
  if (typeof who === 'object' && 'client' in who) {
    if (/^Basic /i.test(ctx.get('Authorization'))) return admitClient(ctx, authenticators);
    return withRole(await bearerOf(ctx, authenticators.queries), who.orRole);
  }
  const bearer = await bearerOf(ctx, authenticators.queries);
  return who === 'bearer' ? bearer : withRole(bearer, who.role);
}

/** 401 for a Bearer token that was good once, or never. */
export function unauthorized(code: ProblemCode): Problem {
  return new Problem(code, { headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' } });
}

async function bearerOf(ctx: Context, queries: TokenAuthentication): Promise<Bearer> {
  const token = bearerToken(ctx);
  // RFC 6750 §3.1: the challenge for a request without a token names no error.
  if (token === null)
    throw new Problem('token_invalid', { detail: 'Send a Bearer token.', headers: { 'WWW-Authenticate': 'Bearer' } });
  const authentication = await queries.authenticate(token);
  if (authentication.outcome !== 'authenticated') throw unauthorized(CODES[authentication.outcome]);
  return authentication;
}

function withRole(bearer: Bearer, role: string): Bearer {
  if (bearer.roles.includes(role)) return bearer;
  throw new Problem('forbidden', { headers: { 'WWW-Authenticate': 'Bearer error="insufficient_scope"' } });
}

/** `client_secret_basic` (RFC 6749 §2.3.1): id and secret are form-encoded before they are joined. */
async function admitClient(ctx: Context, authenticators: Authenticators): Promise<null> {
  const [, id = '', secret = ''] = /^([^:]*):(.*)$/s.exec(basicCredentials(ctx)) ?? [];
  const clientId = formDecoded(id);
  const { outcome } = await limitedAttempt(ctx, { clientId }, authenticators, async () => {
    const isKnown = await authenticators.clients?.authenticate(clientId, formDecoded(secret));
    return { outcome: isKnown === true ? 'known' : 'invalid_credentials' };
  });
  if (outcome === 'known') return null;
  throw new Problem('invalid_client', { headers: { 'WWW-Authenticate': 'Basic realm="tokenledger"' } });
}

function basicCredentials(ctx: Context): string {
  return Buffer.from(ctx.get('Authorization').slice('Basic '.length), 'base64').toString();
}

function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
