import { afterEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { positionOf } from '../../src/event-store/position.js';
import type { DeviceList } from '../../src/queries/queries.js';
import type { Answer } from '../support/api-client.js';
import {
  AUTHORIZATION,
  codec,
  codeOf,
  DEVICE,
  SID,
  startFake,
  type FakeApp,
  type FakeOptions,
} from '../support/fake-http.js';

const AT = Date.UTC(2026, 5, 1);
const POSITION = positionOf(42);
const session = (): Promise<{ sid: string; deviceId: string }> => Promise.resolve({ sid: SID, deviceId: DEVICE });

let app: FakeApp | null = null;
afterEach(async () => {
  await app?.close();
  app = null;
});
async function start(options: FakeOptions): Promise<FakeApp> {
  app = await startFake(options);
  return app;
}

function send(running: FakeApp, method: string, sid: string, body?: unknown): Promise<Answer> {
  const headers = { ...AUTHORIZATION, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
  const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
  return running.api.request(`/api/v1/auth/devices/${sid}`, init);
}

describe('GET /devices', () => {
  const page: DeviceList = {
    devices: [
      {
        sid: SID,
        deviceId: DEVICE,
        deviceName: 'Laptop',
        ip: '192.0.2.1',
        userAgent: 'agent',
        issuedAt: AT,
        lastUsedAt: AT + 1,
        expiresAt: AT + 2,
        generation: 3,
        current: true,
        contested: false,
      },
    ],
    recentlyEnded: [{ sid: SID, deviceId: DEVICE, deviceName: null, endedAt: AT, reason: 'reuse' }],
    next: { lastUsedAt: AT + 1, id: SID },
  };

  it('answers devices, those that ended lately, and a cursor that comes back as it was', async () => {
    const pages: unknown[] = [];
    const { api } = await start({
      queries: {
        devices: (_bearer, asked) => {
          pages.push(asked);
          return Promise.resolve(page);
        },
      },
    });
    const answer = await api.get<{ next: string }>('devices', 'an.access.token');
    expect(answer.body).toEqual({
      devices: [
        {
          session_id: SID,
          device_id: DEVICE,
          device_name: 'Laptop',
          ip: '192.0.2.1',
          user_agent: 'agent',
          issued_at: '2026-06-01T00:00:00.000Z',
          last_used_at: '2026-06-01T00:00:00.001Z',
          expires_at: '2026-06-01T00:00:00.002Z',
          generation: 3,
          current: true,
          contested: false,
        },
      ],
      recently_ended: [
        { session_id: SID, device_id: DEVICE, device_name: null, ended_at: '2026-06-01T00:00:00.000Z', reason: 'reuse' },
      ],
      next: expect.any(String),
    });
    expect((await api.get(`devices?limit=7&after=${answer.body.next}`, 'an.access.token')).status).toBe(200);
    // As a client may write that it has none.
    expect((await api.get('devices?limit=&after=', 'an.access.token')).status).toBe(200);
    expect(pages).toEqual([
      { limit: 100, after: null },
      { limit: 7, after: page.next },
      { limit: 100, after: null },
    ]);
  });

  const respelt = Buffer.from(JSON.stringify([AT, SID], null, 1)).toString('base64url');

  it.each([...['limit=0', 'limit=101', 'limit=x', 'limit=1&limit=2', 'after=x', 'after=WzEsInNpZCJd'], `after=${respelt}`])(
    'refuses ?%s with 422',
    async (query) => {
      const { api } = await start({});
      expect(codeOf(await api.get(`devices?${query}`, 'an.access.token'))).toEqual([422, 'validation_failed']);
    },
  );
});

describe('PATCH /devices/{session_id}', () => {
  it.each([
    ['Work', 'Work'],
    ['  Work ', 'Work'],
    ['   ', null],
    [null, null],
  ])('names a device %j', async (device_name, name) => {
    const names: unknown[] = [];
    const running = await start({
      queries: { session },
      commands: {
        renameDevice: (_bearer, renamed) => {
          names.push(renamed);
          return Promise.resolve({ outcome: 'renamed', position: POSITION });
        },
      },
    });
    const answer = await send(running, 'PATCH', SID, { device_name });
    expect([answer.status, codec.decode(answer.headers.get('log-position')!)]).toEqual([204, POSITION]);
    expect(names).toEqual([{ sid: SID, deviceId: DEVICE, name }]);
  });

  it.each([{}, { device_name: 7 }, { device_name: 'a\u202eb' }, { device_name: 'x'.repeat(101) }, []])(
    'refuses %j with 422',
    async (body) => {
      const running = await start({});
      expect(codeOf(await send(running, 'PATCH', SID, body))).toEqual([422, 'validation_failed']);
    },
  );

  it('answers 404 for a session that is not there, has ended or has no id', async () => {
    const body = { device_name: 'Work' };
    const running = await start({
      queries: { session: (_bearer, sid) => (sid === SID ? session() : Promise.resolve(null)) },
      commands: { renameDevice: () => Promise.resolve({ outcome: 'not_found' }) },
    });
    for (const sid of [SID, randomUUID(), 'x', '%00'])
      expect(codeOf(await send(running, 'PATCH', sid, body))).toEqual([404, 'not_found']);
  });
});

describe('DELETE /devices/{session_id}', () => {
  it('ends it, without a body and with a password', async () => {
    const removed: unknown[] = [];
    const running = await start({
      queries: { session },
      commands: {
        removeSession: (_bearer, one) => {
          removed.push(one);
          return Promise.resolve({ outcome: 'revoked', position: POSITION });
        },
      },
    });
    expect((await send(running, 'DELETE', SID.toUpperCase())).status).toBe(204);
    expect((await send(running, 'DELETE', SID, { password: 'secret' })).status).toBe(204);
    expect(removed).toEqual([
      { sid: SID, deviceId: DEVICE, password: null },
      { sid: SID, deviceId: DEVICE, password: 'secret' },
    ]);
  });

  it.each([
    ['not_found', 404],
    ['invalid_credentials', 401],
    ['reauthentication_required', 403],
  ] as const)('answers %s with %i', async (outcome, status) => {
    const running = await start({
      queries: { session },
      commands: { removeSession: () => Promise.resolve({ outcome }) },
    });
    expect(codeOf(await send(running, 'DELETE', SID))).toEqual([status, outcome]);
  });
});

describe('GET /devices/{session_id}/events', () => {
  it('answers a page, newest first', async () => {
    const befores: unknown[] = [];
    const event = {
      type: 'TokenRevoked',
      occurredAt: AT,
      generation: 3,
      ip: null,
      userAgent: null,
      reason: 'logout',
      contested: false,
    };
    const { api } = await start({
      queries: {
        session,
        deviceEvents: (_bearer, _session, before) => {
          befores.push(before);
          return Promise.resolve({ events: [event], next: 20 });
        },
      },
    });
    const answer = await api.get(`devices/${SID}/events`, 'an.access.token');
    expect(answer.body).toEqual({
      events: [
        {
          type: 'TokenRevoked',
          occurred_at: '2026-06-01T00:00:00.000Z',
          generation: 3,
          ip: null,
          user_agent: null,
          reason: 'logout',
          contested: false,
        },
      ],
      next: 20,
    });
    await api.get(`devices/${SID}/events?before=20`, 'an.access.token');
    expect(befores).toEqual([null, 20]);
    for (const before of ['-1', 'x', '1.5', '1&before=2'])
      expect(codeOf(await api.get(`devices/${SID}/events?before=${before}`, 'an.access.token'))).toEqual([
        422,
        'validation_failed',
      ]);
  });
});
