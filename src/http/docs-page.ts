import { readFile } from 'node:fs/promises';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { Problem } from './problem.js';
import { stateOf } from './request-context.js';
import { contentSecurityPolicy } from './security-headers.js';

/** What the build copies there. */
const SCRIPT = new URL('../../vendor/rapidoc-min.js', import.meta.url);
const SCRIPT_SECONDS = 3_600;

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>tokenledger: the interface</title>
    <link rel="icon" href="img/icon.svg" />
    <script type="module" src="docs/rapidoc-min.js"></script>
  </head>
  <body>
    <rapi-doc
      spec-url="openapi.json"
      load-fonts="false"
      render-style="read"
      theme="light"
      allow-authentication="true"
      allow-server-selection="false"
      show-header="false"
      schema-description-expanded="true"
    ></rapi-doc>
    <noscript>This page needs JavaScript. The description itself is at <a href="openapi.json">openapi.json</a>.</noscript>
  </body>
</html>
`;

/** RapiDoc sets styles on its elements. The page shows nothing but our own description, so that is allowed on it, and on no other. */
const POLICY = contentSecurityPolicy({ styleSrc: ["'self'", "'unsafe-inline'"] });

/** Mounts the page that shows the description of the interface: GET /docs, and the script that it loads. */
export function mountDocsPage(router: Router): void {
  router.get('/docs', (ctx: Context) => {
    stateOf(ctx).route = '/docs';
    ctx.set('Content-Security-Policy', POLICY);
    ctx.body = PAGE;
    ctx.type = 'text/html; charset=utf-8';
  });
  router.get('/docs/rapidoc-min.js', async (ctx: Context) => {
    stateOf(ctx).route = '/docs/rapidoc-min.js';
    ctx.body = await script();
    ctx.set('Cache-Control', `public, max-age=${SCRIPT_SECONDS}`);
    ctx.type = 'text/javascript; charset=utf-8';
  });
}

async function script(): Promise<Buffer> {
  try {
    return await readFile(SCRIPT);
  } catch {
    throw new Problem('not_found', { detail: 'The script was not built: `npm run build` copies it.' });
  }
}
