import cors from '@koa/cors';
import type { Context, Middleware, Next } from 'koa';
import { canonicalOrigin, CUSTOM_HEADER } from './origins.js';

const ALLOWED_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const ALLOWED_HEADERS = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-Log-Position',
  'DPoP',
  'Last-Event-ID',
  CUSTOM_HEADER,
];
const EXPOSED_HEADERS = ['Log-Position', 'Retry-After', 'X-Request-Id', 'RateLimit', 'RateLimit-Policy'];
/** What a client that makes DPoP proofs has to read (RFC 9449 §8 and §9): the nonce, why a proof was refused, the server's clock. */
const EXPOSED_WITH_PROOF = [...EXPOSED_HEADERS, 'DPoP-Nonce', 'WWW-Authenticate', 'Date'];
const PREFLIGHT_SECONDS = 600;
/** Public by nature: keys and metadata, which verifiers in browsers read too. */
const OPEN_TO_ALL = '/.well-known/';

/** Pages of registered OAuth clients may use these, without cookies. */
const OPEN_TO_CLIENTS = '/oauth2/';

/**
 * Lets pages of the allowed origins use the interface, with credentials (Fetch Standard, CORS protocol). Keys and metadata are open
 * to all, and the endpoints of OAuth to the pages of registered clients as well, without credentials.
 */
export function crossOrigin(allowedOrigins: readonly string[], clientOrigins: readonly string[] = []): Middleware {
  const allowed = new Set(allowedOrigins.map((url) => new URL(url).origin));
  const ofClients = new Set(clientOrigins);
  const forAll = cors({ origin: '*', allowMethods: ['GET', 'HEAD'], maxAge: PREFLIGHT_SECONDS, keepHeadersOnError: false });
  const isOf = (origins: ReadonlySet<string>, ctx: Context): boolean =>
    origins.has(canonicalOrigin(ctx.get('Origin')) ?? '');
  const isClients = (ctx: Context): boolean => ctx.path.startsWith(OPEN_TO_CLIENTS) && isOf(ofClients, ctx);
  const ofAllowed: cors.Options = {
    // The answer repeats the header: a browser compares it with its own spelling.
    origin: (ctx) => (isOf(allowed, ctx) || isClients(ctx) ? ctx.get('Origin') : ''),
    credentials: (ctx) => isOf(allowed, ctx),
    allowMethods: ALLOWED_METHODS,
    allowHeaders: ALLOWED_HEADERS,
    maxAge: PREFLIGHT_SECONDS,
    keepHeadersOnError: false,
  };
  const forAllowed = cors({ ...ofAllowed, exposeHeaders: EXPOSED_HEADERS });
  const withProof = cors({ ...ofAllowed, exposeHeaders: EXPOSED_WITH_PROOF });
  return (ctx: Context, next: Next) => {
    const isOpen = ctx.path.startsWith(OPEN_TO_ALL);
    if (!isOpen && ctx.get('Origin') === '') {
      // Not of this protocol. A cache still has to know that another origin may get another answer.
      ctx.res.setHeader('Vary', 'Origin');
      return next() as Promise<void>;
    }
    const chosen = ctx.get('DPoP') === '' ? forAllowed : withProof;
    return (isOpen ? forAll : chosen)(ctx, next) as Promise<void>;
  };
}
