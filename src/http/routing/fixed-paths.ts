import type Router from '@koa/router';
import type { Context, Middleware, Next } from 'koa';

type Answer = (ctx: Context, next: Next) => Promise<unknown>;

/**
 * Answers the routes of a router whose paths have no parameters, found by method and path at once: the router itself compares a
 * request with the pattern of each of its routes. It stands before the router, which has to be strict and sensitive, and leaves
 * everything else to it.
 */
export function fixedPaths(router: Router): Middleware {
  const answers = new Map<string, Map<string, Answer>>();
  for (const { path, paramNames, methods, stack } of router.stack) {
    const [answer, ...others] = stack as unknown as readonly Answer[];
    // A route of ours has one handler.
    if (typeof path !== 'string' || paramNames.length > 0 || answer === undefined || others.length > 0) continue;
    for (const method of methods) {
      const ofMethod = answers.get(method) ?? new Map<string, Answer>();
      answers.set(method, ofMethod.set(path, answer));
    }
  }
  return (ctx, next) => {
    const answer = answers.get(ctx.method)?.get(ctx.path);
    return answer === undefined ? next() : answer(ctx, next);
  };
}
