import { afterEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Commands, RefreshResult } from '../../src/commands/commands.js';
import { positionOf } from '../../src/event-store/position.js';
import {
  AUTHORIZATION,
  codec,
  codeOf,
  DEVICE,
  fakePair,
  SID,
  startFake,
  USER,
  type FakeApp,
} from '../support/fake-http.js';

const POSITION = positionOf(42);
const LOGIN = { email: 'ada@example.com', password: 'a password' };

let app: FakeApp | null = null;
afterEach(async () => {
  await app?.close();
  app = null;
});
async function start(commands: Partial<Commands>, more: Parameters<typeof startFake>[0] = {}): Promise<FakeApp> {
  app = await startFake({ commands, ...more });
  return app;
}

type SignInInput = Parameters<Commands['signIn']>[0];
async function startSignIn(): Promise<FakeApp & { readonly inputs: SignInInput[] }> {
  const inputs: SignInInput[] = [];
  const running = await start({
    signIn: (input) => {
      inputs.push(input);
      const tokens = fakePair({ remember: input.remember });
      return Promise.resolve({ outcome: 'issued', tokens, userId: USER, position: POSITION });
    },
    knownDevice: () => Promise.resolve(null),
  });
  return { ...running, inputs };
}

describe('POST /login', () => {
  it('answers the token pair and where the log stands', async () => {
    const { api } = await startSignIn();
    const answer = await api.post('login', LOGIN);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      access_token: 'an.access.token',
      refresh_token: expect.any(String),
      token_type: 'bearer',
      expires_in: 1_800,
      refresh_expires_in: 604_800,
      refresh_grace_seconds: 30,
      session_id: SID,
      device_id: DEVICE,
    });
    expect(codec.decode(answer.headers.get('log-position')!)).toBe(POSITION);
    expect(answer.headers.get('set-cookie')).toBeNull();
  });

  it('takes an address in whatever spelling, a device id in whatever case, and null for what is absent', async () => {
    const { api, inputs } = await startSignIn();
    const device_id = randomUUID().toUpperCase();
    const body = { email: 'Ada@Example.com ', password: ' kept as it is ', device_id, device_name: ' \t', mode: 'storage' };
    expect((await api.post('login', body)).status).toBe(200);
    const nulls = { ...LOGIN, device_id: null, device_name: null, mode: null, remember: null };
    expect((await api.post('login', nulls)).status).toBe(200);
    expect(inputs).toEqual([
      {
        email: 'ada@example.com',
        password: ' kept as it is ',
        deviceId: device_id.toLowerCase(),
        deviceName: null,
        remember: true,
        jkt: null,
      },
      { email: LOGIN.email, password: LOGIN.password, deviceId: null, deviceName: null, remember: true, jkt: null },
    ]);
  });

  it('answers an address that is none like one that is not registered', async () => {
    const { api } = await start({ signIn: () => Promise.resolve({ outcome: 'invalid_credentials' }) });
    for (const email of ['nobody', 'a@b', 'ada@example.com'])
      expect(codeOf(await api.post('login', { ...LOGIN, email }))).toEqual([401, 'invalid_credentials']);
  });

  it('answers 403 account_disabled', async () => {
    const { api } = await start({ signIn: () => Promise.resolve({ outcome: 'account_disabled' }) });
    expect(codeOf(await api.post('login', LOGIN))).toEqual([403, 'account_disabled']);
  });

  it.each([
    ['a device id that is none', { device_id: 'x' }],
    ['another mode', { mode: 'memory' }],
    ['a device name that turns the text around it', { device_name: 'a\u2066b' }],
    ['an empty password', { password: '' }],
    ['a remember that is no boolean', { remember: 'no' }],
  ])('refuses %s with 422', async (_, more) => {
    const { api } = await start({});
    expect(codeOf(await api.post('login', { ...LOGIN, ...more }))).toEqual([422, 'validation_failed']);
  });

  it('takes JSON only: the form of the password grant is gone', async () => {
    const { api } = await start({});
    const body = new URLSearchParams({ grant_type: 'password', username: LOGIN.email, password: LOGIN.password });
    const answer = await api.request('/api/v1/auth/login', { method: 'POST', body });
    expect(codeOf(answer)).toEqual([415, 'unsupported_media_type']);
  });
});

describe('where a request comes from', () => {
  it('is its canonical address, its agent, and the id that the answer names', async () => {
    const sources: unknown[] = [];
    const { api } = await start(
      {
        signOut: (_token, source) => {
          sources.push(source);
          return Promise.resolve({ outcome: 'revoked', userId: USER, sid: SID, position: POSITION });
        },
      },
      { settings: { trustProxy: 1 } },
    );
    const forwarded = { 'x-forwarded-for': '198.51.100.1, [2001:DB8:0::1]:443', 'user-agent': 'a'.repeat(600) };
    const one = await api.post('logout', { refresh_token: 'x' }, forwarded);
    const garbage = { 'x-forwarded-for': 'unknown', 'user-agent': 'agent' };
    const other = await api.post('logout', { refresh_token: 'x' }, garbage);
    expect(sources).toEqual([
      {
        correlationId: one.headers.get('x-request-id'),
        ip: '2001:db8::1',
        userAgent: 'a'.repeat(512),
      },
      { correlationId: other.headers.get('x-request-id'), ip: '127.0.0.1', userAgent: 'agent' },
    ]);
  });
});

describe('POST /refresh', () => {
  const ended = { userId: USER, sid: SID, position: POSITION };
  const handedOut = { ...ended, tokens: fakePair() };

  it.each(['rotated', 'redelivered', 'contested'] as const)('answers 200 for %s', async (outcome) => {
    const { api } = await start({ refresh: () => Promise.resolve({ outcome, ...handedOut }) });
    const answer = await api.post('refresh', { refresh_token: 'x' });
    expect([answer.status, answer.body.refresh_token]).toEqual([200, handedOut.tokens.refreshToken]);
    expect(codec.decode(answer.headers.get('log-position')!)).toBe(POSITION);
  });

  it.each([
    [{ outcome: 'invalid' }, 401, 'token_invalid'],
    [{ outcome: 'expired', ...ended }, 401, 'token_expired'],
    [{ outcome: 'revoked', ...ended }, 401, 'token_revoked'],
    [{ outcome: 'reused', ...ended }, 401, 'token_reused'],
    [{ outcome: 'invalid_proof' }, 400, 'invalid_dpop_proof'],
  ] as [RefreshResult, number, string][])('answers %j with %i %s', async (result, status, code) => {
    const { api } = await start({ refresh: () => Promise.resolve(result) });
    expect(codeOf(await api.post('refresh', { refresh_token: 'x' }))).toEqual([status, code]);
  });

  it('answers 429 with Retry-After beyond the limit of rotations', async () => {
    const { api } = await start({ refresh: () => Promise.resolve({ outcome: 'limited', retryAfterSeconds: 7 }) });
    const answer = await api.post('refresh', { refresh_token: 'x' });
    expect([...codeOf(answer), answer.headers.get('retry-after')]).toEqual([429, 'too_many_requests', '7']);
  });

  it.each([
    ['bare', 'abc-123', 'abc-123'],
    ['quoted', '"abc-123"', 'abc-123'],
    ['of 255 characters', 'k'.repeat(255), 'k'.repeat(255)],
  ])('takes an Idempotency-Key that is %s', async (_, header, key) => {
    const keys: unknown[] = [];
    const { api } = await start({
      refresh: ({ idempotencyKey }) => {
        keys.push(idempotencyKey);
        return Promise.resolve({ outcome: 'rotated', ...handedOut });
      },
    });
    expect((await api.post('refresh', { refresh_token: 'x' }, { 'idempotency-key': header })).status).toBe(200);
    expect((await api.post('refresh', { refresh_token: 'x' })).status).toBe(200);
    expect(keys).toEqual([key, null]);
  });

  it.each(['', 'k'.repeat(256), '"open', 'schl\u00fcssel'])('refuses the Idempotency-Key %j with 400', async (header) => {
    const { api } = await start({});
    const answer = await api.post('refresh', { refresh_token: 'x' }, { 'idempotency-key': header });
    expect(codeOf(answer)).toEqual([400, 'invalid_idempotency_key']);
  });

  it('takes an empty DPoP header for a proof that is not good', async () => {
    const { api } = await start({});
    const answer = await api.post('refresh', { refresh_token: 'x' }, { dpop: '' });
    expect(codeOf(answer)).toEqual([400, 'invalid_dpop_proof']);
  });

  it('without any token is 422', async () => {
    const { api } = await start({});
    for (const body of [{}, { refresh_token: null }, { refresh_token: '' }])
      expect(codeOf(await api.post('refresh', body))).toEqual([422, 'validation_failed']);
  });
});

describe('POST /logout and /logout/all', () => {
  it.each(['revoked', 'ended_before'] as const)('answer 204 for a session that is %s', async (outcome) => {
    const { api } = await start({
      signOut: () => Promise.resolve({ outcome, userId: USER, sid: SID, position: POSITION }),
    });
    const answer = await api.logout('x');
    expect(answer.status).toBe(204);
    expect(codec.decode(answer.headers.get('log-position')!)).toBe(POSITION);
    expect(answer.headers.get('clear-site-data')).toBe('"cache"');
  });

  it('answers 401 for what is no token of ours', async () => {
    const { api } = await start({ signOut: () => Promise.resolve({ outcome: 'invalid' }) });
    expect(codeOf(await api.logout('x'))).toEqual([401, 'token_invalid']);
  });

  it('passes on keep_current and password, and takes no body for none', async () => {
    const inputs: unknown[] = [];
    const { api } = await start({
      signOutAll: (_bearer, input) => {
        inputs.push(input);
        return Promise.resolve({ outcome: 'revoked', position: POSITION });
      },
    });
    const all = await api.request('/api/v1/auth/logout/all', { method: 'POST', headers: AUTHORIZATION });
    const kept = await api.post('logout/all', { keep_current: true, password: 'secret' }, AUTHORIZATION);
    expect([all.status, kept.status]).toEqual([204, 204]);
    expect(inputs).toEqual([
      { keepCurrent: false, password: null },
      { keepCurrent: true, password: 'secret' },
    ]);
  });

  it.each([
    ['session_ended', 401, 'token_revoked'],
    ['invalid_credentials', 401, 'invalid_credentials'],
    ['reauthentication_required', 403, 'reauthentication_required'],
  ] as const)('answers %s with %i %s', async (outcome, status, code) => {
    const { api } = await start({ signOutAll: () => Promise.resolve({ outcome }) });
    expect(codeOf(await api.post('logout/all', {}, AUTHORIZATION))).toEqual([status, code]);
  });
});
