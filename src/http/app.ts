import Router from '@koa/router';
import Koa from 'koa';
import { crossOrigin } from './cors.js';
import type { HttpDependencies, HttpServices } from './dependencies.js';
import { Dpop } from './dpop.js';
import { errorHandler } from './error-handler.js';
import { metadataOfPath } from './metadata-of-path.js';
import { methodNotAllowed } from './method-not-allowed.js';
import { notFoundPage } from './not-found-page.js';
import { Origins } from './origins.js';
import { passwordHints } from './password-hints.js';
import { RefreshCookie } from './refresh-cookie.js';
import { observe } from './request-context.js';
import { checkHead } from './request-head.js';
import { PUBLIC_ROUTES } from './routes/routes.js';
import { fixedPaths } from './routing/fixed-paths.js';
import { mountRoutes } from './routing/mount-routes.js';
import { securityHeaders } from './security-headers.js';
import { staticFiles } from './static-files.js';

/** The public HTTP interface as a Koa application, not listening yet. */
export function createApp(dependencies: HttpDependencies): Koa {
  const { log, metrics, settings, draining, securityLog } = dependencies;
  const services: HttpServices = {
    ...dependencies,
    cookie: new RefreshCookie(settings),
    origins: new Origins(settings),
    dpop: new Dpop(dependencies.proofs, settings),
  };
  const app = quietKoa(log);
  const router = strictRouter();
  mountRoutes(router, PUBLIC_ROUTES, services);

  app.use(observe({ log, metrics, draining, trustProxy: settings.trustProxy }));
  app.use(securityHeaders(settings.hstsSeconds));
  app.use(errorHandler(securityLog));
  app.use(checkHead);
  // After the head is checked: the path of a target that is no URL cannot be read.
  app.use(metadataOfPath(settings));
  app.use(crossOrigin(settings.allowedOrigins, dependencies.clients.origins));
  app.use(notFoundPage(settings));
  app.use(fixedPaths(router));
  app.use(router.routes());
  app.use(methodNotAllowed);
  app.use(passwordHints(settings));
  app.use(staticFiles(settings.publicFolder));
  return app;
}

/** Errors are answered and logged with their request; what still reaches Koa is a connection that broke. */
export function quietKoa(log: HttpDependencies['log']): Koa {
  const app = new Koa();
  app.silent = true;
  app.on('error', (error: unknown) => log.debug({ err: error }, 'connection'));
  return app;
}

/** Paths are what they are in RFC 3986 §6.2.2.1: `/API/me` and `/api/me/` would be others, for a proxy's rules as well. */
export function strictRouter(): Router {
  return new Router({ sensitive: true, strict: true });
}
