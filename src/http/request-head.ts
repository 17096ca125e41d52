import type { Context, Next } from 'koa';
import { Problem } from './problem.js';

/** RFC 9110 §7.2 and RFC 3986 §3.2: a host, also an address with a zone, and a port. It is empty for targets without a host. */
const HOST = /^(?:\[[\da-f:.]+(?:%[\w.~%-]+)?\]|(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})*)(?::\d*)?$/i;
const NEVER_CACHED = /^\/(?:api|oauth2|operator)\//;

/** Refuses a request whose head cannot be understood, before anything is decided by it. Throws `Problem` 400. */
export function checkHead(ctx: Context, next: Next): Promise<void> {
  checkHost(ctx);
  // Who asks would be another one for a proxy that looks at the last of several.
  if (ctx.req.headers.authorization !== undefined && countOf('authorization', ctx) > 1)
    throw malformed('Send one Authorization header.');
  // RFC 9112 §6.1: a body in a coding that is not understood is not taken for what it holds.
  const coding = ctx.req.headers['transfer-encoding'];
  if (coding !== undefined && coding.trim().toLowerCase() !== 'chunked')
    throw malformed('Send the body as it is, or chunked.');
  const { url = '' } = ctx.req;
  if (!url.startsWith('/') && url !== '*') ctx.url = originForm(url);
  // Tokens and personal data must not stay in a cache (RFC 6749 §5.1).
  if (NEVER_CACHED.test(ctx.path)) ctx.res.setHeader('Cache-Control', 'no-store');
  return next() as Promise<void>;
}

/** RFC 9112 §3.2: none, two or one that is no host is refused, since servers and proxies disagree about which one counts. */
function checkHost(ctx: Context): void {
  const hosts = countOf('host', ctx);
  if (hosts > 1 || (hosts === 0 && ctx.req.httpVersion === '1.1')) throw malformed('Send one Host header.');
  if (!HOST.test(ctx.req.headers.host ?? '')) throw malformed('The Host header is no host.');
}

/** How often a header was sent. Node keeps only the first of these; the raw list has them all, names and values in turn. */
function countOf(header: 'host' | 'authorization', { req: { rawHeaders } }: Context): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === header.length && name.toLowerCase() === header) count += 1;
  }
  return count;
}

function malformed(detail: string): Problem {
  return new Problem('malformed_request', { detail, headers: { Connection: 'close' } });
}

/** Path and query of an absolute target (RFC 9112 §3.2.2), which may also be no URL at all: Koa would fail on that. */
function originForm(target: string): string {
  if (!/^https?:/i.test(target) || !URL.canParse(target)) {
    throw new Problem('malformed_request', { detail: 'The request target is not a URL.' });
  }
  const { pathname, search } = new URL(target);
  return pathname + search;
}
