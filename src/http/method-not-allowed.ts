import type { Layer } from '@koa/router';
import type { Context, Next } from 'koa';
import { Problem } from './problem.js';

/** For a path that the router knows, but not with this method: answers OPTIONS, or 405 (RFC 9110 §9.3.7, §15.5.6). */
export async function methodNotAllowed(ctx: Context, next: Next): Promise<void> {
  const matched = (ctx.matched ?? []) as readonly Pick<Layer, 'methods' | 'path'>[];
  if (matched.length === 0) {
    await next();
    return;
  }
  refuseMethod(ctx, [...new Set(matched.flatMap(({ methods }) => methods))]);
}

/** Answers OPTIONS with the methods that are allowed; throws `Problem` 405 for every other method. */
export function refuseMethod(ctx: Context, methods: readonly string[]): void {
  const allow = [...methods, 'OPTIONS'].join(', ');
  if (ctx.method !== 'OPTIONS') throw new Problem('method_not_allowed', { headers: { Allow: allow } });
  ctx.set('Allow', allow);
  ctx.status = 204;
}
