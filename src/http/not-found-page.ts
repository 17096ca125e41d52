import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Context, Middleware, Next } from 'koa';
import { stateOf } from './request-context.js';

/** Programs ask for these; a page would be no answer to them. */
const FOR_PROGRAMS = /^\/(?:api|oauth2|operator|\.well-known)(?:\/|$)/;

/** Answers browsers that ask for a page which is not there with a page that says so, if there is one (`404.html`). */
export function notFoundPage(publicFolder: string): Middleware {
  const page = pageOf(publicFolder);
  return async (ctx: Context, next: Next) => {
    await next();
    const isMissing = ctx.status === 404 && (ctx.body === undefined || ctx.body === null);
    if (page === null || !isMissing || !wantsPage(ctx)) return;
    stateOf(ctx).code = 'not_found';
    ctx.body = page;
    // Setting a body sets 200.
    ctx.status = 404;
    ctx.type = 'text/html; charset=utf-8';
  };
}

function wantsPage(ctx: Context): boolean {
  const isReading = ctx.method === 'GET' || ctx.method === 'HEAD';
  return isReading && !FOR_PROGRAMS.test(ctx.path) && ctx.get('Accept').includes('text/html');
}

function pageOf(publicFolder: string): string | null {
  try {
    return readFileSync(path.join(publicFolder, '404.html'), 'utf8');
  } catch {
    return null;
  }
}
