import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Context, Middleware, Next } from 'koa';
import type { HttpSettings } from './dependencies.js';
import { pathOfUrl } from './path-of-url.js';
import { stateOf } from './request-context.js';

/** Programs ask for these; a page would be no answer to them. */
const FOR_PROGRAMS = /^\/(?:api|oauth2|operator|\.well-known)(?:\/|$)/;

/** A link of a page, up to where it leads: one that is relative to the page. */
const RELATIVE_LINK = /( (?:href|src)=")(?![a-z]+:|[/#])(?:\.\/)?/g;

/** Answers browsers that ask for a page which is not there with a page that says so, if there is one (`404.html`). */
export function notFoundPage({ publicFolder, url }: Pick<HttpSettings, 'publicFolder' | 'url'>): Middleware {
  const page = pageOf(publicFolder, `${pathOfUrl(url)}/`);
  if (page === null) return (_ctx, next) => next();
  const answer = async (ctx: Context, next: Next): Promise<void> => {
    await next();
    if (ctx.status !== 404 || (ctx.body !== undefined && ctx.body !== null)) return;
    stateOf(ctx).code = 'not_found';
    ctx.body = page;
    // Setting a body sets 200.
    ctx.status = 404;
    ctx.type = 'text/html; charset=utf-8';
  };
  return (ctx: Context, next: Next) => (wantsPage(ctx) ? answer(ctx, next) : next());
}

function wantsPage(ctx: Context): boolean {
  const isReading = ctx.method === 'GET' || ctx.method === 'HEAD';
  return isReading && !FOR_PROGRAMS.test(ctx.path) && ctx.get('Accept').includes('text/html');
}

/** The page is shown at addresses of any depth, so its links are made to begin at the root of the host. */
function pageOf(publicFolder: string, root: string): string | null {
  try {
    const page = readFileSync(path.join(publicFolder, '404.html'), 'utf8');
    return page.replace(RELATIVE_LINK, (_, before: string) => before + root.replaceAll('&', '&amp;'));
  } catch {
    return null;
  }
}
