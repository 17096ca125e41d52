import { afterEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { Answer } from '../support/api-client.js';
import { answered } from '../support/eventually.js';
import { typesOnDevice } from '../support/log.js';
import { cutOff, type Outage } from '../support/outage.js';
import { startApp } from '../support/every-back-end.js';
import { freshCredentials, type AppOptions, type RunningApp } from '../support/running-app.js';
import { temporaryFolder } from '../support/temporary-folder.js';

type Store = 'eventStore' | 'readModel' | 'keyStore';
const NAMES = { eventStore: 'event store', readModel: 'read model', keyStore: 'key store' } as const;

let app: RunningApp | null = null;
afterEach(async () => {
  await app?.close();
  app = null;
});

async function startWithout(store: Store, options: AppOptions = {}): Promise<{ app: RunningApp; outage: Outage }> {
  let outage: Outage = { down: false };
  app = await startApp({
    log: pino({ level: 'silent' }),
    ...options,
    prepare: ({ stores }) => {
      outage = cutOff(stores[store], NAMES[store]);
    },
  });
  return { app, outage };
}

function expectUnavailable(answer: Pick<Answer, 'status' | 'headers' | 'text'>): void {
  expect(answer.status).toBe(503);
  expect(JSON.parse(answer.text)).toMatchObject({ code: 'unavailable', status: 503 });
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
}

describe('G14: a store that is down', () => {
  it('the event store: 503 for whatever needs it, and service resumes by itself', async () => {
    const { app, outage } = await startWithout('eventStore', { env: { RATE_LIMIT_EXEMPT: '192.0.2.0/24' } });
    const credentials = freshCredentials();
    const pair = await app.api.signedIn(credentials);
    outage.down = true;
    expectUnavailable(await app.api.register(freshCredentials()));
    expectUnavailable(await app.api.refresh(pair.refresh_token));
    expectUnavailable(await app.api.logout(pair.refresh_token));
    expectUnavailable(await app.api.logoutAll(pair.access_token));
    expectUnavailable(await app.api.get('devices', pair.access_token));
    // Trying again and again in the meantime locks nobody out afterwards.
    for (let time = 0; time < 25; time += 1) expectUnavailable(await app.api.login(credentials));
    const ready = await app.operations.request('/readyz');
    expect([ready.status, ready.body.status, ready.body.event_store]).toEqual([503, 'not_ready', 'down']);
    expect((await app.api.request('/healthz')).status).toBe(200);
    outage.down = false;
    expect((await app.api.login(credentials)).status).toBe(200);
    const refreshed = await app.api.refresh(pair.refresh_token);
    expect(refreshed.status).toBe(200);
    expect(await app.api.devices(refreshed.body.access_token)).toHaveLength(2);
    expect((await app.operations.request('/readyz')).status).toBe(200);
  });

  it('the read model: signing in, refreshing and signing out go on, and it catches up by itself', async () => {
    const { app, outage } = await startWithout('readModel');
    const credentials = freshCredentials();
    const pair = await app.api.signedIn(credentials);
    const other = await app.api.signIn(credentials);
    outage.down = true;
    const refreshed = await app.api.refresh(pair.refresh_token);
    expect(refreshed.status).toBe(200);
    const left = await app.api.logout(other.refresh_token);
    expect(left.status).toBe(204);
    const login = await app.api.login(credentials);
    expect(login.status).toBe(200);
    expect((await app.api.register(freshCredentials())).status).toBe(201);
    for (const path of ['me', 'devices', `devices/${pair.session_id}/events`])
      expectUnavailable(await app.api.get(path, pair.access_token));
    expectUnavailable(await app.api.remove(pair.session_id, pair.access_token));
    const ready = await app.operations.request('/readyz');
    expect([ready.status, ready.body.status, ready.body.read_model]).toEqual([200, 'degraded', 'down']);
    outage.down = false;
    const position = login.headers.get('log-position')!;
    const answer = await answered('the read model catches up', () =>
      app.api.get<{ devices?: { session_id: string }[] }>('devices', refreshed.body.access_token, {
        'if-log-position': position,
      }),
    );
    const shown = answer.body.devices?.map(({ session_id: sid }) => sid);
    expect(shown).toEqual([login.body.session_id, pair.session_id]);
    expect((await app.api.logoutAll(login.body.access_token)).status).toBe(204);
  });

  it('the users’ keys: refreshing and signing out go on, address and agent are then unknown, never in the clear', async () => {
    const folder = temporaryFolder();
    const env = { ISSUER: 'http://test' };
    const first = await startApp({ folder: folder.path, env });
    const credentials = freshCredentials();
    const pair = await first.api.signedIn(credentials);
    const other = await first.api.signIn(credentials);
    await first.close();
    // Started again, so that no key is remembered.
    const { app, outage } = await startWithout('keyStore', { folder: folder.path, env });
    outage.down = true;
    const refreshed = await app.api.refresh(pair.refresh_token);
    expect(refreshed.status).toBe(200);
    expect((await app.api.logout(other.refresh_token)).status).toBe(204);
    expectUnavailable(await app.api.login(credentials));
    expectUnavailable(await app.api.get('me', refreshed.body.access_token));
    const ready = await app.operations.request('/readyz');
    expect([ready.status, ready.body.status, ready.body.key_store]).toEqual([200, 'degraded', 'down']);
    outage.down = false;
    const history = await app.api.get(`devices/${pair.session_id}/events`, refreshed.body.access_token);
    expect(history.body.events).toMatchObject([
      { type: 'TokenRotated', ip: null, user_agent: null },
      { type: 'TokenIssued', ip: '127.0.0.1', user_agent: 'node' },
    ]);
    expect((await app.api.login(credentials)).status).toBe(200);
    await app.close();
    folder.remove();
  });

  it('a user’s key that was destroyed is no outage: every refresh is refused, what it sealed is shown as null', async () => {
    app = await startApp();
    const credentials = freshCredentials();
    const pair = await app.api.signedIn(credentials);
    const { user_id: userId } = (await app.api.get<{ user_id: string }>('me', pair.access_token)).body;
    await app.application.context.userKeys.destroy(userId, Date.now());
    const refused = await app.api.refresh(pair.refresh_token);
    expect([refused.status, refused.body.code]).toEqual([401, 'token_invalid']);
    expect(await typesOnDevice(app.application, pair)).toEqual(['TokenIssued']);
    expect((await app.api.get('me', pair.access_token)).body).toMatchObject({ user_id: userId, email: null });
    expect(await app.api.devices(pair.access_token)).toMatchObject([{ ip: null, user_agent: null, generation: 0 }]);
    const login = await app.api.login(credentials);
    expect([login.status, login.body]).toMatchObject([401, { code: 'invalid_credentials' }]);
    expect((await app.api.logout(pair.refresh_token)).status).toBe(204);
    expect((await app.operations.request('/readyz')).body).toMatchObject({ status: 'ready', key_store: 'up' });
  });
});
