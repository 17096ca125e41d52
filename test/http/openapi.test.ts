/** The description of the interface: complete, committed, and true for what the real application answers. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { apiDescription } from '../../scripts/docs/api-description.js';
import { openApiDocument } from '../../src/http/openapi/document.js';
import { PUBLIC_ROUTES } from '../../src/http/routes/routes.js';
import { openEventStream } from '../support/event-stream.js';
import { startFake } from '../support/fake-http.js';
import { basic, SECRET, startOAuthApp, type OAuthApp } from '../support/oauth-app.js';
import type { ApiDescription } from '../support/openapi-checks.js';
import { freshCredentials } from '../support/running-app.js';

interface Described {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}

const document = openApiDocument(PUBLIC_ROUTES) as ApiDescription & {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => [`${method} ${path}`, operation as unknown as Described] as const),
);

describe('the description', () => {
  it('is OpenAPI 3.1 whose references all lead somewhere', () => {
    expect(document.openapi).toBe('3.1.0');
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string };
    expect(document.info.version).toBe(version);
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path!);
    expect(references.length).toBeGreaterThan(100);
    for (const path of new Set(references)) {
      const found = path.split('/').reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], document);
      expect([path, found]).toEqual([path, expect.any(Object)]);
    }
  });

  it.each(operations)('is complete for %s', (_, operation) => {
    for (const text of [operation.summary, operation.description]) expect(text).toMatch(/\S/);
    const tags = document.tags.map(({ name }) => name);
    expect(operation.tags).toHaveLength(1);
    expect(tags).toContain(operation.tags[0]);
    const statuses = Object.keys(operation.responses);
    expect(statuses.some((status) => status.startsWith('2'))).toBe(true);
    expect(statuses).toEqual(expect.arrayContaining(['400', '500', '503']));
    for (const { description } of Object.values(operation.responses)) expect(description).toMatch(/\S/);
  });

  it('says what each tag is about, and names each operation once', () => {
    for (const { name, description } of document.tags) expect(description).not.toBe(name);
    const ids = operations.map(([, { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is the one that is committed (`npm run docs` writes it)', () => {
    const committed = readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8');
    expect(committed).toBe(apiDescription());
  });

  it('says everywhere that a request may carry a proof where a token that is bound to a key is taken', () => {
    interface Secured {
      readonly security: readonly object[];
      readonly parameters: readonly { readonly $ref?: string }[];
    }
    for (const [name, operation] of operations as unknown as readonly (readonly [string, Secured])[]) {
      const takesBound = operation.security.some((one) => 'dpop' in one) || /\/(?:login|refresh|logout|token)$/.test(name);
      const hasProof = operation.parameters.some(({ $ref }) => $ref === '#/components/parameters/DPoP');
      expect([name, hasProof]).toEqual([name, takesBound]);
    }
  });

  it('says of every query of a bearer that it waits for positions, and of whatever waits how it may fail', () => {
    // The feed has places of its own.
    const queries = PUBLIC_ROUTES.filter(({ method, who }) => method === 'GET' && who !== 'anyone');
    const waiting = queries.filter(({ path }) => path !== '/api/v1/auth/revocations');
    expect(waiting.filter(({ awaitsPosition }) => awaitsPosition === undefined)).toEqual([]);
    for (const { path, problems } of PUBLIC_ROUTES.filter(({ awaitsPosition }) => awaitsPosition !== undefined))
      expect([path, problems]).toEqual([path, expect.arrayContaining(['not_yet_visible', 'invalid_log_position'])]);
  });

  it('says of an access token that an OAuth endpoint refuses what RFC 6750 says, and not what a refused grant is', () => {
    const { responses } = document.paths['/oauth2/introspect']!.post as unknown as {
      readonly responses: Readonly<Record<string, { readonly content: object }>>;
    };
    expect(JSON.stringify(responses['400'])).not.toMatch(/token_(?:invalid|expired|revoked)|invalid_grant/);
    for (const code of ['token_invalid', 'token_expired', 'token_revoked', 'invalid_client'])
      expect(JSON.stringify(responses['401']!.content)).toContain(code);
    const { examples } = (document as unknown as { readonly components: { readonly examples: Record<string, object> } })
      .components;
    expect(examples['bearer.token_expired']).toMatchObject({ value: { error: 'invalid_token' } });
  });

  it('holds schemas that are JSON Schema 2020-12', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    const { schemas } = (document as unknown as { components: { schemas: Record<string, object> } }).components;
    for (const schema of Object.values(schemas)) expect(ajv.validateSchema(schema)).toBe(true);
  });
});

describe('what the application answers', () => {
  let oauth: OAuthApp;
  beforeAll(async () => {
    oauth = await startOAuthApp();
  });
  afterAll(() => oauth.close());

  it('is served as it is committed, with the path that clients find it below', async () => {
    const { body } = await oauth.app.api.request('/openapi.json');
    expect(body).toEqual({ ...JSON.parse(JSON.stringify(document)), servers: [{ url: '/' }] });
    const app = await startFake({ settings: { url: 'https://example.com/auth/' } });
    expect((await app.api.request('/openapi.json')).body).toEqual({ ...body, servers: [{ url: '/auth' }] });
    await app.close();
  });

  it('is what the description says', async () => {
    const { api, url } = oauth.app;
    const credentials = freshCredentials();
    const pair = await api.signedIn(credentials);
    const gateway = basic('gateway', SECRET);
    const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` });
    await api.register(credentials);
    await api.post('register', { email: 'x', password: 'short' });
    await api.login({ ...credentials, password: 'wrong' });
    await api.post('login', credentials, { 'content-type': 'text/plain' });
    await api.get('me', pair.access_token);
    await api.get('me', 'x');
    await api.get('devices?limit=1', pair.access_token);
    await api.get('devices?limit=x', pair.access_token);
    await api.get(`devices/${pair.session_id}/events`, pair.access_token);
    await api.get(`devices/${randomUUID()}/events`, pair.access_token);
    const device = `/api/v1/auth/devices/${pair.session_id}`;
    const json = { ...bearer(pair.access_token), 'content-type': 'application/json' };
    await api.request(device, { method: 'PATCH', headers: json, body: '{"device_name":"Work"}' });
    const token = { grant_type: 'refresh_token', refresh_token: pair.refresh_token };
    const next = await oauth.form('token', token);
    await oauth.form('token', { grant_type: 'password' });
    await api.refresh(String(next.body.refresh_token));
    await api.refresh('x');
    for (const headers of [gateway, basic('gateway', 'wrong'), bearer(pair.access_token), bearer('x')])
      await oauth.form('introspect', { token: pair.access_token }, headers);
    await oauth.form('introspect', { token: 'x' }, gateway);
    const stream = await openEventStream(`${url}/api/v1/auth/revocations`, gateway);
    stream.close();
    await api.remove(pair.session_id, pair.access_token);
    const other = await api.signIn(credentials);
    const passwords = { current_password: credentials.password, new_password: `${credentials.password} again` };
    const changed = await api.post<{ access_token: string; refresh_token: string }>(
      'password/change',
      passwords,
      bearer(other.access_token),
    );
    await oauth.form('revoke', { token: 'x' });
    await api.logout('x');
    await api.logout(changed.body.refresh_token);
    await api.logoutAll((await oauth.signedIn()).access_token);
    for (const path of ['.well-known/jwks.json', '.well-known/oauth-authorization-server', 'openapi.json', 'healthz'])
      await api.request(`/${path}`);
    const { answers } = oauth.app;
    expect(answers.problems).toEqual([]);
    // Codes of mails, and what administrators and auditors ask, are in tests of their own.
    const here = operations.filter(([, { tags }]) => ['sessions', 'devices', 'oauth', 'services'].includes(tags[0]!));
    const paths = here.map(([name]) => name.split(' ')[1]);
    const missing = answers.successes.filter((name) => paths.includes(name.split(' ')[1]) && !answers.seen.has(name));
    expect(missing).toEqual([]);
  });
});
