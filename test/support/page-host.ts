import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A site of its own that has auth.js and an empty page, as an application would whose API is at another origin. */
export interface PageHost {
  readonly url: string;
  close(): Promise<void>;
}

export async function startPageHost(): Promise<PageHost> {
  const server = createServer((request, response) => {
    const isModule = /^\/js\/auth(-dpop)?\.js$/.test(request.url ?? '');
    response.setHeader('Content-Type', isModule ? 'text/javascript' : 'text/html');
    response.end(isModule ? readFileSync(`public${request.url}`) : '<!doctype html><title>an application</title>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
