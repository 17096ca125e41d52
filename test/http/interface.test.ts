/** The HTTP interface, as clients depend on it: every name and status. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import type { Answer, Pair } from '../support/api-client.js';
import { freshCredentials, startApp, type RunningApp } from '../support/running-app.js';

const API = '/api/v1/auth';
const OPAQUE = /^[\w-]{40,120}$/;
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
    expect(first.headers.get('log-position')).toMatch(OPAQUE);
    expectProblem(await app.api.register({ email: email.toUpperCase(), password }), 409, 'email_taken');
  });

  it('counts a password’s characters, not its bytes', async () => {
    const { email } = freshCredentials();
    // Twelve characters, 48 bytes.
    const password = '🦉🐝🐈🐕🦊🐍🐎🐢🐙🦋🐌🐞';
    expect((await app.api.register({ email, password })).status).toBe(201);
    expect((await app.api.login({ email, password })).status).toBe(200);
    expect((await app.api.login({ email, password: `${password}🦉` })).status).toBe(401);
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
      refresh_grace_seconds: 30,
      session_id: expect.stringMatching(UUID),
      device_id: expect.stringMatching(UUID),
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('log-position')).toMatch(OPAQUE);
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

  it('reveals to nobody whether the email or the password is wrong', async () => {
    const { email, password } = freshCredentials();
    await app.api.register({ email, password });
    const wrong = await app.api.login({ email, password: `${password}!` });
    const unknown = await app.api.login({ email: `un${email}`, password });
    for (const answer of [wrong, unknown]) expectProblem(answer as unknown as Answer, 401, 'invalid_credentials');
    const [one, other] = [wrong, unknown].map(({ body }) => ({ ...body, request_id: '' }));
    expect(one).toEqual(other);
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
      expect(answer.headers.get('log-position')).toMatch(OPAQUE);
    }
  });
});

describe('with a Bearer token', () => {
  it('GET /me answers the account', async () => {
    const { email, password } = freshCredentials();
    const pair = await app.api.signedIn({ email, password });
    const answer = await app.api.get('me', pair.access_token);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      user_id: expect.stringMatching(UUID),
      email,
      email_verified: false,
      name: null,
      roles: [],
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/),
    });
  });

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
      contested: false,
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
    const stranger = await app.api.signedIn(freshCredentials());
    expectProblem(await app.api.get(path, stranger.access_token), 404, 'not_found');
  });

  it('changes the password: no session of before goes on, a new one begins on this device', async () => {
    const credentials = freshCredentials();
    const pair = await app.api.signedIn(credentials);
    const other = await app.api.signIn(credentials);
    const authorization = { authorization: `Bearer ${pair.access_token}` };
    const new_password = `another horse ${randomUUID()}`;
    const change = { current_password: 'wrong', new_password };
    expectProblem(await app.api.post('password/change', change, authorization), 401, 'invalid_credentials');
    const right = { ...change, current_password: credentials.password };
    const changed = await app.api.post<Pair>('password/change', right, authorization);
    expect([changed.status, changed.body.device_id]).toEqual([200, pair.device_id]);
    expect(changed.body.session_id).not.toBe(pair.session_id);
    for (const before of [pair, other]) expect((await app.api.refresh(before.refresh_token)).status).toBe(401);
    expect((await app.api.refresh(changed.body.refresh_token)).status).toBe(200);
    expect((await app.api.login(credentials)).status).toBe(401);
    expect((await app.api.login({ ...credentials, password: new_password })).status).toBe(200);
  });

  it('renames a device', async () => {
    const pair = await app.api.signedIn(freshCredentials());
    const renamed = await app.api.request(`${API}/devices/${pair.session_id}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${pair.access_token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ device_name: ' Work ' }),
    });
    expect(renamed.status).toBe(204);
    const devices = await app.api.devices(pair.access_token, renamed.headers.get('log-position'));
    expect(devices).toMatchObject([{ device_name: 'Work', current: true }]);
  });
});

describe('for other services and operators', () => {
  it('access tokens verify through the JWKS (RFC 9068)', async () => {
    const pair = await app.api.signedIn(freshCredentials());
    const jwks = createRemoteJWKSet(new URL('/.well-known/jwks.json', app.url));
    const { payload, protectedHeader } = await jwtVerify(pair.access_token, jwks, {
      typ: 'at+jwt',
      audience: 'tokenledger',
      issuer: app.url,
    });
    expect(protectedHeader).toMatchObject({ alg: 'EdDSA', kid: expect.any(String) });
    expect(payload).toMatchObject({ sid: pair.session_id, sub: expect.stringMatching(UUID), client_id: 'tokenledger' });
    const { body } = await app.api.request<{ keys: object[] }>('/.well-known/jwks.json');
    expect(body.keys.some((key) => 'd' in key)).toBe(false);
  });
});
