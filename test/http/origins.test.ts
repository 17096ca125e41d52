import { afterEach, describe, expect, it } from '@jest/globals';
import { request } from 'node:http';
import { positionOf } from '../../src/event-store/position.js';
import type { HttpSettings } from '../../src/http/dependencies.js';
import { canonicalOrigin } from '../../src/http/origins.js';
import { cookieName } from '../../src/http/refresh-cookie.js';
import { codeOf, fakePair, fakeToken, SID, startFake, USER, type FakeApp } from '../support/fake-http.js';

const ISSUER = 'https://auth.example.com';
const ALLOWED = 'https://app.example.org';

let app: FakeApp | null = null;
afterEach(async () => {
  await app?.close();
  app = null;
});

async function start(settings: Partial<HttpSettings> = {}): Promise<FakeApp> {
  const place = { userId: USER, sid: SID, position: positionOf(1) };
  app = await startFake({
    settings,
    commands: {
      refresh: () => Promise.resolve({ outcome: 'rotated', tokens: fakePair(), ...place }),
      signOut: () => Promise.resolve({ outcome: 'revoked', ...place }),
      signIn: () => Promise.resolve({ outcome: 'issued', tokens: fakePair(), ...place }),
      knownDevice: () => Promise.resolve(null),
    },
  });
  return app;
}

type Headers = Readonly<Record<string, string>>;
/** What a refresh with the cookie is answered. Not by `fetch`, which keeps some of these headers to itself. */
function refresh({ server: { port } }: FakeApp, headers: Headers): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path: '/api/v1/auth/refresh', method: 'POST', agent: false });
    const cookie = `${cookieName(ISSUER)}=${fakeToken(SID, 1)}`;
    const all = { cookie, 'content-type': 'application/json', 'x-requested-with': 'tokenledger', ...headers };
    for (const [name, value] of Object.entries(all)) sent.setHeader(name, value);
    sent.on('error', reject).on('response', (response) => {
      response.resume();
      resolve(response.statusCode!);
    });
    sent.end('{}');
  });
}

describe('the cookie is taken from a page', () => {
  it.each([
    ['of the issuer', { origin: ISSUER }],
    ['of the issuer, in another spelling', { origin: 'https://AUTH.example.com:443' }],
    ['of an allowed origin', { origin: ALLOWED }],
    ['of an allowed origin that is another site', { origin: ALLOWED, 'sec-fetch-site': 'cross-site' }],
    ['that is same-origin as the browser says', { 'sec-fetch-site': 'same-origin' }],
  ])('%s', async (_, headers) => {
    expect(await refresh(await start(), headers)).toBe(200);
  });

  it.each(['127.0.0.1', 'localhost', '[::1]'])('of http://%s at our port, on a loopback host', async (name) => {
    const running = await start();
    expect(await refresh(running, { origin: `http://${name}:${running.server.port}` })).toBe(200);
  });
});

describe('the cookie is refused to', () => {
  it.each([
    ['what sends no origin', {}],
    ['a page without an origin', { origin: 'null' }],
    ['a page of another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['an origin that begins with ours', { origin: `${ISSUER}.evil.example` }],
    ['an origin with a path', { origin: `${ISSUER}/x` }],
    ['our name without TLS', { origin: 'http://auth.example.com' }],
    ['another port of ours', { origin: 'https://auth.example.com:8443' }],
    ['another port of the loopback host', { origin: 'http://127.0.0.1:1' }],
    ['TLS on the loopback host', { origin: 'https://127.0.0.1' }],
    ['a page of the same site, without an origin', { 'sec-fetch-site': 'same-site' }],
    ['what cannot set a header', { origin: ISSUER, 'x-requested-with': '' }],
    ['who names another server', { origin: 'https://evil.example', 'x-forwarded-host': 'evil.example' }],
    ['who names another server as host', { origin: 'http://evil.example', host: 'evil.example' }],
  ])('%s', async (_, headers) => {
    expect(await refresh(await start({ trustProxy: 1 }), headers)).toBe(403);
  });

  it('pages of a loopback name when the server is not on a loopback host', async () => {
    const running = await start({ host: '0.0.0.0' });
    expect(await refresh(running, { origin: `http://127.0.0.1:${running.server.port}` })).toBe(403);
  });

  it('pages of others at sign-in and at logout, which would act as somebody else', async () => {
    const { api } = await start();
    const login = { email: 'ada@example.com', password: 'a password', mode: 'cookie' };
    for (const origin of ['null', 'http://127.0.0.1:1', 'https://evil.example']) {
      const answer = await api.post('login', login, { origin });
      expect([...codeOf(answer), answer.headers.getSetCookie()]).toEqual([403, 'origin_refused', []]);
      const cookie = `${cookieName(ISSUER)}=${fakeToken(SID, 1)}`;
      expect(codeOf(await api.post('logout', {}, { origin, cookie, 'x-requested-with': 'x' }))).toEqual([
        403,
        'origin_refused',
      ]);
    }
    expect((await api.post('login', login, { origin: ISSUER })).headers.getSetCookie()).toHaveLength(1);
    expect((await api.post('login', login)).headers.getSetCookie()).toHaveLength(1);
  });
});

describe('cross-origin requests (CORS)', () => {
  it('are open, with credentials, to allowed origins', async () => {
    const { api } = await start();
    const answer = await api.post('refresh', { refresh_token: 'x' }, { origin: ALLOWED });
    expect(answer.headers.get('access-control-allow-origin')).toBe(ALLOWED);
    expect(answer.headers.get('access-control-allow-credentials')).toBe('true');
    expect(answer.headers.get('access-control-expose-headers')).toBe(
      'Log-Position,Retry-After,X-Request-Id,RateLimit,RateLimit-Policy',
    );
    expect(answer.headers.get('vary')).toContain('Origin');
  });

  it('let a page that sends a DPoP proof read what it has to learn from the answer', async () => {
    const { api } = await start();
    const answer = await api.post('refresh', { refresh_token: 'x' }, { origin: ALLOWED, dpop: 'x' });
    expect(answer.headers.get('access-control-expose-headers')?.split(',')).toEqual(
      expect.arrayContaining(['Log-Position', 'DPoP-Nonce', 'WWW-Authenticate', 'Date']),
    );
  });

  it('of no origin are answered with nothing but that another may be answered otherwise', async () => {
    const { headers } = await (await start()).api.post('refresh', { refresh_token: 'x' });
    expect(headers.get('vary')).toBe('Origin');
    expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });

  it('that fail say so to allowed origins too', async () => {
    const { api } = await start();
    const answer = await api.request('/api/v1/auth/me', { headers: { origin: ALLOWED } });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([401, ALLOWED]);
  });

  it.each(['PATCH', 'DELETE'])('are announced for %s', async (method) => {
    const { api } = await start();
    const headers = { origin: ALLOWED, 'access-control-request-method': method };
    const answer = await api.request(`/api/v1/auth/devices/${SID}`, { method: 'OPTIONS', headers });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-methods')).toContain(method);
    const allowed = answer.headers.get('access-control-allow-headers')!.toLowerCase().split(',');
    expect(allowed).toEqual(
      expect.arrayContaining(['authorization', 'content-type', 'idempotency-key', 'if-log-position', 'x-requested-with']),
    );
    expect(allowed).toEqual(expect.arrayContaining(['dpop', 'last-event-id']));
  });

  it.each([ISSUER, 'https://evil.example', `${ALLOWED}.evil.example`, 'null'])('are closed to %s', async (origin) => {
    const { api } = await start();
    const headers = { origin, 'access-control-request-method': 'POST' };
    const preflight = await api.request('/api/v1/auth/refresh', { method: 'OPTIONS', headers });
    const answer = await api.post('refresh', { refresh_token: 'x' }, { origin });
    for (const { headers: answered } of [preflight, answer]) {
      expect(answered.get('access-control-allow-origin')).toBeNull();
      expect(answered.get('vary')).toContain('Origin');
    }
  });

  it('are open to all for the keys, without credentials', async () => {
    const { api } = await start();
    const { headers } = await api.request('/.well-known/jwks.json', { headers: { origin: 'https://evil.example' } });
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
  });
});

describe('canonicalOrigin', () => {
  it.each([
    ['https://a.example', 'https://a.example'],
    ['HTTPS://A.example:443', 'https://a.example'],
    ['null', null],
    ['', null],
    ['file:///x', null],
    ['https://a.example@b.example', null],
    ['https://a.example?x', null],
  ])('of %j is %j', (header, origin) => {
    expect(canonicalOrigin(header)).toBe(origin);
  });
});
