import type { JsonSchema } from './schemas.js';

const TOKEN = 'eyJhbGciOiJIUzI1NiIsInR5cCI6InJ0K2p3dCJ9.eyJzaWQiOiI0YzNhIn0.q1F3y8Zk0cVt5mXa';
const AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const ISSUER = 'https://auth.example.com';

/** By the format of a member. */
const BY_FORMAT: Readonly<Record<string, unknown>> = {
  uuid: '4c3a6c1e-58f4-4b0e-9d0a-2f6d1f0c7b21',
  date: '2026-03-01',
  'date-time': '2026-03-01T09:30:00.000Z',
};

/** By the name of a member: a name means the same thing wherever it stands. */
const BY_NAME: Readonly<Record<string, unknown>> = {
  access_token: 'eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiI0YzNhIn0.c2lnbmF0dXJl',
  active_sessions: 2,
  actor: 'user',
  after: 'WzE3NzIzNTc0MDAwMDAsIjRjM2EiXQ',
  alg: 'EdDSA',
  auth_time: 1_772_357_400,
  client_id: 'a-native-app',
  client_secret: 'never sent like this',
  code: '4c3a6c1e-58f4-4b0e-9d0a-2f6d1f0c7b21.kq3vC0yVd6Yw1sQm0pJ7Xh2bT9aR4nL8eU5iO3gF1zA',
  current_password: 'correct horse battery staple',
  destroyed_streams: ['tokenledger_token-4c3a6c1e-58f4-4b0e-9d0a-2f6d1f0c7b21.9a1f0b52-6a35-4c0e-b6f7-8f2f8f6d9c10'],
  device_name: 'Firefox on Linux',
  dpop_signing_alg_values_supported: ['ES256', 'EdDSA'],
  email: 'ada@example.com',
  exp: 1_772_359_200,
  expires_in: 1_800,
  generation: 3,
  generations: [3, 4],
  grant_type: 'refresh_token',
  grant_types_supported: ['refresh_token'],
  iat: 1_772_357_400,
  'idempotency-key': '"8e03978e-40d5-43dd-bc93-6894a57f9324"',
  introspection_endpoint: `${ISSUER}/oauth2/introspect`,
  introspection_endpoint_auth_methods_supported: ['client_secret_basic'],
  ip: '203.0.113.8',
  iss: ISSUER,
  issuer: ISSUER,
  jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I',
  jti: '7b1de4c4-0c3f-4f0e-8a55-0d6b1a2c9e11',
  jwks_uri: `${ISSUER}/.well-known/jwks.json`,
  kid: 'MpUKyEmzhFyT4SnL',
  kty: 'OKP',
  'last-event-id': 'AZk3c0Wm1Q',
  name: 'Ada',
  new_password: 'a longer sentence, easy to keep',
  note: 'auth.example.com\n42\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— auth.example.com Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n',
  openapi: '3.1.0',
  password: 'correct horse battery staple',
  position: '0000000000000042',
  proof: 'c2sp.org/tlog-proof@v1\nindex 12\n…\n',
  reason: 'logout',
  refresh_expires_in: 2_592_000,
  refresh_grace_seconds: 30,
  refresh_token: TOKEN,
  response_types_supported: [],
  revision: 7,
  revocation_endpoint: `${ISSUER}/oauth2/revoke`,
  revocation_endpoint_auth_methods_supported: ['none', 'client_secret_basic'],
  roles: ['auditor'],
  scope: 'session',
  service_documentation: `${ISSUER}/docs`,
  status: 'active',
  stream: 'token-4c3a6c1e-58f4-4b0e-9d0a-2f6d1f0c7b21.9a1f0b52-6a35-4c0e-b6f7-8f2f8f6d9c10',
  token: TOKEN,
  token_endpoint: `${ISSUER}/oauth2/token`,
  token_endpoint_auth_methods_supported: ['none', 'client_secret_basic'],
  token_type_hint: 'refresh_token',
  type: 'TokenRotated',
  user_agent: AGENT,
  words: 'Refreshed the session on Firefox on Linux.',
};
/** Numbers in a query are text; the next page after a number is a number. */
const DIGITS = '50';
const NEXT = { integer: 41, string: BY_NAME.after };

/** A schema in which each member that is a value has an example, unless it says itself what it may be. */
export function withExamples(schema: JsonSchema, name = ''): JsonSchema {
  const { properties, items, anyOf } = schema as {
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly items?: JsonSchema;
    readonly anyOf?: readonly JsonSchema[];
  };
  if (properties !== undefined) {
    const members = Object.entries(properties).map(([member, of]) => [member, withExamples(of, member)] as const);
    return { ...schema, properties: Object.fromEntries(members) };
  }
  if (items?.properties !== undefined) return { ...schema, items: withExamples(items, name) };
  if (anyOf !== undefined) return { ...schema, anyOf: anyOf.map((one) => withExamples(one, name)) };
  const example = exampleOf(schema, name);
  return example === undefined ? schema : { ...schema, examples: [example] };
}

function exampleOf(schema: JsonSchema, name: string): unknown {
  if (['examples', 'enum', 'const', '$ref'].some((key) => key in schema) || name === '') return undefined;
  const types = [schema.type].flat();
  if (types.includes('boolean') || types.every((type) => type === 'null')) return undefined;
  if (typeof schema.format === 'string' && schema.format in BY_FORMAT) return BY_FORMAT[schema.format];
  if (typeof schema.pattern === 'string' && schema.pattern.includes('\\d')) return DIGITS;
  if (name === 'next') return types.includes('integer') ? NEXT.integer : NEXT.string;
  return BY_NAME[name];
}

const TEXTS: Readonly<Record<string, string>> = {
  'text/event-stream':
    'id: AZk3c0Wm1Q\ndata: eyJ0eXAiOiJzZWNldmVudCtqd3QifQ.eyJqdGkiOiI0YzNhIn0.c2lnbmF0dXJl\n\n: caught up\nid: AZk3c0Wm1R\n\n',
};

/** The example of a body that is text. */
export function textExample(mediaType: string): { readonly example?: string } {
  const example = TEXTS[mediaType];
  return example === undefined ? {} : { example };
}
