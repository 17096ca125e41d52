import { afterEach, describe, expect, it } from '@jest/globals';
import type { Commands } from '../../src/commands/commands.js';
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
const EMAIL = 'ada@example.com';
const PASSWORD = 'a long enough password';

let app: FakeApp | null = null;
afterEach(async () => {
  await app?.close();
  app = null;
});
async function start(commands: Partial<Commands>, more: Parameters<typeof startFake>[0] = {}): Promise<FakeApp> {
  app = await startFake({ commands, ...more });
  return app;
}

describe('POST /register', () => {
  it('passes on the normal form of the address and the trimmed name, and answers both', async () => {
    const inputs: unknown[] = [];
    const { api } = await start({
      register: (input) => {
        inputs.push(input);
        return Promise.resolve({ outcome: 'registered', userId: USER, email: input.email, position: POSITION });
      },
    });
    const answer = await api.post('register', { email: ' Ada@MÜNCHEN.de ', password: PASSWORD, name: '  Ada ' });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({ user_id: USER, email: 'ada@xn--mnchen-3ya.de' });
    expect(codec.decode(answer.headers.get('log-position')!)).toBe(POSITION);
    expect(inputs).toEqual([{ email: 'ada@xn--mnchen-3ya.de', password: PASSWORD, name: 'Ada' }]);
  });

  it.each([
    ['email_taken', 409],
    ['registration_closed', 403],
    ['password_too_common', 422],
  ] as const)('answers %s with %i', async (outcome, status) => {
    const { api } = await start({ register: () => Promise.resolve({ outcome }) });
    expect(codeOf(await api.post('register', { email: EMAIL, password: PASSWORD, name: null }))).toEqual([status, outcome]);
  });

  it.each([
    ['no address', { password: PASSWORD }],
    ['an address that is null', { email: null, password: PASSWORD }],
    ['an address that is none', { email: 'me', password: PASSWORD }],
    ['an address too long', { email: `${'a'.repeat(250)}@example.com`, password: PASSWORD }],
    ['a password too short', { email: EMAIL, password: 'eleven char' }],
    ['a password too long', { email: EMAIL, password: 'x'.repeat(129) }],
    ['a password that is no text', { email: EMAIL, password: 123456789012 }],
    ['half a surrogate pair', { email: EMAIL, password: `long enough \ud800` }],
    ['a NUL', { email: EMAIL, password: 'long enough \0 password' }],
    ['a name that turns the text around it', { email: EMAIL, password: PASSWORD, name: 'Work\u202etuo dengis' }],
    ['a name too long', { email: EMAIL, password: PASSWORD, name: 'x'.repeat(101) }],
    ['a list', []],
    ['nothing', null],
  ])('refuses %s with 422, naming the place and not the value', async (_, body) => {
    const { api } = await start({});
    const answer = await api.post('register', body);
    expect(codeOf(answer)).toEqual([422, 'validation_failed']);
    expect(answer.body.errors).toEqual(expect.arrayContaining([{ path: expect.any(String), message: expect.any(String) }]));
    expect(answer.text).not.toContain('long enough');
  });

  it('takes a longer least length from the configuration', async () => {
    const { api } = await start({}, { settings: { passwordMinLength: 30 } });
    const answer = await api.post('register', { email: EMAIL, password: PASSWORD });
    expect(answer.body).toMatchObject({ code: 'validation_failed', errors: [{ path: 'password' }] });
  });
});

describe('GET /me', () => {
  const account = {
    userId: USER,
    email: EMAIL,
    emailVerified: false,
    name: null,
    roles: [],
    createdAt: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
  };

  it('answers the account, with instants in ISO 8601', async () => {
    const { api } = await start({}, { queries: { me: () => Promise.resolve(account) } });
    const answer = await api.get('me', 'an.access.token');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body).toEqual({
      user_id: USER,
      email: EMAIL,
      email_verified: false,
      name: null,
      roles: [],
      created_at: '2026-01-02T03:04:05.006Z',
    });
  });

  it('answers 503 while the read model does not know the account', async () => {
    const { api } = await start({}, { queries: { me: () => Promise.resolve(null) } });
    expect(codeOf(await api.get('me', 'an.access.token'))).toEqual([503, 'not_yet_visible']);
  });

  it.each([undefined, 'Bearer', 'Bearer x', 'Basic eDp4', 'Bearer a.b.c'])(
    'refuses %p with a challenge',
    async (authorization) => {
      const { api } = await start({});
      const init = authorization === undefined ? {} : { headers: { authorization } };
      const answer = await api.request('/api/v1/auth/me', init);
      expect(codeOf(answer)).toEqual([401, 'token_invalid']);
      const isToken = authorization?.startsWith('Bearer ') === true;
      expect(answer.headers.get('www-authenticate')).toBe(
        isToken ? 'Bearer error="invalid_token"' : 'Bearer realm="tokenledger"',
      );
    },
  );

  it('of a session that has ended is 401 token_revoked with the challenge invalid_token', async () => {
    const { api } = await start({}, { queries: { authenticate: () => Promise.resolve({ outcome: 'revoked' }) } });
    const answer = await api.get('me', 'an.access.token');
    expect(codeOf(answer)).toEqual([401, 'token_revoked']);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  });
});

describe('POST /password/change', () => {
  const change = { current_password: 'the old password', new_password: PASSWORD };

  it('answers the pair of the new family', async () => {
    const tokens = fakePair();
    const { api } = await start({
      changePassword: () => Promise.resolve({ outcome: 'changed', tokens, position: POSITION }),
    });
    const answer = await api.post('password/change', change, AUTHORIZATION);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      access_token: tokens.accessToken,
      refresh_token: tokens.refreshToken,
      token_type: 'bearer',
      expires_in: 1_800,
      refresh_expires_in: 604_800,
      refresh_grace_seconds: 30,
      session_id: SID,
      device_id: DEVICE,
    });
    expect(codec.decode(answer.headers.get('log-position')!)).toBe(POSITION);
  });

  it.each([
    ['invalid_credentials', 401, 'invalid_credentials'],
    ['session_ended', 401, 'token_revoked'],
    ['password_too_common', 422, 'password_too_common'],
    ['same_password', 422, 'validation_failed'],
  ] as const)('answers %s with %i %s', async (outcome, status, code) => {
    const { api } = await start({ changePassword: () => Promise.resolve({ outcome }) });
    expect(codeOf(await api.post('password/change', change, AUTHORIZATION))).toEqual([status, code]);
  });

  it('asks who it is before it reads what was sent', async () => {
    const { api } = await start({});
    expect(codeOf(await api.post('password/change', {}))).toEqual([401, 'token_invalid']);
    expect(codeOf(await api.post('password/change', {}, AUTHORIZATION))).toEqual([422, 'validation_failed']);
  });
});
