import type { Context, Next } from 'koa';
import { Problem } from './problem.js';

/** Refuses a request whose head cannot be understood, before anything is decided by it. Throws `Problem` 400. */
export function checkHead(ctx: Context, next: Next): Promise<void> {
  // RFC 9112 §3.2. Node would refuse it likewise, but with nothing in the answer that says why.
  if (ctx.req.headers.host === undefined && ctx.req.httpVersion === '1.1') {
    throw new Problem('malformed_request', { detail: 'Send a Host header.', headers: { Connection: 'close' } });
  }
  const { url = '' } = ctx.req;
  if (!url.startsWith('/') && url !== '*') ctx.url = originForm(url);
  // Tokens and personal data are nobody else's (RFC 6749 §5.1).
  if (ctx.path.startsWith('/api/')) ctx.res.setHeader('Cache-Control', 'no-store');
  return next() as Promise<void>;
}

/** Path and query of an absolute target (RFC 9112 §3.2.2), which may also be no URL at all: Koa would fail on that. */
function originForm(target: string): string {
  if (!/^https?:/i.test(target) || !URL.canParse(target)) {
    throw new Problem('malformed_request', { detail: 'The request target is not a URL.' });
  }
  const { pathname, search } = new URL(target);
  return pathname + search;
}
