import type { Context } from 'koa';
import type { RefreshTokenClaims } from '../domain/token-family/snapshot.js';
import type { Origins } from './origins.js';
import { Problem } from './problem.js';
import type { RefreshCookie } from './refresh-cookie.js';

/** The refresh tokens that a request presents. */
export interface PresentedTokens {
  /** One of the body; or those of the cookie, the most promising first, at most one a family. */
  readonly tokens: readonly [string, ...string[]];
  readonly inCookie: boolean;
}

export interface TokenReaders {
  readonly cookie: RefreshCookie;
  readonly origins: Origins;
  /** The claims of a genuine refresh token, whether or not its family still lives; null if it is none of ours. */
  readonly genuineToken: (token: string) => RefreshTokenClaims | null;
}

/**
 * The refresh token of the body or, without one there, those of the cookie. Throws `Problem` 422 if there is none at all, and 403
 * if the cookie comes from a page that may not use it.
 */
export function presentedTokens(ctx: Context, inBody: string | null, readers: TokenReaders): PresentedTokens {
  if (inBody !== null) return { tokens: [inBody], inCookie: false };
  const [first, ...others] = readers.cookie.values(ctx);
  if (first === undefined)
    throw new Problem('validation_failed', { errors: [{ path: 'refresh_token', message: 'is required' }] });
  readers.origins.checkUse(ctx);
  if (others.length === 0) return { tokens: [first], inCookie: true };
  const [best = first, ...rest] = newestOfFamilies([first, ...others], readers.genuineToken);
  return { tokens: [best, ...rest], inCookie: true };
}

/**
 * Of several cookies the genuine ones, and of one family only its newest generation: presenting an older one that was left over
 * would count as theft and end the family. The token issued last comes first.
 */
function newestOfFamilies(values: readonly string[], genuineToken: TokenReaders['genuineToken']): readonly string[] {
  const newest = new Map<string, { readonly token: string; readonly claims: RefreshTokenClaims }>();
  for (const token of values) {
    const claims = genuineToken(token);
    if (claims === null) continue;
    const known = newest.get(claims.family.sid);
    if (known === undefined || known.claims.family.generation < claims.family.generation)
      newest.set(claims.family.sid, { token, claims });
  }
  return [...newest.values()]
    .sort((one, other) => tokenIssuedAt(other.claims) - tokenIssuedAt(one.claims))
    .map(({ token }) => token);
}

function tokenIssuedAt({ family }: RefreshTokenClaims): number {
  return family.token.tokenIssuedAt;
}
