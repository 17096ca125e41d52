import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Context, Middleware, Next } from 'koa';
import type { HttpSettings } from './dependencies.js';
import { MIN_PASSWORD_CHARACTERS } from './schemas.js';

/** The fewest characters of a new password, where a page names them: the default of `PASSWORD_MIN_LENGTH`. */
const MIN_LENGTH = /(?<= minlength=")12(?=")|\b12(?= to 128 characters)/g;

/** Pages name the fewest characters of a new password before somebody chooses one. The operator may ask for more than their files say. */
export function passwordHints({ passwordMinLength }: Pick<HttpSettings, 'passwordMinLength'>): Middleware {
  if (passwordMinLength === MIN_PASSWORD_CHARACTERS) return (_ctx, next) => next();
  return async (ctx: Context, next: Next) => {
    await next();
    if (ctx.status !== 200 || ctx.type !== 'text/html' || !(ctx.body instanceof Readable)) return;
    const page = await text(ctx.body);
    ctx.body = page.replace(MIN_LENGTH, String(passwordMinLength));
  };
}
