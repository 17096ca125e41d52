import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { operate } from '../../src/operator/operations.js';
import type { Answer, Pair } from '../support/api-client.js';
import { freshCredentials, startApp, type RunningApp } from '../support/running-app.js';

const THIEF = { 'user-agent': 'curl/8.5' };
const OWNER = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0' };

let app: RunningApp;
let token: string;
const auditor = freshCredentials();
beforeAll(async () => {
  // No two events are of the same moment: a time between them can be asked for.
  let newest = 0;
  app = await startApp({ now: () => (newest = Math.max(Date.now(), newest + 1)) });
  await registered(auditor);
  await done('users.grant', { user: auditor.email, operator: 'test', role: 'auditor' });
  token = (await app.api.login(auditor)).body.access_token;
});
afterAll(() => app.close());

interface Items {
  readonly items: readonly Record<string, unknown>[];
  readonly next: string | null;
}

const done = async (name: string, input: object): Promise<object> =>
  (await operate(app.application.operator, name, input)) as object;

async function registered(credentials: { email: string; password: string }): Promise<string> {
  return (await app.api.register(credentials)).body.user_id as string;
}

function ask<T = Items>(path: string, as = token): Promise<Answer<T>> {
  return app.api.request<T>(`/api/v1/audit/users/${path}`, { headers: { authorization: `Bearer ${as}` } });
}

async function refreshed(shown: string, headers: Record<string, string>): Promise<Answer<Pair>> {
  return app.api.post<Pair>('refresh', { refresh_token: shown }, headers);
}

/** Somebody whose first token is stolen and shown after the owner used it; answers the id, and positions on the way. */
async function robbed(): Promise<{ readonly userId: string; readonly before: string; readonly after: string }> {
  const credentials = freshCredentials();
  const userId = await registered(credentials);
  const first = await app.api.post<Pair>('login', { ...credentials, device_name: 'Laptop' }, OWNER);
  const second = await refreshed(first.body.refresh_token, OWNER);
  const third = await refreshed(second.body.refresh_token, OWNER);
  const stolen = await refreshed(first.body.refresh_token, THIEF);
  expect(stolen.status).toBe(401);
  const [before, after] = [third, stolen].map(({ headers }) => headers.get('log-position'));
  return { userId, before: before!, after: after ?? '' };
}

describe('an auditor', () => {
  it('reads a user’s timeline in pages, oldest first', async () => {
    const { userId } = await robbed();
    const whole = await ask(`${userId}/timeline`);
    expect(whole.status).toBe(200);
    const types = whole.body.items.map(({ type }) => type);
    expect(types.slice(0, 1)).toEqual(['UserRegistered']);
    expect(types.slice(-5)).toEqual(['TokenIssued', 'TokenRotated', 'TokenRotated', 'TokenReuseDetected', 'TokenRevoked']);
    expect(whole.body.items.at(-2)).toMatchObject({
      ip: '127.0.0.1',
      user_agent: 'curl/8.5',
      actor: 'system',
      generation: 2,
    });
    expect(Object.keys(whole.body.items[0]!).sort()).toEqual(
      ['actor', 'event_id', 'generation', 'ip', 'occurred_at', 'position', 'revision'].concat([
        'session_id',
        'stream',
        'type',
        'user_agent',
        'words',
      ]),
    );
    const paged: unknown[] = [];
    for (let after = ''; ;) {
      const page = await ask(`${userId}/timeline?limit=2${after}`);
      paged.push(...page.body.items);
      if (page.body.next === null) break;
      after = `&after=${page.body.next}`;
    }
    expect(paged).toEqual(whole.body.items);
  });

  it('sees the state before and after a theft, by position and by time', async () => {
    const { userId, before } = await robbed();
    const was = await ask<Record<string, unknown>>(`${userId}/state?position=${before}`);
    expect(was.body).toMatchObject({
      status: 'active',
      devices: [{ device_name: 'Laptop', generation: 2, ip: '127.0.0.1', user_agent: OWNER['user-agent'] }],
    });
    const at = encodeURIComponent(String(was.body.at));
    expect((await ask<Record<string, unknown>>(`${userId}/state?at=${at}`)).body.devices).toEqual(was.body.devices);
    const raw = await ask<Record<string, unknown>>(`${userId}/state?position=${String(was.body.position)}`);
    expect(raw.body).toEqual(was.body);
    expect((await ask<Record<string, unknown>>(`${userId}/state`)).body).toMatchObject({ status: 'active', devices: [] });
    const never = await ask(`${userId}/state?position=never-given`);
    expect(never).toMatchObject({ status: 400, body: { code: 'invalid_log_position' } });
    for (const query of ['?at=soon', `?at=${at}&position=${before}`])
      expect((await ask(`${userId}/state${query}`)).status).toBe(422);
  });

  it('is shown who held a stolen session', async () => {
    const { userId } = await robbed();
    const { body } = await ask(`${userId}/theft`);
    expect(body).toMatchObject({
      next: null,
      items: [
        {
          user_id: userId,
          label: 'stolen',
          generation: 0,
          holders: [
            { user_agent: OWNER['user-agent'], generations: [0, 1, 2] },
            { user_agent: 'curl/8.5', generations: [0] },
          ],
          exposed_from: expect.any(String),
          exposed_to: expect.any(String),
        },
      ],
    });
  });

  it('finds `erased` in the place of what was erased', async () => {
    const { userId } = await robbed();
    await done('users.erase', { user: userId, operator: 'test' });
    const timeline = await ask(`${userId}/timeline`);
    expect(timeline.status).toBe(200);
    const issued = timeline.body.items.find(({ type }) => type === 'TokenIssued');
    expect(issued).toMatchObject({ ip: 'erased', user_agent: 'erased' });
    expect(timeline.body.items.map(({ type }) => type)).toContain('UserErased');
    expect((await ask(`${userId}/theft`)).body.items).toMatchObject([{ label: 'stolen', holders: [{ ip: 'erased' }, {}] }]);
  });

  it('asks for somebody there is, and nobody else asks', async () => {
    const credentials = freshCredentials();
    const userId = await registered(credentials);
    const own = (await app.api.login(credentials)).body.access_token;
    for (const what of ['timeline', 'state', 'theft']) {
      expect((await ask(`${randomUUID()}/${what}`)).status).toBe(404);
      expect((await ask(`nobody/${what}`)).status).toBe(404);
      expect((await ask(`${userId}/${what}`, own)).status).toBe(403);
      expect((await app.api.request(`/api/v1/audit/users/${userId}/${what}`)).status).toBe(401);
    }
    expect((await ask(`${userId}/timeline?after=x`)).status).toBe(422);
    for (const [question, field, time] of [
      ['timeline', 'from', '2026-11'],
      ['timeline', 'to', 'yesterday'],
      ['state', 'at', '1700000000'],
    ]) {
      const { status, body } = await ask<object>(`${userId}/${question}?${field}=${time}`);
      expect([status, body]).toEqual([
        422,
        expect.objectContaining({ errors: [expect.objectContaining({ path: field })] }),
      ]);
    }
    // Seconds may be missing; the plus sign of a zone is often not encoded.
    for (const at of ['2020-01-01T14:00Z', '2020-01-01T15:00+01:00', '2020-01-01T15:00%2B01:00'])
      expect((await ask(`${userId}/state?at=${at}`)).body).toMatchObject({ at: '2020-01-01T14:00:00.000Z' });
    for (const at of ['2023-02-29', '2020-01-01T14:00', '2020-01-01 14:00Z', '1577887200000'])
      expect((await ask(`${userId}/state?at=${at}`)).status).toBe(422);
    // A date is its beginning, as for the operator's tool.
    expect((await ask(`${userId}/timeline?from=2020-01-01&to=2020-01-02`)).body).toMatchObject({ items: [] });
    expect((await ask(`${userId}/state?at=2020-01-01`)).body).toMatchObject({ at: '2020-01-01T00:00:00.000Z' });
  });
});
