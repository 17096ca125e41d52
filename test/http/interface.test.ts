/** The HTTP interface, as clients depend on it: every name and status. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import type { Answer, Pair } from '../support/api-client.js';
import { freshCredentials, startApp, type RunningApp } from '../support/running-app.js';

const API = '/api/v1/auth';
const JSON_TYPE = { 'content-type': 'application/json' };
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

let app: RunningApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

function expectProblem(answer: Answer, status: number, code: string): void {
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  // RFC 9110 §15.5.2, and of no other answer.
  expect(answer.headers.get('www-authenticate')?.startsWith('Bearer') ?? false).toBe(status === 401);
  expect(answer.body).toMatchObject({ type: `urn:tokenledger:problem:${code}`, status, code });
  expect(answer.body).toEqual(
    expect.objectContaining({
      title: expect.any(String),
      detail: expect.any(String),
      request_id: answer.headers.get('x-request-id'),
    }),
  );
}

describe('POST /register', () => {
  it('answers 201 with id and address, and 409 the second time, whatever the case', async () => {
    const { email, password } = freshCredentials();
    const first = await app.api.register({ email, password });
    expect(first.status).toBe(201);
    expect(first.body).toEqual({ user_id: expect.stringMatching(UUID), email });
    expect(first.headers.get('log-position')).toMatch(/^\d{20}$/);
    expectProblem(await app.api.register({ email: email.toUpperCase(), password }), 409, 'email_taken');
  });

  it.each([
    ['no address', { password: 'long enough password' }],
    ['an address that is none', { email: 'me', password: 'long enough password' }],
    ['an address too long', { email: `${'a'.repeat(250)}@example.com`, password: 'long enough password' }],
    ['a password too short', { email: 'me@example.com', password: 'eleven char' }],
    ['a password too long', { email: 'me@example.com', password: 'x'.repeat(129) }],
    ['a password that is no text', { email: 'me@example.com', password: 123456789012 }],
    ['half a surrogate pair', { email: 'me@example.com', password: `long enough \ud800` }],
    ['a NUL', { email: 'me@example.com', password: 'long enough \0 password' }],
    ['a list', []],
    ['nothing', null],
  ])('refuses %s with 422, telling the place and not the value', async (_, body) => {
    const answer = await app.api.post('register', body);
    expectProblem(answer, 422, 'validation_failed');
    expect(answer.body.errors).toEqual(expect.arrayContaining([{ path: expect.any(String), message: expect.any(String) }]));
    expect(answer.text).not.toContain('long enough');
  });

  it('counts a password’s characters, not its bytes', async () => {
    const { email } = freshCredentials();
    expect((await app.api.register({ email, password: '🦉'.repeat(12) })).status).toBe(201);
    expect((await app.api.login({ email, password: '🦉'.repeat(12) })).status).toBe(200);
    expect((await app.api.login({ email, password: '🦉'.repeat(13) })).status).toBe(401);
  });

  it('takes a password for the same however its characters are composed', async () => {
    const { email } = freshCredentials();
    const composed = '\u00e9t\u00e9 \u00e0 la mer';
    const decomposed = 'e\u0301te\u0301\u00a0a\u0300 la mer';
    expect((await app.api.register({ email, password: decomposed.slice(0, 14) })).status).toBe(422);
    expect((await app.api.register({ email, password: decomposed })).status).toBe(201);
    for (const password of [composed, decomposed]) expect((await app.api.login({ email, password })).status).toBe(200);
    expect((await app.api.login({ email, password: 'ete a la mer' })).status).toBe(401);
  });
});

describe('POST /login', () => {
  it('answers the token pair', async () => {
    const credentials = freshCredentials();
    await app.api.register(credentials);
    const answer = await app.api.login(credentials);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      access_token: expect.any(String),
      refresh_token: expect.any(String),
      token_type: 'bearer',
      expires_in: 1_800,
      refresh_expires_in: expect.any(Number),
      session_id: expect.stringMatching(UUID),
      device_id: expect.stringMatching(UUID),
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('log-position')).toMatch(/^\d{20}$/);
  });

  it('takes the OAuth 2.0 password form', async () => {
    const { email, password } = freshCredentials();
    await app.api.register({ email, password });
    const body = new URLSearchParams({ grant_type: 'password', username: email, password, device_name: 'Form' });
    const answer = await app.api.request<Pair>(`${API}/login`, { method: 'POST', body });
    expect(answer.status).toBe(200);
    expect(await app.api.devices(answer.body.access_token)).toMatchObject([{ device_name: 'Form' }]);
    const twice = `${body.toString()}&password=other`;
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expectProblem(await app.api.request(`${API}/login`, { method: 'POST', body: twice, headers }), 400, 'malformed_body');
  });

  it('takes parameters of the form that have no value for missing ones (RFC 6749 §3.2), and no other grant', async () => {
    const { email, password } = freshCredentials();
    await app.api.register({ email, password });
    const form = { grant_type: 'password', username: email, password, scope: '', device_id: '', device_name: '' };
    const answer = await app.api.request<Pair>(`${API}/login`, { method: 'POST', body: new URLSearchParams(form) });
    expect([answer.status, answer.body.device_id]).toEqual([200, expect.stringMatching(UUID)]);
    for (const wrong of [{ grant_type: 'refresh_token' }, { password: '' }]) {
      const body = new URLSearchParams({ ...form, ...wrong });
      expectProblem(await app.api.request(`${API}/login`, { method: 'POST', body }), 422, 'validation_failed');
    }
  });

  it.each(['11111111-1111-1111-1111-111111111111', '6B29FC40-CA47-1067-C31D-00DD010662DA'])(
    'takes %s for a device, a UUID of whatever version and variant',
    async (device_id) => {
      const credentials = freshCredentials();
      await app.api.register(credentials);
      const pair = await app.api.signIn(credentials, { device_id });
      expect(pair.device_id).toBe(device_id.toLowerCase());
      expect((await app.api.refresh(pair.refresh_token)).status).toBe(200);
    },
  );

  it('keeps the device that is named, and ends the family that was there', async () => {
    const credentials = freshCredentials();
    const device_id = randomUUID().toUpperCase();
    await app.api.register(credentials);
    const first = await app.api.signIn(credentials, { device_id });
    const second = await app.api.signIn(credentials, { device_id });
    expect([first.device_id, second.device_id]).toEqual([device_id.toLowerCase(), device_id.toLowerCase()]);
    expectProblem((await app.api.refresh(first.refresh_token)) as unknown as Answer, 401, 'token_revoked');
    expect((await app.api.refresh(second.refresh_token)).status).toBe(200);
  });

  it('tells nobody whether the address or the password is wrong', async () => {
    const { email, password } = freshCredentials();
    await app.api.register({ email, password });
    const wrong = await app.api.login({ email, password: `${password}!` });
    const unknown = await app.api.login({ email: `un${email}`, password });
    for (const answer of [wrong, unknown]) expectProblem(answer as unknown as Answer, 401, 'invalid_credentials');
    const [one, other] = [wrong, unknown].map(({ body }) => ({ ...body, request_id: '' }));
    expect(one).toEqual(other);
  });
});

describe('failed sign-ins', () => {
  it('are limited by account and address, successful ones are not', async () => {
    const limited = await startApp({ env: { RATE_LIMIT_EXEMPT: '' } });
    const credentials = freshCredentials();
    await limited.api.register(credentials);
    for (let time = 0; time < 25; time += 1) expect((await limited.api.login(credentials)).status).toBe(200);
    const wrong = { ...credentials, password: 'not the password' };
    const statuses: number[] = [];
    for (let time = 0; time < 21; time += 1) statuses.push((await limited.api.login(wrong)).status);
    expect(statuses).toEqual([...Array.from({ length: 20 }, () => 401), 429]);
    const refused = await limited.api.login(credentials);
    expectProblem(refused as unknown as Answer, 429, 'too_many_requests');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await limited.api.login(freshCredentials())).status).toBe(401);
    await limited.close();
  });
});

describe('POST /refresh and /logout', () => {
  it('refuse what is no refresh token, also one of another kind', async () => {
    const pair = await app.api.signedIn(freshCredentials());
    const [head, payload, signature] = pair.refresh_token.split('.') as [string, string, string];
    const tampered = `${head}.${payload}.${signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))}`;
    for (const token of ['x', 'a.b.c', pair.access_token, tampered, 'x'.repeat(10_000)]) {
      expectProblem((await app.api.refresh(token)) as unknown as Answer, 401, 'token_invalid');
      expectProblem(await app.api.logout(token), 401, 'token_invalid');
    }
    expectProblem(await app.api.post('refresh', {}), 422, 'validation_failed');
  });

  it('logout answers 204 also the second time and with an older token', async () => {
    const pair = await app.api.signedIn(freshCredentials());
    const { body: next } = await app.api.refresh(pair.refresh_token);
    for (const token of [pair.refresh_token, next.refresh_token]) {
      const answer = await app.api.logout(token);
      expect(answer.status).toBe(204);
      expect(answer.headers.get('log-position')).toMatch(/^\d{20}$/);
    }
  });
});

describe('with a Bearer token', () => {
  it('GET /me answers the account', async () => {
    const { email, password } = freshCredentials();
    const pair = await app.api.signedIn({ email, password });
    const answer = await app.api.get('me', pair.access_token);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ user_id: expect.stringMatching(UUID), email, email_verified: false, roles: ['user'] });
  });

  it.each([undefined, 'Bearer', 'Bearer x', 'Basic eDp4', 'Bearer a.b.c'])(
    'refuses %p with a challenge',
    async (authorization) => {
      const init = authorization === undefined ? {} : { headers: { authorization } };
      const answer = await app.api.request(`${API}/me`, init);
      expectProblem(answer, 401, 'token_invalid');
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    },
  );

  it('does not take a refresh token for one', async () => {
    const pair = await app.api.signedIn(freshCredentials());
    expectProblem(await app.api.get('me', pair.refresh_token), 401, 'token_invalid');
  });

  it('lists devices with all there is to know, and marks the one that asks', async () => {
    const credentials = freshCredentials();
    const first = await app.api.signedIn(credentials);
    const login = await app.api.login(credentials, { device_name: 'Second' });
    const devices = await app.api.devices(first.access_token, login.headers.get('log-position'));
    expect(devices).toHaveLength(2);
    expect(devices[0]).toEqual({
      session_id: login.body.session_id,
      device_id: login.body.device_id,
      device_name: 'Second',
      ip: '127.0.0.1',
      user_agent: 'node',
      issued_at: expect.any(String),
      last_used_at: expect.any(String),
      expires_at: expect.any(String),
      generation: 0,
      current: false,
    });
    expect(devices[1]).toMatchObject({ session_id: first.session_id, device_name: null, current: true });
  });

  it('removes a device: once, one’s own only, and not by a name that is no id', async () => {
    const credentials = freshCredentials();
    const pair = await app.api.signedIn(credentials);
    const other = await app.api.signIn(credentials);
    const stranger = await app.api.signedIn(freshCredentials());
    expectProblem(await app.api.remove(other.session_id, stranger.access_token), 404, 'not_found');
    expectProblem(await app.api.remove(randomUUID(), pair.access_token), 404, 'not_found');
    expectProblem(await app.api.remove('%00', pair.access_token), 404, 'not_found');
    expect((await app.api.remove(other.session_id, pair.access_token)).status).toBe(204);
    expectProblem(await app.api.remove(other.session_id, pair.access_token), 404, 'not_found');
    expectProblem((await app.api.refresh(other.refresh_token)) as unknown as Answer, 401, 'token_revoked');
    expectProblem(await app.api.get('me', other.access_token), 401, 'token_revoked');
  });

  it('pages through a device’s events, newest first, a hundred at most', async () => {
    const pair = await app.api.signedIn(freshCredentials());
    let token = pair.refresh_token;
    let access = pair.access_token;
    for (let rotation = 0; rotation < 120; rotation += 1) {
      const { body } = await app.api.refresh(token);
      [token, access] = [body.refresh_token, body.access_token];
    }
    interface Page {
      readonly events: {
        readonly type: string;
        readonly generation: number;
        readonly ip: string;
        readonly user_agent: string;
      }[];
      readonly next: number | null;
    }
    const path = `devices/${pair.session_id}/events`;
    const first = await app.api.get<Page>(path, access);
    expect(first.body.events).toHaveLength(100);
    expect(first.body.events[0]).toMatchObject({
      type: 'TokenRotated',
      generation: 120,
      ip: '127.0.0.1',
      user_agent: 'node',
    });
    const second = await app.api.get<Page>(`${path}?before=${String(first.body.next)}`, access);
    expect(second.body.events.map(({ generation }) => generation)).toEqual(
      Array.from({ length: 21 }, (_, index) => 20 - index),
    );
    expect(second.body.next).toBeNull();
    for (const before of ['-1', 'x', '1.5', '1&before=2'])
      expectProblem(await app.api.get(`${path}?before=${before}`, access), 422, 'validation_failed');
    const stranger = await app.api.signedIn(freshCredentials());
    expectProblem(await app.api.get(path, stranger.access_token), 404, 'not_found');
  });

  it('changes the password: other devices are signed out, the one that asks stays', async () => {
    const credentials = freshCredentials();
    const pair = await app.api.signedIn(credentials);
    const other = await app.api.signIn(credentials);
    const authorization = { authorization: `Bearer ${pair.access_token}` };
    const change = { current_password: 'wrong', new_password: 'the new password' };
    expectProblem(await app.api.post('password/change', change, authorization), 401, 'invalid_credentials');
    const right = { ...change, current_password: credentials.password };
    expect((await app.api.post('password/change', right, authorization)).status).toBe(204);
    expect((await app.api.refresh(other.refresh_token)).status).toBe(401);
    expect((await app.api.refresh(pair.refresh_token)).status).toBe(200);
    expect((await app.api.login(credentials)).status).toBe(401);
    expect((await app.api.login({ ...credentials, password: 'the new password' })).status).toBe(200);
  });
});

describe('for other services and operators', () => {
  it('access tokens verify through the JWKS (RFC 9068)', async () => {
    const pair = await app.api.signedIn(freshCredentials());
    const jwks = createRemoteJWKSet(new URL('/.well-known/jwks.json', app.url));
    const { payload, protectedHeader } = await jwtVerify(pair.access_token, jwks, {
      typ: 'at+jwt',
      audience: 'tokenledger',
      issuer: 'http://127.0.0.1:0',
    });
    expect(protectedHeader).toMatchObject({ alg: 'EdDSA', kid: expect.any(String) });
    expect(payload).toMatchObject({ sid: pair.session_id, sub: expect.stringMatching(UUID), client_id: 'tokenledger' });
    const { body } = await app.api.request<{ keys: object[] }>('/.well-known/jwks.json');
    expect(body.keys.some((key) => 'd' in key)).toBe(false);
  });

  it('tells that it lives, is ready and how it does', async () => {
    expect((await app.api.request('/healthz')).body).toEqual({ status: 'ok' });
    const ready = await app.api.request('/readyz');
    expect(ready.status).toBe(200);
    expect(ready.body).toMatchObject({ status: 'ready', projection: { state: 'running' } });
    const metrics = await app.api.request('/metrics');
    expect(metrics.headers.get('content-type')).toContain('text/plain');
    expect(metrics.text).toContain('tokenledger_projection_lag_seconds');
    expect(metrics.text).toContain('route="/api/v1/auth/refresh"');
  });
});

describe('any request', () => {
  it.each([
    ['malformed JSON', '{"email":', JSON_TYPE, 400, 'malformed_body'],
    ['no JSON', '', JSON_TYPE, 400, 'malformed_body'],
    ['another content type', '<a/>', { 'content-type': 'text/xml' }, 415, 'unsupported_media_type'],
    ['another charset', '{}', { 'content-type': 'application/json; charset=latin1' }, 415, 'unsupported_media_type'],
    ['a compressed body', '{}', { ...JSON_TYPE, 'content-encoding': 'gzip' }, 415, 'unsupported_media_type'],
    ['more than 16 KiB', `{"a":"${'x'.repeat(16_384)}"}`, JSON_TYPE, 413, 'body_too_large'],
  ])('with %s is refused', async (_, body, headers, status, code) => {
    for (const path of ['register', 'login', 'refresh', 'logout'])
      expectProblem(await app.api.request(`${API}/${path}`, { method: 'POST', body, headers }), status, code);
  });

  it.each(['Content-Length: 8192045', 'Transfer-Encoding: chunked'])(
    'far too large (%s) gets its answer though the client goes on sending, and so does the next one',
    async (length) => {
      const head = `POST ${API}/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${length}\r\n\r\n`;
      const body = `${`1f4000\r\n${'x'.repeat(2_048_000)}\r\n`.repeat(4)}0\r\n\r\n`;
      const answers = await raw(`${head}${body}GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      expect(answers.match(/HTTP\/1\.1 \d+ /g)).toEqual(['HTTP/1.1 413 ', 'HTTP/1.1 200 ']);
    },
  );

  it('with bytes that are not UTF-8 is refused', async () => {
    const body = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    expectProblem(
      await app.api.request(`${API}/login`, { method: 'POST', body, headers: JSON_TYPE }),
      400,
      'malformed_body',
    );
  });

  it('by a wrong method is answered 405 with Allow', async () => {
    const answer = await app.api.request(`${API}/refresh`, { method: 'PUT' });
    expectProblem(answer, 405, 'method_not_allowed');
    expect(answer.headers.get('allow')).toBe('POST, OPTIONS');
    expectProblem(await app.api.request(`${API}/refresh`), 405, 'method_not_allowed');
    const options = await app.api.request(`${API}/me`, { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'HEAD, GET, OPTIONS']);
  });

  it('for what is not there is answered 404', async () => {
    for (const path of ['/nothing', `${API}/nothing`, '/../../etc/passwd', '/js/%2e%2e/%2e%2e/package.json'])
      expectProblem(await app.api.request(path), 404, 'not_found');
    expectProblem(await app.api.request('/%ff'), 400, 'malformed_request');
  });

  it('keeps its usable request id, and gets another for one that is not', async () => {
    const kept = await app.api.request('/healthz', { headers: { 'x-request-id': 'trace-1.a_b' } });
    expect(kept.headers.get('x-request-id')).toBe('trace-1.a_b');
    const replaced = await app.api.request('/healthz', { headers: { 'x-request-id': 'a b' } });
    expect(replaced.headers.get('x-request-id')).toMatch(UUID);
  });

  it('is answered with security headers', async () => {
    const { headers } = await app.api.request('/healthz');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-powered-by')).toBeNull();
  });

  it.each([
    ['no HTTP at all', 'hello\r\n\r\n', 400],
    ['a head too large', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
  ])('that is %s is answered in kind', async (_, bytes, status) => {
    const answer = await raw(bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain('application/problem+json');
  });
});

/** What the server answers to bytes, read once all of them are sent: as clients do that write, then read. */
function raw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1', () => socket.write(bytes, () => socket.resume()));
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    socket
      .pause()
      .on('end', () => resolve(answer))
      .on('error', reject);
  });
}
