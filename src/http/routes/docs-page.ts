import { readFile } from 'node:fs/promises';
import type { HttpServices } from '../dependencies.js';
import { Problem } from '../problem.js';
import { defineRoute, type Route, type RouteInput } from '../routing/route.js';
import { contentSecurityPolicy } from '../security-headers.js';

/** What the build copies there. */
const SCRIPT = new URL('../../../vendor/rapidoc-min.js', import.meta.url);
const SCRIPT_SECONDS = 3_600;
const PAGE_TYPE = 'text/html; charset=utf-8';
const SCRIPT_TYPE = 'text/javascript; charset=utf-8';

/** Without a theme RapiDoc takes the light or the dark one, as the browser asks for. */
const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>tokenledger: the interface</title>
    <link rel="icon" href="img/icon.svg" />
    <style>
      /* RapiDoc moves the line with the license to the left, which on a narrow page is beyond its edge. */
      @media (max-width: 85rem) {
        rapi-doc::part(section-overview) {
          padding-left: 24px;
        }
      }
    </style>
    <script type="module" src="docs/rapidoc-min.js"></script>
  </head>
  <body>
    <rapi-doc
      spec-url="openapi.json"
      load-fonts="false"
      render-style="read"
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

/** The page that shows the description of the interface, and the script that it loads. */
export const docsPageRoutes: readonly Route<HttpServices>[] = [
  defineRoute<HttpServices, RouteInput, 'anyone'>({
    method: 'GET',
    path: '/docs',
    summary: 'The description as a page',
    description: 'For people; programs read `/openapi.json`.',
    tag: 'services',
    input: {},
    outputs: { 200: { mediaType: 'text/html' } },
    problems: [],
    errorFormat: 'problem',
    who: 'anyone',
    undescribed: true,
    handler: () => {
      const headers = { 'Content-Type': PAGE_TYPE, 'Content-Security-Policy': POLICY };
      return Promise.resolve({ status: 200, body: PAGE, headers });
    },
  }),
  defineRoute<HttpServices, RouteInput, 'anyone'>({
    method: 'GET',
    path: '/docs/rapidoc-min.js',
    summary: 'The script of that page',
    description: 'RapiDoc, as it is published.',
    tag: 'services',
    input: {},
    outputs: { 200: { mediaType: 'text/javascript' } },
    problems: ['not_found'],
    errorFormat: 'problem',
    who: 'anyone',
    undescribed: true,
    handler: async () => {
      const headers = { 'Content-Type': SCRIPT_TYPE, 'Cache-Control': `public, max-age=${SCRIPT_SECONDS}` };
      return { status: 200, body: await script(), headers };
    },
  }),
];

async function script(): Promise<string> {
  try {
    return await readFile(SCRIPT, 'utf8');
  } catch {
    throw new Problem('not_found', { detail: 'The script was not built: `npm run build` copies it.' });
  }
}
