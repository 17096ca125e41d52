import type { Context } from 'koa';
import type { TokenPair } from '../commands/commands.js';
import { Problem } from './problem.js';

const NAME = 'tokenledger_refresh';
/** Only where refresh tokens are asked for: no other request carries it. */
const PATH = '/api/v1/auth';
/** A header that no form and no foreign page can send without being asked first (OWASP CSRF Prevention Cheat Sheet). */
const CUSTOM_HEADER = 'X-Requested-With';

/**
 * The refresh token for those who will not have it where scripts can read it: an HttpOnly cookie. Secure cookies also work on
 * http://localhost, which browsers trust.
 */
export function setRefreshCookie(ctx: Context, { refreshToken, refreshExpiresIn }: TokenPair): void {
  ctx.append('Set-Cookie', cookie(refreshToken, refreshExpiresIn));
}

export function clearRefreshCookie(ctx: Context): void {
  ctx.append('Set-Cookie', cookie('', 0));
}

/**
 * The refresh token in the request's cookie; null if there is none. A page of another origin must not be able to use it: throws
 * `Problem` 403 unless the request is from a page of this server.
 */
export function refreshTokenOfCookie(ctx: Context, issuer: string): string | null {
  const token = ctx.cookies.get(NAME);
  if (token === undefined || token === '') return null;
  // SameSite=Strict keeps other sites out; the origin keeps out other ports and subdomains, which are the same site.
  if (!isOwnOrigin(ctx, issuer) || ctx.get(CUSTOM_HEADER) === '') {
    throw new Problem('origin_refused', { detail: `Send the page's Origin and ${CUSTOM_HEADER} along with the cookie.` });
  }
  return token;
}

/**
 * Before a cookie is handed out: throws `Problem` 403 if a page of another origin asks. Otherwise its form could sign a browser in as
 * somebody else (login CSRF): browsers accept cookies with such an answer, SameSite or not. What sends no Origin is no browser.
 */
export function checkOriginOfSignIn(ctx: Context, issuer: string): void {
  if (ctx.get('Origin') !== '' && !isOwnOrigin(ctx, issuer)) {
    throw new Problem('origin_refused', { detail: 'The cookie is for pages of this server only.' });
  }
}

function isOwnOrigin(ctx: Context, issuer: string): boolean {
  return [`${ctx.protocol}://${ctx.host}`, new URL(issuer).origin].includes(ctx.get('Origin'));
}

function cookie(value: string, maxAgeSeconds: number): string {
  return `${NAME}=${value}; Max-Age=${maxAgeSeconds}; Path=${PATH}; HttpOnly; Secure; SameSite=Strict`;
}
