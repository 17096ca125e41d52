import Router from '@koa/router';
import Koa from 'koa';
import serve from 'koa-static';
import type { HttpDependencies } from './dependencies.js';
import { LogPositions } from './log-position.js';
import { otherMethods } from './other-methods.js';
import { problemsOfErrors } from './problems-of-errors.js';
import { observe } from './request-context.js';
import { checkHead } from './request-head.js';
import { operationRoutes } from './routes/operations.js';
import { sessionRoutes } from './routes/sessions.js';
import { tokenRoutes } from './routes/tokens.js';
import { securityHeaders } from './security-headers.js';

/** The HTTP interface as a Koa application, not listening yet. */
export function createApp(dependencies: HttpDependencies): Koa {
  const { log, metrics, settings } = dependencies;
  const app = new Koa({ proxy: settings.trustProxy > 0, maxIpsCount: settings.trustProxy });
  // Errors are answered and logged with their request; what still gets here is a connection that broke.
  app.silent = true;
  app.on('error', (error: unknown) => log.debug({ err: error }, 'connection'));

  // Paths are what they are in RFC 3986 §6.2.2.1: an `/API/` would be another one.
  const router = new Router({ sensitive: true });
  const positions = new LogPositions((position, timeoutMs) => dependencies.queries.waitFor(position, timeoutMs));
  tokenRoutes(router, dependencies, positions);
  sessionRoutes(router, dependencies, positions);
  operationRoutes(router, dependencies);

  app.use(observe(log, metrics));
  app.use(securityHeaders());
  app.use(problemsOfErrors);
  app.use(checkHead);
  app.use(router.routes());
  app.use(otherMethods);
  app.use(serve(settings.publicFolder));
  return app;
}
