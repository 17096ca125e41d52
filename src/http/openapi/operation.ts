import { z } from 'zod';
import type { Route, RouteInput, RouteOutput, Who } from '../routing/route.js';
import { errorResponses } from './errors.js';
import { textExample } from './examples.js';
import { answerSchema, jsonSchema, type JsonSchema } from './schemas.js';

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  200: 'Done.',
  201: 'Made.',
  202: 'Taken; the work follows.',
  204: 'Done; there is nothing to say.',
};
/** The paths at which a client binds the session to a key, or proves that key without an access token. */
const WITH_PROOF = ['/api/v1/auth/login', '/api/v1/auth/refresh', '/api/v1/auth/logout', '/oauth2/token'];

/** One operation of the description (OpenAPI 3.1 §4.8.10). */
export function operation(route: Route<never>): object {
  const body = requestBody(route.input);
  return {
    operationId: operationId(route),
    summary: route.summary,
    description: route.description,
    tags: [route.tag],
    security: security(route.who, route.path),
    parameters: parameters(route),
    ...(body === null ? {} : { requestBody: body }),
    responses: { ...successes(route), ...errorResponses(route) },
  };
}

/** From method and path, for generated clients: `postOauth2Token`. */
function operationId({ method, path }: Route<never>): string {
  const words = path.replace(/^\/api\/v\d+\//, '/').match(/[A-Za-z0-9]+/g) ?? [];
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function security(who: Who, path: string): readonly object[] {
  if (who === 'anyone') return path.startsWith('/oauth2/') ? [{}, { client: [] }] : [{}];
  const byToken = [{ bearer: [] }, { dpop: [] }];
  return typeof who === 'object' && 'client' in who ? [{ client: [] }, ...byToken] : byToken;
}

function parameters(route: Route<never>): readonly object[] {
  const { params, query, headers } = route.input;
  return [
    ...membersOf(params).map(([name, schema]) => ({ name, in: 'path', required: true, schema })),
    ...membersOf(query).map(([name, schema, required]) => ({ name, in: 'query', required, schema })),
    ...membersOf(headers).map(([name, schema, required]) => ({ name: titleCase(name), in: 'header', required, schema })),
    ...(route.awaitsPosition ? [{ $ref: '#/components/parameters/If-Log-Position' }] : []),
    ...(takesProof(route) ? [{ $ref: '#/components/parameters/DPoP' }] : []),
  ];
}

function membersOf(
  schema: z.ZodType | undefined,
): readonly (readonly [name: string, schema: JsonSchema, required: boolean])[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as {
    properties?: Record<string, JsonSchema>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, member]) => [name, member, required.includes(name)]);
}

function titleCase(name: string): string {
  return name.replace(/(?:^|-)[a-z]/g, (letters) => letters.toUpperCase()).replace(/-Id$/, '-ID');
}

function requestBody({ body, form, bodyIsOptional }: RouteInput): object | null {
  if (body === undefined && form === undefined) return null;
  const content = {
    ...(body === undefined ? {} : { 'application/json': { schema: jsonSchema(body, 'input') } }),
    ...(form === undefined ? {} : { 'application/x-www-form-urlencoded': { schema: jsonSchema(form, 'input') } }),
  };
  return { required: bodyIsOptional !== true, content };
}

function successes(route: Route<never>): Readonly<Record<string, object>> {
  const isMutation = route.method !== 'GET' && route.path !== '/oauth2/introspect';
  const headers = {
    ...(isMutation ? { 'Log-Position': { $ref: '#/components/headers/Log-Position' } } : {}),
    ...(takesProof(route) ? { 'DPoP-Nonce': { $ref: '#/components/headers/DPoP-Nonce' } } : {}),
    'X-Request-Id': { $ref: '#/components/headers/X-Request-Id' },
  };
  const answers = Object.entries(route.outputs).map(([status, output]) => {
    const content = contentOf(output);
    const description = DESCRIPTIONS[Number(status)] ?? 'Done.';
    return [status, { description, headers, ...(content === null ? {} : { content }) }] as const;
  });
  return Object.fromEntries(answers);
}

/** Whether a request may carry a proof: for the tokens that it asks for, or with the one that it presents. */
function takesProof({ who, path }: Route<never>): boolean {
  return who !== 'anyone' || WITH_PROOF.includes(path);
}

function contentOf(output: RouteOutput): object | null {
  if (output === 'empty') return null;
  if (output instanceof z.ZodType) return { 'application/json': { schema: answerSchema(output) } };
  const { mediaType, schema } = output;
  if (schema !== undefined) return { [mediaType]: { schema: answerSchema(schema) } };
  return { [mediaType]: { schema: { type: 'string' }, ...textExample(mediaType) } };
}
