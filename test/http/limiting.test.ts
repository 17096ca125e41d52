import { afterEach, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import type { Commands } from '../../src/commands/commands.js';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import { positionOf } from '../../src/event-store/position.js';
import { ClientGoneError, TooBusyError } from '../../src/security/passwords.js';
import type { Answer } from '../support/api-client.js';
import {
  AUTHORIZATION,
  codeOf,
  DEVICE,
  fakePair,
  freshEmail,
  SID,
  startFake,
  USER,
  type FakeApp,
} from '../support/fake-http.js';

let app: FakeApp | null = null;
afterEach(async () => {
  await app?.close();
  app = null;
});
async function start(commands: Partial<Commands>, more: Parameters<typeof startFake>[0] = {}): Promise<FakeApp> {
  app = await startFake({ commands: { knownDevice: () => Promise.resolve(null), ...commands }, ...more });
  return app;
}
const issued = { outcome: 'issued', tokens: fakePair(), userId: USER, position: positionOf(1) } as const;
const WRONG = { outcome: 'invalid_credentials' } as const;

/** The statuses of so many requests, one after the other. */
async function statuses(times: number, ask: (time: number) => Promise<Answer>): Promise<Record<number, number>> {
  const counts: Record<number, number> = {};
  for (let time = 0; time < times; time += 1) {
    const { status } = await ask(time);
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

describe('failed sign-ins', () => {
  it('are limited an account and network; the answer says when to come back, and nothing of the account', async () => {
    const { api, lines } = await start({ signIn: () => Promise.resolve(WRONG) });
    const login = { email: 'ada@example.com', password: 'wrong' };
    expect(await statuses(21, () => api.post('login', login))).toEqual({ 401: 20, 429: 1 });
    const spelt = await api.post('login', { ...login, email: ' Ada@EXAMPLE.com' });
    expect(codeOf(spelt)).toEqual([429, 'too_many_requests']);
    expect(Number(spelt.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(spelt.headers.get('ratelimit-policy') ?? '').not.toContain('account');
    expect(lines.filter(({ event }) => event === 'sign_in_limited')).toHaveLength(2);
    expect((await api.post('login', { ...login, email: freshEmail() })).status).toBe(401);
  });

  it.each([
    ['right passwords', () => Promise.resolve(issued), 200],
    ['a store that is down', () => Promise.reject(new StoreUnavailableError('event store', 'down')), 503],
    ['a busy server', () => Promise.reject(new TooBusyError('busy')), 429],
  ] as const)('do not count %s', async (_, signIn, status) => {
    let isWrong = false;
    const { api } = await start({ signIn: () => (isWrong ? Promise.resolve(WRONG) : signIn()) });
    const ask = (): Promise<Answer> => api.post('login', { email: 'ada@example.com', password: 'x' });
    expect(await statuses(30, ask)).toEqual({ [status]: 30 });
    isWrong = true;
    expect(await statuses(21, ask)).toEqual({ 401: 20, 429: 1 });
  });

  it('by strangers do not lock out a device that the account knows', async () => {
    let isRight = false;
    const { api } = await start({
      signIn: () => Promise.resolve(isRight ? issued : WRONG),
      knownDevice: ({ refreshToken }) =>
        Promise.resolve(refreshToken === 'old.token' ? { deviceId: DEVICE, isOld: false } : null),
    });
    const login = { email: 'ada@example.com', password: 'x', device_id: DEVICE };
    await statuses(25, () => api.post('login', login));
    isRight = true;
    expect((await api.post('login', login)).status).toBe(429);
    expect((await api.post('login', login, { authorization: 'Bearer wrong.token' })).status).toBe(429);
    expect((await api.post('login', login, { authorization: 'Bearer old.token' })).status).toBe(200);
  });

  it('count as well where somebody who is signed in is asked for the password again', async () => {
    const { api } = await start({
      changePassword: () => Promise.resolve(WRONG),
      signOutAll: () => Promise.resolve(WRONG),
    });
    const change = { current_password: 'wrong', new_password: 'a new long password' };
    const ask = (time: number): Promise<Answer> =>
      time % 2 === 0
        ? api.post('password/change', change, AUTHORIZATION)
        : api.post('logout/all', { password: 'wrong' }, AUTHORIZATION);
    expect(await statuses(22, ask)).toEqual({ 401: 20, 429: 2 });
  });
});

describe('registrations', () => {
  it('are limited a network, also those of an address that is taken', async () => {
    const { api, lines } = await start({ register: () => Promise.resolve({ outcome: 'email_taken' }) });
    const ask = (): Promise<Answer> => api.post('register', { email: 'ada@example.com', password: 'a long password' });
    const first = await ask();
    expect(first.headers.get('ratelimit-policy')).toMatch(/^"registration_per_network";q=60;w=3600$/);
    expect(first.headers.get('ratelimit')).toMatch(/^"registration_per_network";r=59;t=\d+$/);
    expect(await statuses(60, ask)).toEqual({ 409: 59, 429: 1 });
    expect(lines.some(({ event }) => event === 'request_limited')).toBe(true);
  });

  it('that cannot be read count nothing', async () => {
    const { api } = await start({});
    expect(await statuses(70, () => api.post('register', {}))).toEqual({ 422: 70 });
  });

  it('are counted for the client that a proxy names, whatever the port and spelling', async () => {
    const { api } = await start(
      { register: () => Promise.resolve({ outcome: 'email_taken' }) },
      { settings: { trustProxy: 1 } },
    );
    const body = { email: 'ada@example.com', password: 'a long password' };
    const from = (ip: string): Promise<Answer> => api.post('register', body, { 'x-forwarded-for': ip });
    expect(await statuses(61, (time) => from(`203.0.113.8:${50_000 + time}`))).toEqual({ 409: 60, 429: 1 });
    expect((await from('::ffff:203.0.113.8')).status).toBe(429);
    expect((await from('203.0.113.9')).status).toBe(409);
  });
});

describe('requests for a mail', () => {
  const forgot = (): Promise<Answer> => app!.api.post('password/forgot', { email: freshEmail() });
  const verify = (headers = {}): Promise<Answer> =>
    app!.api.post('email/verify/request', undefined, { ...AUTHORIZATION, ...headers });
  const startMailing = (more: Parameters<typeof startFake>[0] = {}): Promise<FakeApp> =>
    start(
      {
        forgotPassword: () => Promise.resolve('unknown'),
        requestEmailVerification: () => Promise.resolve({ outcome: 'requested', position: positionOf(1) }),
      },
      { limits: { settings: { mailRequestsPerNetworkPerHour: 3 } }, ...more },
    );

  it('by strangers, for a password, take nothing from those of somebody who is signed in, for an address', async () => {
    const { metrics } = await startMailing();
    expect(await statuses(5, forgot)).toEqual({ 202: 3, 429: 2 });
    const first = await verify();
    expect(first.status).toBe(202);
    expect(first.headers.get('ratelimit-policy')).toBe('"email_verification_request_per_network";q=3;w=3600');
    expect(await statuses(4, () => verify())).toEqual({ 202: 2, 429: 2 });
    const { text } = await metrics.exposition();
    for (const request of ['password_reset_request', 'email_verification_request'])
      expect(text).toContain(`tokenledger_limited_total{policy="${request}_per_network"} 2`);
  });

  it('for an address take nothing from those for a password, nor from another network’s', async () => {
    await startMailing({ settings: { trustProxy: 1 } });
    const from = (ip: string): Promise<Answer> => verify({ 'x-forwarded-for': ip });
    expect(await statuses(5, () => from('203.0.113.8'))).toEqual({ 202: 3, 429: 2 });
    expect((await from('203.0.113.9')).status).toBe(202);
    const body = { email: freshEmail() };
    const asked = await app!.api.post('password/forgot', body, { 'x-forwarded-for': '203.0.113.8' });
    expect(asked.status).toBe(202);
    expect(asked.headers.get('ratelimit')).toMatch(/^"password_reset_request_per_network";r=2;t=\d+$/);
  });
});

describe('the changes of a user', () => {
  it('are limited, whichever they are', async () => {
    const { api, lines } = await start(
      {
        signOutAll: () => Promise.resolve({ outcome: 'revoked', position: positionOf(1) }),
        renameDevice: () => Promise.resolve({ outcome: 'renamed', position: positionOf(1) }),
      },
      {
        limits: { settings: { mutationsPerHour: 4 } },
        queries: { session: () => Promise.resolve({ sid: SID, deviceId: DEVICE }) },
      },
    );
    const rename = (): Promise<Answer> =>
      api.request(`/api/v1/auth/devices/${SID}`, {
        method: 'PATCH',
        headers: { ...AUTHORIZATION, 'content-type': 'application/json' },
        body: '{"device_name":"x"}',
      });
    const ask = (time: number): Promise<Answer> => (time % 2 === 0 ? rename() : api.post('logout/all', {}, AUTHORIZATION));
    expect(await statuses(6, ask)).toEqual({ 204: 4, 429: 2 });
    expect(lines.find(({ event }) => event === 'request_limited')).toMatchObject({ user_id: USER, policy: 'mutation' });
  });
});

describe('a client that hangs up', () => {
  it('has its work dropped', async () => {
    let isDropped: (value: boolean) => void = () => undefined;
    const dropped = new Promise<boolean>((resolve) => (isDropped = resolve));
    const { server } = await start({
      signIn: (_input, { signal }) =>
        new Promise((_, reject) => {
          signal?.addEventListener('abort', () => {
            isDropped(true);
            reject(new ClientGoneError());
          });
          socket.destroy();
        }),
    });
    const body = JSON.stringify({ email: 'ada@example.com', password: 'x' });
    const socket = connect(server.port, '127.0.0.1', () =>
      socket.write(
        `POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      ),
    );
    expect(await dropped).toBe(true);
  });

  it('is not taken for one when it was answered', async () => {
    let signal: AbortSignal | undefined;
    const running = await start({
      signIn: (_input, source) => {
        ({ signal } = source);
        return Promise.resolve(issued);
      },
    });
    await running.api.request('/api/v1/auth/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json', connection: 'close' },
      body: JSON.stringify({ email: 'ada@example.com', password: 'x' }),
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(signal?.aborted).toBe(false);
  });
});
