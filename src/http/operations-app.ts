import type Koa from 'koa';
import type { Context } from 'koa';
import { quietKoa, strictRouter } from './app.js';
import type { HttpDependencies } from './dependencies.js';
import { errorHandler } from './error-handler.js';
import { methodNotAllowed } from './method-not-allowed.js';
import type { Metrics } from './metrics/metrics.js';
import { mountOperator, type OperatorAnswers } from './operator-routes.js';
import { observe, stateOf, type ObserveOptions } from './request-context.js';
import { checkHead } from './request-head.js';
import { securityHeaders } from './security-headers.js';

/** Whether this process can serve, and what to show of it. */
export interface Readiness {
  readonly ready: boolean;
  /** Each store and the projector by name; no personal data. */
  readonly view: object;
}

export interface OperationsDependencies extends Pick<HttpDependencies, 'draining' | 'log' | 'securityLog'> {
  readonly metrics: Metrics;
  readonly readiness: () => Promise<Readiness>;
  /** What the operator's tool may ask for, and the token that it proves itself with; null: nothing. */
  readonly operator: OperatorAnswers | null;
}

/**
 * What operators ask for, as a Koa application for a listener of its own: /metrics, /readyz, /healthz and the operator's tool. None of
 * it is on the public port, where a proxy's rule for it could be walked around.
 */
export function createOperationsApp(dependencies: OperationsDependencies): Koa {
  const { log, metrics, draining, operator, readiness, securityLog } = dependencies;
  const app = quietKoa(log);
  const router = strictRouter();
  const get = (path: string, answer: (ctx: Context) => Promise<void> | void): void => {
    router.get(path, async (ctx: Context) => {
      stateOf(ctx).route = path;
      await answer(ctx);
    });
  };

  get('/healthz', (ctx) => {
    ctx.body = { status: 'ok' };
  });
  get('/readyz', async (ctx) => {
    const { ready, view } = await readiness();
    // The load balancer is to send no more requests, although those that come are still answered.
    const isReady = ready && !draining();
    ctx.status = isReady ? 200 : 503;
    if (!isReady) stateOf(ctx).code = 'unavailable';
    ctx.body = draining() ? { ...view, status: 'draining' } : view;
  });
  get('/metrics', async (ctx) => {
    const { type, text } = await metrics.exposition();
    ctx.type = type;
    ctx.body = text;
  });
  if (operator !== null) mountOperator(router, operator);

  // How long operators wait is no measure of the service.
  const counted: ObserveOptions['metrics'] = {
    request: (_method, _route, status) => metrics.answered('operations', status),
  };
  app.use(observe({ log, draining, metrics: counted, trustProxy: 0 }));
  app.use(securityHeaders(0));
  app.use(errorHandler(securityLog));
  app.use(checkHead);
  app.use(router.routes());
  app.use(methodNotAllowed);
  return app;
}
