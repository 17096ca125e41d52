import { isIP } from 'node:net';
import type { Context } from 'koa';
import { Problem } from './problem.js';

/** Scripts can set this header, forms cannot, and pages of other origins only after a preflight (OWASP CSRF Prevention Cheat Sheet). */
export const CUSTOM_HEADER = 'X-Requested-With';
export const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '[::1]'];

export interface OriginSettings {
  /** The issuer of tokens, an http or https URL: pages of its origin may use the refresh cookie. */
  readonly issuer: string;
  /** Other origins whose pages may. */
  readonly allowedOrigins: readonly string[];
  /** The address that the server listens on. */
  readonly host: string;
}

/**
 * Which pages may use the refresh cookie: those of the issuer and of the allowed origins, and on a loopback host those of that
 * host's names at our port. Nothing a client sends about the server (`Host`, `X-Forwarded-Host`) has a part in it.
 */
export class Origins {
  readonly #known: ReadonlySet<string>;
  readonly #isLoopback: boolean;

  constructor({ issuer, allowedOrigins, host }: OriginSettings) {
    this.#known = new Set([issuer, ...allowedOrigins].map((url) => new URL(url).origin));
    this.#isLoopback = isLoopbackHost(host);
  }

  /**
   * Before a cookie is used: throws `Problem` 403 unless a page that may has sent the request. SameSite=Strict keeps other sites
   * out; this keeps out other ports and subdomains, which are the same site.
   */
  checkUse(ctx: Context): void {
    if (!this.#isFromAllowedPage(ctx) || ctx.get(CUSTOM_HEADER) === '')
      throw new Problem('origin_refused', {
        detail: `Send the page's Origin and ${CUSTOM_HEADER} along with the cookie.`,
      });
  }

  /**
   * Before a cookie is handed out: throws `Problem` 403 if another page asks. Otherwise that page could sign a browser in as
   * somebody else (login CSRF): browsers accept cookies with that answer, SameSite or not.
   */
  checkHandOut(ctx: Context): void {
    // A program that is no browser sends neither of the two.
    const isPage = ctx.get('Origin') !== '' || !['', 'none'].includes(ctx.get('Sec-Fetch-Site'));
    if (isPage && !this.#isFromAllowedPage(ctx))
      throw new Problem('origin_refused', { detail: 'The cookie is only for pages of allowed origins.' });
  }

  #isFromAllowedPage(ctx: Context): boolean {
    // The browser itself says so, and no page can change it (W3C Fetch Metadata).
    if (ctx.get('Sec-Fetch-Site') === 'same-origin') return true;
    const origin = canonicalOrigin(ctx.get('Origin'));
    return origin !== null && (this.#known.has(origin) || (this.#isLoopback && isOwnLoopback(origin, ctx)));
  }
}

/** An `Origin` header as `URL.origin` writes it; null if it is none, or `null` itself. */
export function canonicalOrigin(header: string): string | null {
  if (!URL.canParse(header)) return null;
  const { origin, href } = new URL(header);
  // An origin has no path, query or user: what has one is no Origin header of a browser.
  return href === `${origin}/` ? origin : null;
}

/** The port is the one that the connection reached, not the one that the request names. */
function isOwnLoopback(origin: string, { req }: Context): boolean {
  return LOOPBACK_NAMES.some((name) => origin === new URL(`http://${name}:${String(req.socket.localPort)}`).origin);
}

/** Whether an address to listen on is one of this machine alone. */
export function isLoopbackHost(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
}
