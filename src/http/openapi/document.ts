import { PACKAGE_VERSION } from '../package-version.js';
import type { Route } from '../routing/route.js';
import { ERROR_SCHEMAS, errorExamples } from './errors.js';
import { operation } from './operation.js';
import { namedSchemas } from './schemas.js';

/** What each tag is about. A route whose tag is not here fails the test of the description. */
const TAGS: Readonly<Record<string, string>> = {
  accounts: 'Accounts and passwords.',
  sessions: 'Signing in, refreshing and signing out.',
  devices: 'The sessions of a user, by device.',
  administration: 'For the role `admin`.',
  audit: 'For the role `auditor`.',
  oauth: 'The endpoints of OAuth 2.0.',
  services: 'For resource servers, load balancers and readers of this page.',
};

const DESCRIPTION =
  'Sign-in, refresh-token rotation with theft detection, and sessions that end at once. Errors are problem details (RFC 9457); those ' +
  'below `/oauth2` are as RFC 6749 §5.2 says. Every mutation answers with `Log-Position`; a query that sends it as `If-Log-Position` ' +
  'shows at least that. In cookie mode the refresh token is in a cookie instead of the body, and requests that use it carry ' +
  '`X-Requested-With`.';

const LOG_POSITION = 'AZk3c0Wm1QmYh2Jv';

const COMPONENTS = {
  securitySchemes: {
    bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An access token (RFC 9068).' },
    dpop: {
      type: 'http',
      scheme: 'dpop',
      description: 'An access token that is bound to a key, with a proof in the header `DPoP` (RFC 9449 §7.1).',
    },
    client: { type: 'http', scheme: 'basic', description: 'A registered client with a secret (RFC 6749 §2.3.1).' },
  },
  parameters: {
    'If-Log-Position': {
      name: 'If-Log-Position',
      in: 'header',
      description: 'One or several values of `Log-Position`, separated by commas: the answer shows at least these.',
      schema: { type: 'string' },
      example: LOG_POSITION,
    },
    DPoP: {
      name: 'DPoP',
      in: 'header',
      description:
        'A proof of possession (RFC 9449 §4.2): binds the session to its key, or proves that key. Needed for what is bound to one.',
      schema: { type: 'string' },
      example: 'eyJ0eXAiOiJkcG9wK2p3dCJ9.eyJodG0iOiJQT1NUIn0.c2lnbmF0dXJl',
    },
  },
  headers: {
    'Log-Position': {
      description: 'Where the log stands after this; opaque.',
      schema: { type: 'string' },
      example: LOG_POSITION,
    },
    'X-Request-Id': {
      description: 'Names the request in the log of the server.',
      schema: { type: 'string' },
      example: 'q1F3y8Zk0cVt5mXa',
    },
    'Retry-After': {
      description: 'Seconds after which to try again.',
      schema: { type: 'integer', minimum: 1 },
      example: 30,
    },
    'DPoP-Nonce': {
      description:
        'The nonce for the next proof, with every answer to a proof; only where the server wants one (RFC 9449 §8).',
      schema: { type: 'string' },
      example: 'kq3vC0yVd6Yw1sQm',
    },
    'WWW-Authenticate': {
      description: 'How to authenticate (RFC 9110 §11.6.1).',
      schema: { type: 'string' },
      example: 'Bearer error="invalid_token"',
    },
  },
} as const;

/** The examples that some paths refer to. */
function examplesIn(paths: object): Readonly<Record<string, object>> {
  const text = JSON.stringify(paths);
  return Object.fromEntries(Object.entries(errorExamples()).filter(([name]) => text.includes(`/examples/${name}"`)));
}

/**
 * The description of the routes of a table (OpenAPI 3.1), without those that it marks as `undescribed`. Their paths are below `server`:
 * by default below the place where the description was read.
 */
export function openApiDocument(table: readonly Route<never>[], server = '.'): object {
  const routes = table.filter(({ undescribed }) => undescribed !== true);
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method.toLowerCase()] = operation(route);
  const used = new Set(routes.map(({ tag }) => tag));
  return {
    openapi: '3.1.0',
    info: {
      title: 'tokenledger',
      version: PACKAGE_VERSION,
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: server }],
    tags: [...used].map((name) => ({ name, description: TAGS[name] ?? name })),
    paths,
    components: { ...COMPONENTS, examples: examplesIn(paths), schemas: { ...namedSchemas(), ...ERROR_SCHEMAS } },
  };
}
