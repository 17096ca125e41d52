import type { HttpServices } from '../dependencies.js';
import { defineRoute, type Route, type RouteInput } from '../routing/route.js';
import { METADATA_PATH, serverMetadata } from '../server-metadata.js';
import { HealthView, JwksView, ServerMetadataView } from '../views.js';

const JWKS_SECONDS = 300;
const JWKS_TYPE = 'application/jwk-set+json';

/** What other services and load balancers ask for. */
export const wellKnownRoutes: readonly Route<HttpServices>[] = [
  defineRoute({
    method: 'GET',
    path: '/.well-known/jwks.json',
    summary: 'Public keys',
    description: 'The keys that verify access tokens (RFC 7517).',
    tag: 'services',
    input: {},
    outputs: { 200: { mediaType: JWKS_TYPE, schema: JwksView } },
    problems: [],
    errorFormat: 'problem',
    who: 'anyone',
    handler: (_request, { jwks }: HttpServices) => {
      const headers = { 'Content-Type': JWKS_TYPE, 'Cache-Control': `public, max-age=${JWKS_SECONDS}` };
      return Promise.resolve({ status: 200, body: jwks(), headers });
    },
  }),
  defineRoute({
    method: 'GET',
    path: METADATA_PATH,
    summary: 'Server metadata',
    description:
      'Where the endpoints of OAuth are and what they take (RFC 8414). Where the issuer has a path, also at this address followed by that path (§3.1).',
    tag: 'oauth',
    input: {},
    outputs: { 200: ServerMetadataView },
    problems: [],
    errorFormat: 'problem',
    who: 'anyone',
    handler: (_request, { settings }: HttpServices) =>
      Promise.resolve({
        status: 200,
        body: serverMetadata(settings),
        headers: { 'Cache-Control': `public, max-age=${JWKS_SECONDS}` },
      }),
  }),
  defineRoute<HttpServices, RouteInput, 'anyone'>({
    method: 'GET',
    path: '/healthz',
    summary: 'Liveness',
    description: 'Answers as long as the process does.',
    tag: 'services',
    input: {},
    outputs: { 200: HealthView },
    problems: [],
    errorFormat: 'problem',
    who: 'anyone',
    handler: () => Promise.resolve({ status: 200, body: { status: 'ok' } }),
  }),
];
