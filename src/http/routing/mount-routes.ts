import { Readable } from 'node:stream';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { Bearer } from '../../commands/commands.js';
import type { HttpServices } from '../dependencies.js';
import { countRequest } from '../limiting.js';
import { inTraceOf } from '../../telemetry/tracing.js';
import { hangUpSignal, sourceOf, stateOf } from '../request-context.js';
import { admit } from './authenticate.js';
import { readInput, type Read } from './read-input.js';
import type { Route, RouteAnswer, RouteRequest } from './route.js';

/** What the mount itself asks for; a handler may ask for more. */
export type MountDependencies = Pick<
  HttpServices,
  'queries' | 'clients' | 'dpop' | 'positions' | 'limits' | 'metrics' | 'securityLog'
>;

/**
 * Mounts routes. This is the one place that finds out who asks, reads and checks the input, counts for limits, waits for log positions
 * and writes answers; failures are answered in the route's error format.
 */
export function mountRoutes<D extends MountDependencies>(
  router: Router,
  routes: readonly Route<D>[],
  dependencies: D,
): void {
  for (const route of routes) {
    const path = route.path.replace(/\{(\w+)\}/g, ':$1');
    router.register(path, [route.method], async (ctx: Context) => {
      const state = stateOf(ctx);
      state.route = route.path;
      state.errorFormat = route.errorFormat;
      const bearer = route.who === 'anyone' ? null : await admit(ctx, route.who, dependencies);
      const read = await readInput(ctx, route);
      const request = requestOf(ctx, route, read, bearer);
      if (route.limit !== undefined) await countRequest(ctx, route.limit, bearer, dependencies);
      if (bearer !== null && awaits(ctx, route)) await dependencies.positions.awaited(ctx, bearer);
      const answered = await inTraceOf(ctx.req.headers, () => route.handler(request, dependencies));
      answer(ctx, answered, dependencies);
    });
  }
}

function requestOf<D>(ctx: Context, route: Route<D>, read: Read, bearer: Bearer | null): RouteRequest {
  const { params, query, headers, body } = read;
  const source = sourceOf(ctx, route.droppable ? hangUpSignal(ctx) : undefined);
  return { params, query, headers, body, ctx, bearer, source };
}

function awaits(ctx: Context, { awaitsPosition }: Pick<Route<never>, 'awaitsPosition'>): boolean {
  return awaitsPosition === 'if_named' ? ctx.get('If-Log-Position') !== '' : awaitsPosition === true;
}

function answer(ctx: Context, { status, body, position, headers }: RouteAnswer, { positions }: MountDependencies): void {
  if (position !== undefined) positions.answer(ctx, position);
  ctx.status = status;
  if (headers !== undefined) ctx.set(headers);
  if (body === undefined) {
    // Koa writes the name of the status where there is no body and one may be.
    if (status !== 204) ctx.body = '';
    ctx.remove('Content-Type');
    return;
  }
  const type = headers?.['Content-Type'];
  // Before the body: Koa would look for the type of a body that has none.
  if (type === undefined) ctx.res.setHeader('Content-Type', 'application/json; charset=utf-8');
  else ctx.type = type;
  ctx.body = typeof body === 'string' || body instanceof Readable ? body : JSON.stringify(body);
}
