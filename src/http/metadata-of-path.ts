import type { Context, Next } from 'koa';
import { pathOfUrl } from './path-of-url.js';
import { METADATA_PATH } from './server-metadata.js';

/**
 * An issuer with a path has its metadata where RFC 8414 §3.1 puts them too: that path follows the well-known one. Such a request goes
 * on as one for the well-known path alone.
 */
export function metadataOfPath({ issuer }: { readonly issuer: string }): (ctx: Context, next: Next) => Promise<unknown> {
  const place = METADATA_PATH + pathOfUrl(issuer);
  return (ctx, next) => {
    if (ctx.path === place) ctx.path = METADATA_PATH;
    return next();
  };
}
