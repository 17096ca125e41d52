/** What is answered while the read model shows less than a bearer has seen. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import { positionOf } from '../../src/event-store/position.js';
import type { HttpQueries } from '../../src/http/dependencies.js';
import type { Answer } from '../support/api-client.js';
import { AUTHORIZATION, BEARER, codec, codeOf, DEVICE, SID, startFake, USER, type FakeApp } from '../support/fake-http.js';

const OTHER = randomUUID();
const WAITS = { namedMs: 50, unaskedMs: 50 };
const POSITION = positionOf(42);
const own = `/api/v1/auth/devices/${SID}`;
const another = `/api/v1/auth/devices/${OTHER}`;
const authenticated: HttpQueries['authenticate'] = () =>
  Promise.resolve({ outcome: 'authenticated', ...BEARER, roles: ['admin', 'auditor'], position: positionOf(7) });

let app: FakeApp | null = null;
afterEach(async () => {
  await app?.close();
  app = null;
});

/** A server whose read model shows the log up to a position; `sessions` are what it answers, one question after the other. */
async function start(shown: number, sessions: readonly boolean[] = []): Promise<FakeApp & { readonly asked: string[] }> {
  const asked: string[] = [];
  const done = { position: POSITION };
  app = await startFake({
    waits: WAITS,
    checkpoint: () => Promise.resolve(positionOf(shown)),
    queries: {
      authenticate: authenticated,
      session: (_asker, sid) => {
        asked.push(sid);
        return Promise.resolve(sessions[asked.length - 1] ? { sid, deviceId: DEVICE } : null);
      },
      deviceEvents: (_bearer, { deviceId }) => {
        const event = { type: 'TokenIssued', occurredAt: 0, generation: 0, ip: null, userAgent: deviceId };
        return Promise.resolve({ events: [{ ...event, reason: null, contested: false }], next: null });
      },
    },
    commands: {
      renameDevice: (_bearer, { deviceId }) =>
        Promise.resolve(deviceId === DEVICE ? { outcome: 'renamed', ...done } : { outcome: 'not_found' }),
      removeSession: (_bearer, { deviceId }) =>
        Promise.resolve(deviceId === DEVICE ? { outcome: 'revoked', ...done } : { outcome: 'not_found' }),
    },
    admin: {
      reauthenticated: () => Promise.resolve({ outcome: 'proved' }),
      endSession: (_of, { deviceId }) =>
        Promise.resolve(deviceId === DEVICE ? { outcome: 'done', status: 'active', ...done } : { outcome: 'not_found' }),
    },
    users: { find: () => Promise.resolve(null) },
    auditProofs: {
      newestNote: () => Promise.resolve('a note'),
      verifierKey: () => 'a key',
      prove: () => Promise.resolve('a proof'),
    },
  });
  return { ...app, asked };
}

function ask({ api }: FakeApp, method: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const body = method === 'PATCH' ? { body: '{"device_name":"Work"}' } : {};
  const type = method === 'PATCH' ? { 'content-type': 'application/json' } : {};
  return api.request(path, { method, headers: { ...AUTHORIZATION, ...type, ...headers }, ...body });
}

describe('the bearer’s own session', () => {
  it.each([
    ['PATCH', own, 204],
    ['DELETE', own, 204],
    ['GET', `${own}/events`, 200],
    ['DELETE', `/api/v1/admin/users/${USER}/devices/${SID}`, 204],
  ])('is found before the read model shows it: %s %s', async (method, path, status) => {
    const running = await start(1);
    expect((await ask(running, method, path)).status).toBe(status);
    expect(running.asked).toEqual([]);
  });

  it('is no session of another user', async () => {
    const running = await start(100);
    const answer = await ask(running, 'DELETE', `/api/v1/admin/users/${OTHER}/devices/${SID}`);
    expect(codeOf(answer)).toEqual([404, 'not_found']);
    expect(running.asked).toEqual([SID, SID]);
  });
});

describe('what the read model does not hold', () => {
  it.each([
    ['PATCH', another],
    ['DELETE', another],
    ['GET', `${another}/events`],
    ['DELETE', `/api/v1/admin/users/${USER}/devices/${OTHER}`],
    ['GET', `/api/v1/admin/users/${OTHER}`],
    ['GET', `/api/v1/admin/users/${OTHER}/devices`],
    ['GET', `/api/v1/audit/users/${OTHER}`],
  ])('is 503 while it shows less than the bearer has seen, and then 404: %s %s', async (method, path) => {
    const behind = await ask(await start(6), method, path);
    expect([...codeOf(behind), behind.headers.get('retry-after')]).toEqual([503, 'not_yet_visible', '1']);
    await app?.close();
    expect(codeOf(await ask(await start(7), method, path))).toEqual([404, 'not_found']);
  });

  it('is waited for also where this process answered later than the bearer has seen', async () => {
    const running = await start(7);
    expect((await ask(running, 'PATCH', own)).status).toBe(204);
    expect(codeOf(await ask(running, 'DELETE', another))).toEqual([503, 'not_yet_visible']);
  });

  it('is found where it is applied between the look-up and the question how far the read model is', async () => {
    const running = await start(7, [false, true]);
    expect((await ask(running, 'DELETE', another)).status).toBe(204);
    expect(running.asked).toEqual([OTHER, OTHER]);
  });
});

describe('what auditors ask about the log as a whole', () => {
  const PATHS = ['checkpoint', 'key', `proof?event_id=${OTHER}`].map((path) => [`/api/v1/audit/${path}`] as const);

  it.each(PATHS)('waits for a position that is named: %s', async (path) => {
    const running = await start(50);
    const named = (text: string): Promise<Answer> => ask(running, 'GET', path, { 'if-log-position': text });
    expect(codeOf(await named('never-given'))).toEqual([400, 'invalid_log_position']);
    expect(codeOf(await named(codec.encode(positionOf(101))))).toEqual([400, 'invalid_log_position']);
    expect(codeOf(await named(codec.encode(positionOf(51))))).toEqual([503, 'not_yet_visible']);
    expect((await named(codec.encode(positionOf(50)))).status).toBe(200);
  });

  it.each(PATHS)('needs no read model without one: %s', async (path) => {
    const down = (): Promise<never> => Promise.reject(new StoreUnavailableError('read model', 'down'));
    app = await startFake({
      checkpoint: down,
      queries: { authenticate: authenticated },
      auditProofs: {
        newestNote: () => Promise.resolve('a note'),
        verifierKey: () => 'a key',
        prove: () => Promise.resolve('a proof'),
      },
    });
    expect((await ask(app, 'GET', path)).status).toBe(200);
  });
});
