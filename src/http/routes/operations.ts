import type Router from '@koa/router';
import type { HttpDependencies } from '../dependencies.js';

const JWKS_SECONDS = 300;

/** What operators and other services ask for: keys, liveness, readiness, metrics. */
export function operationRoutes(router: Router, { jwks, readiness, metrics }: HttpDependencies): void {
  router.get('/.well-known/jwks.json', (ctx) => {
    ctx.body = jwks();
    ctx.type = 'application/jwk-set+json';
    ctx.set('Cache-Control', `public, max-age=${JWKS_SECONDS}`);
  });

  router.get('/healthz', (ctx) => {
    ctx.body = { status: 'ok' };
  });

  router.get('/readyz', async (ctx) => {
    const report = await readiness();
    ctx.status = report.ready ? 200 : 503;
    ctx.body = report.view;
  });

  router.get('/metrics', async (ctx) => {
    const { type, text } = await metrics.exposition();
    ctx.type = type;
    ctx.body = text;
  });
}
