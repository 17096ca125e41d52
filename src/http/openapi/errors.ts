import { oauthError } from '../oauth-errors.js';
import type { ErrorFormat } from '../problem.js';
import { PROBLEMS, type ProblemCode } from '../problem-codes.js';
import type { Route } from '../routing/route.js';
import type { JsonSchema } from './schemas.js';

const EXAMPLE_REQUEST_ID = 'q1F3y8Zk0cVt5mXa';

/** What any request may be answered. */
const ANY: readonly ProblemCode[] = [
  'malformed_request',
  'headers_too_large',
  'too_many_requests',
  'internal_error',
  'unavailable',
];
const WITH_BODY: readonly ProblemCode[] = [
  'malformed_body',
  'body_too_large',
  'unsupported_media_type',
  'validation_failed',
];
const OF_BEARERS: readonly ProblemCode[] = ['token_invalid', 'token_expired', 'token_revoked'];

export const ERROR_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  Problem: {
    type: 'object',
    description: 'Problem details (RFC 9457).',
    required: ['type', 'title', 'status', 'code', 'detail', 'request_id'],
    properties: {
      type: { type: 'string', format: 'uri' },
      title: { type: 'string' },
      status: { type: 'integer' },
      code: { type: 'string', enum: Object.keys(PROBLEMS), description: 'Stable: for programs.' },
      detail: { type: 'string', description: 'For people.' },
      request_id: { type: 'string', description: 'Names the request in the log of the server.' },
      errors: {
        type: 'array',
        description: 'Where the input is wrong.',
        items: {
          type: 'object',
          required: ['path', 'message'],
          properties: { path: { type: 'string' }, message: { type: 'string' } },
        },
      },
    },
  },
  OAuthError: {
    type: 'object',
    description: 'An error of OAuth 2.0 (RFC 6749 §5.2).',
    required: ['error', 'error_description'],
    properties: { error: { type: 'string' }, error_description: { type: 'string' } },
  },
};

/** The answers of a route that are failures, by status, each with an example a code. */
export function errorResponses(route: Route<never>): Readonly<Record<string, object>> {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of codesOf(route)) {
    const status = statusOf(code, formatOf(code, route));
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const sorted = [...byStatus].sort(([one], [other]) => one - other);
  return Object.fromEntries(sorted.map(([status, codes]) => [String(status), response(status, codes, route)]));
}

function codesOf({ input, who, problems }: Route<never>): readonly ProblemCode[] {
  const hasBody = input.body !== undefined || input.form !== undefined;
  return [
    ...new Set([
      ...problems,
      ...ANY,
      ...(hasBody ? WITH_BODY : []),
      ...(input.query === undefined ? [] : (['validation_failed'] as const)),
      ...(input.params === undefined ? [] : (['not_found'] as const)),
      ...(who === 'anyone' ? [] : OF_BEARERS),
      ...(typeof who === 'object' ? (['forbidden'] as const) : []),
      ...(typeof who === 'object' && 'client' in who ? (['invalid_client'] as const) : []),
    ]),
  ];
}

/** How an error is written: `bearer` is the one of an access token that an OAuth endpoint refuses (RFC 6750 §3.1), not a grant. */
type Format = ErrorFormat | 'bearer';

function formatOf(code: ProblemCode, { errorFormat, who }: Route<never>): Format {
  return errorFormat === 'oauth' && who !== 'anyone' && OF_BEARERS.includes(code) ? 'bearer' : errorFormat;
}

function statusOf(code: ProblemCode, format: Format): number {
  return format === 'oauth' ? oauthError(code, PROBLEMS[code][0]).status : PROBLEMS[code][0];
}

function response(status: number, codes: readonly ProblemCode[], route: Route<never>): object {
  const isOAuth = route.errorFormat === 'oauth';
  const examples = codes.map((code) => [code, { $ref: `#/components/examples/${formatOf(code, route)}.${code}` }] as const);
  const media = {
    schema: { $ref: `#/components/schemas/${isOAuth ? 'OAuthError' : 'Problem'}` },
    examples: Object.fromEntries(examples),
  };
  return {
    description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code][1]}.`).join(' '),
    headers: { ...headersOf(status, codes), 'X-Request-Id': { $ref: '#/components/headers/X-Request-Id' } },
    content: { [isOAuth ? 'application/json' : 'application/problem+json']: media },
  };
}

function headersOf(status: number, codes: readonly ProblemCode[]): object {
  const nonce = { 'DPoP-Nonce': { $ref: '#/components/headers/DPoP-Nonce' } };
  if (codes.includes('use_dpop_nonce')) return nonce;
  if (status === 401) return { ...nonce, 'WWW-Authenticate': { $ref: '#/components/headers/WWW-Authenticate' } };
  return status === 429 || status === 503 ? { 'Retry-After': { $ref: '#/components/headers/Retry-After' } } : {};
}

/** An example of each error in each format, under the names that responses refer to. */
export function errorExamples(): Readonly<Record<string, object>> {
  const codes = Object.keys(PROBLEMS) as ProblemCode[];
  return Object.fromEntries(
    codes.flatMap((code) => [
      [`problem.${code}`, { value: problemExample(code) }],
      [`oauth.${code}`, { value: oauthExample(code) }],
      [`bearer.${code}`, { value: { error: 'invalid_token', error_description: PROBLEMS[code][1] } }],
    ]),
  );
}

function problemExample(code: ProblemCode): object {
  const [status, title] = PROBLEMS[code];
  const type = `urn:tokenledger:problem:${code}`;
  const errors = code === 'validation_failed' ? { errors: [{ path: 'email', message: 'must be an e-mail address' }] } : {};
  return { type, title, status, code, detail: title, request_id: EXAMPLE_REQUEST_ID, ...errors };
}

function oauthExample(code: ProblemCode): object {
  const [status, title] = PROBLEMS[code];
  return { error: oauthError(code, status).error, error_description: title };
}
