import { existsSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../../public', import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};
/** As the real server sends it, so that what it forbids is seen. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** Serves a file of public/, or the page for unknown addresses. */
export function serveFile(asked: string, response: ServerResponse): void {
  const named = path.join(FOLDER, asked === '/' ? 'index.html' : path.normalize(asked));
  // As the real server does it for `/admin`.
  const file = path.extname(named) === '' ? `${named}.html` : named;
  const isThere = TYPES[path.extname(file)] !== undefined && existsSync(file);
  const served = isThere ? file : path.join(FOLDER, '404.html');
  response.writeHead(isThere ? 200 : 404, {
    'content-type': TYPES[path.extname(served)]!,
    'content-security-policy': POLICY,
    'cache-control': 'no-store',
  });
  const bytes = readFileSync(served);
  // The page for unknown addresses is shown at any depth: the real server makes its links begin at the root.
  response.end(isThere ? bytes : bytes.toString().replace(/( (?:href|src)=")(?:\.\/)?(?![a-z]+:)/g, '$1/'));
}
