import { createHash } from 'node:crypto';
import type { Context } from 'koa';
import type { TokenPair } from '../commands/commands.js';
import type { HttpSettings } from './dependencies.js';
import { pathOfUrl } from './path-of-url.js';

/** Below our URL, and only where refresh tokens are asked for: no other request carries the cookie. */
const PATH = '/api/v1/auth';
const SUFFIX_CHARACTERS = 8;

/**
 * The name of an installation's refresh cookie. Cookies do not know ports, so two installations on one host would overwrite each
 * other's without the suffix. `openedIssuer` is the issuer with which the log was opened: it never changes.
 */
export function cookieName(openedIssuer: string): string {
  const suffix = createHash('sha256').update(openedIssuer).digest('base64url').slice(0, SUFFIX_CHARACTERS);
  return `__Secure-tokenledger-${suffix}`;
}

/**
 * The refresh token for browsers that shall not keep it where scripts can read it. Browsers take Secure cookies also from http on
 * a loopback address.
 */
export class RefreshCookie {
  readonly name: string;
  readonly #path: string;

  /** Browsers compare the cookie's path with that of the URL they ask (RFC 6265 §5.1.4), which a proxy may shorten for us. */
  constructor({ openedIssuer, url }: Pick<HttpSettings, 'openedIssuer' | 'url'>) {
    this.name = cookieName(openedIssuer);
    this.#path = pathOfUrl(url) + PATH;
  }

  /** The cookie lives as long as its token; without `remember`, as long as the browser. */
  set(ctx: Context, { refreshToken, refreshExpiresIn, remember }: TokenPair): void {
    this.#append(ctx, refreshToken, remember ? refreshExpiresIn : null);
  }

  clear(ctx: Context): void {
    this.#append(ctx, '', 0);
  }

  /**
   * The distinct values that a request carries under our name. There may be several: a cookie of another path or of a parent domain
   * has the same name, and nothing in the request distinguishes them. All are looked at, since the good one may be the last; the
   * size of a request's head bounds them.
   */
  values(ctx: Context): readonly string[] {
    const values = new Set<string>();
    for (const pair of (ctx.req.headers.cookie ?? '').split(';')) {
      const at = pair.indexOf('=');
      if (at < 0 || pair.slice(0, at).trim() !== this.name) continue;
      const value = pair
        .slice(at + 1)
        .trim()
        .replace(/^"(.*)"$/, '$1');
      if (value !== '') values.add(value);
    }
    return [...values];
  }

  #append(ctx: Context, value: string, maxAgeSeconds: number | null): void {
    const age = maxAgeSeconds === null ? '' : ` Max-Age=${maxAgeSeconds};`;
    ctx.append('Set-Cookie', `${this.name}=${value};${age} Path=${this.#path}; HttpOnly; Secure; SameSite=Strict`);
  }
}
