/** What the mount does for any route: who may, what is read, how failures differ. */
import type Router from '@koa/router';
import { afterEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { HttpServices } from '../../src/http/dependencies.js';
import { Dpop } from '../../src/http/dpop.js';
import { errorHandler } from '../../src/http/error-handler.js';
import { methodNotAllowed } from '../../src/http/method-not-allowed.js';
import { quietKoa, strictRouter } from '../../src/http/app.js';
import { Problem } from '../../src/http/problem.js';
import { PROBLEMS } from '../../src/http/problem-codes.js';
import { observe } from '../../src/http/request-context.js';
import { openApiDocument } from '../../src/http/openapi/document.js';
import { PUBLIC_ROUTES } from '../../src/http/routes/routes.js';
import { mountRoutes, type MountDependencies } from '../../src/http/routing/mount-routes.js';
import { defineRoute, type Route } from '../../src/http/routing/route.js';
import { OAuthClients } from '../../src/security/oauth-clients.js';
import { startServer, type RunningServer } from '../../src/http/server.js';
import { ApiClient, type Answer } from '../support/api-client.js';
import { BEARER, codeOf, startFake, type FakeApp } from '../support/fake-http.js';

let fake: FakeApp | null = null;
let server: RunningServer | null = null;
afterEach(async () => {
  await server?.drain({ idleMs: 0, requestsMs: 100 });
  await fake?.close();
  [server, fake] = [null, null];
});

const common = { summary: 's', description: 'd', tag: 't', outputs: {}, problems: [] } as const;

async function start(routes: readonly Route<MountDependencies>[]): Promise<ApiClient> {
  const passwords = { verify: (hash: string | null, secret: string) => Promise.resolve(hash === secret) };
  const [origins, roles] = [[], null];
  const registered = [
    { clientId: 'gate way', secretHash: 's:cret%', roles, origins },
    { clientId: 'shop', secretHash: 's:cret%', roles: [], origins },
  ];
  const more = { clients: new OAuthClients(registered, passwords) };
  fake = await startFake({
    more,
    queries: {
      authenticate: (token) => {
        if (token === 'revoked') return Promise.resolve({ outcome: 'revoked' });
        return Promise.resolve({ outcome: 'authenticated', ...BEARER, roles: token.split('.') });
      },
    },
  });
  const { dependencies } = fake;
  const router: Router = strictRouter();
  mountRoutes(router, routes, { ...dependencies, dpop: new Dpop(dependencies.proofs, dependencies.settings) });
  const app = quietKoa(dependencies.log);
  app.use(observe({ ...dependencies, trustProxy: 0 }));
  app.use(errorHandler(dependencies.securityLog));
  app.use(router.routes());
  app.use(methodNotAllowed);
  server = await startServer(app, { host: '127.0.0.1', port: 0 });
  return new ApiClient(`http://127.0.0.1:${server.port}`);
}

describe('a route for a role', () => {
  const route = defineRoute({
    ...common,
    method: 'GET',
    path: '/admin/{id}',
    input: { params: z.object({ id: z.string() }) },
    errorFormat: 'problem',
    who: { role: 'admin' },
    handler: ({ params, bearer }) => Promise.resolve({ status: 200, body: { id: params.id, roles: bearer.roles } }),
  });
  const ask = (api: ApiClient, token: string): Promise<Answer> =>
    api.request('/admin/7', { headers: { authorization: `Bearer ${token}` } });

  it('lets those with the role in, and nobody else', async () => {
    const api = await start([route]);
    expect((await ask(api, 'auditor.admin')).body).toEqual({ id: '7', roles: ['auditor', 'admin'] });
    const refused = await ask(api, 'auditor');
    expect([...codeOf(refused), refused.headers.get('www-authenticate')]).toEqual([
      403,
      'forbidden',
      'Bearer error="insufficient_scope"',
    ]);
    expect(codeOf(await ask(api, 'revoked'))).toEqual([401, 'token_revoked']);
    expect(codeOf(await api.request('/admin/7'))).toEqual([401, 'token_invalid']);
  });
});

describe('a route of OAuth', () => {
  const routes = [
    defineRoute({
      ...common,
      method: 'POST',
      path: '/oauth2/introspect',
      input: { form: z.object({ token: z.string() }) },
      errorFormat: 'oauth',
      who: { client: true, orRole: 'resource_server' },
      handler: ({ body }) => {
        if (body.token === 'bad') throw new Problem('token_reused', { detail: 'A "quoted" word – and more' });
        return Promise.resolve({ status: 200, body: { active: body.token === 'good' } });
      },
    }),
  ];
  const ask = (api: ApiClient, authorization: string, form: Record<string, string>): Promise<Answer> =>
    api.request('/oauth2/introspect', { method: 'POST', headers: { authorization }, body: new URLSearchParams(form) });
  const basic = (credentials: string): string => `Basic ${Buffer.from(credentials).toString('base64')}`;

  it('is for clients by their secret, and for Bearers with the role', async () => {
    const api = await start(routes);
    for (const authorization of [basic('gate+way:s%3Acret%25'), 'Bearer resource_server'])
      expect((await ask(api, authorization, { token: 'good' })).body).toEqual({ active: true });
    const unknown = await ask(api, basic('gate+way:wrong'), { token: 'good' });
    expect([unknown.status, unknown.body.error, unknown.headers.get('www-authenticate')]).toEqual([
      401,
      'invalid_client',
      'Basic realm="tokenledger"',
    ]);
    const shop = await ask(api, basic('shop:s%3Acret%25'), { token: 'good' });
    expect([shop.status, shop.body.error]).toEqual([403, 'insufficient_scope']);
    const nobody = await ask(api, basic('anybody:'), { token: 'good' });
    expect([nobody.status, nobody.body.error]).toEqual([401, 'invalid_client']);
    const revoked = await ask(api, 'Bearer revoked', { token: 'good' });
    expect([revoked.status, revoked.body.error]).toEqual([401, 'invalid_token']);
    const roleless = await ask(api, 'Bearer user', { token: 'good' });
    expect([roleless.status, roleless.body.error]).toEqual([403, 'insufficient_scope']);
  });

  it('limits guesses of a client’s secret', async () => {
    const api = await start(routes);
    const statuses = new Set<number>();
    for (let guess = 0; guess < 400 && !statuses.has(429); guess += 1)
      statuses.add((await ask(api, basic(`gate+way:${guess}`), { token: 'good' })).status);
    expect([...statuses]).toEqual([401, 429]);
    expect((await ask(api, 'Bearer resource_server', { token: 'good' })).status).toBe(200);
  });

  it('answers every failure as RFC 6749 §5.2 says', async () => {
    const api = await start(routes);
    const reused = await ask(api, 'Bearer resource_server', { token: 'bad' });
    expect([reused.status, reused.body]).toEqual([
      400,
      { error: 'invalid_grant', error_description: 'A quoted word  and more' },
    ]);
    expect(reused.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const missing = await ask(api, 'Bearer resource_server', {});
    expect([missing.status, missing.body.error]).toEqual([400, 'invalid_request']);
    const method = await api.request('/oauth2/introspect');
    expect([method.status, method.body.error, method.headers.get('allow')]).toEqual([
      405,
      'invalid_request',
      'POST, OPTIONS',
    ]);
  });

  it('stays RFC 6749 where there is no endpoint, and nowhere else', async () => {
    const { api } = (fake = await startFake({}));
    for (const path of ['/oauth2', '/oauth2/', '/oauth2/authorize', '/oauth2/token/', '/oauth2?x']) {
      const { status, body, headers } = await api.request(path, { headers: { accept: 'text/html' } });
      expect([path, status, body]).toEqual([path, 404, { error: 'invalid_request', error_description: 'Not found' }]);
      expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    }
    for (const path of ['/oauth2x', '/api/oauth2/token'])
      expect(codeOf(await api.request(path))).toEqual([404, 'not_found']);
  });

  it('takes no field twice, and one without a value for absent', async () => {
    const api = await start(routes);
    const headers = { authorization: 'Bearer resource_server', 'content-type': 'application/x-www-form-urlencoded' };
    for (const body of ['token=a&token=b', 'token='])
      expect((await api.request('/oauth2/introspect', { method: 'POST', headers, body })).status).toBe(400);
  });
});

describe('the table of routes', () => {
  const operations = PUBLIC_ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const);

  it('has each operation once', () => {
    expect(new Set(operations.map(([name]) => name)).size).toBe(operations.length);
  });

  it('holds what pages load as well, and the description of the interface leaves that out', () => {
    const undescribed = PUBLIC_ROUTES.filter((route) => route.undescribed).map(({ path }) => path);
    expect(undescribed).toEqual(['/docs', '/docs/rapidoc-min.js']);
    const { paths } = openApiDocument(PUBLIC_ROUTES) as { readonly paths: object };
    const described = PUBLIC_ROUTES.map(({ path }) => path).filter((path) => !undescribed.includes(path));
    expect(Object.keys(paths).sort()).toEqual([...new Set(described)].sort());
  });

  it.each(operations)('describes %s', (_, route: Route<HttpServices>) => {
    for (const text of [route.summary, route.description, route.tag]) expect(text).not.toBe('');
    expect(Object.keys(route.outputs).length).toBeGreaterThan(0);
    for (const code of route.problems) expect(PROBLEMS).toHaveProperty(code);
    const parameters = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const { shape } = (route.input.params ?? z.object({})) as z.ZodObject;
    expect(Object.keys(shape)).toEqual(parameters);
  });
});
