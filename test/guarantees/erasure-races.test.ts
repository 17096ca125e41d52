/** G6, G8, G18: what races with an erasure. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { beginFamily } from '../../src/commands/sign-in.js';
import { loadAccount } from '../../src/event-store/load.js';
import { tokenStream } from '../../src/domain/streams.js';
import { rebuild } from '../../src/processors/rebuild.js';
import { removeSessionsOf } from '../../src/processors/erase-user.js';
import { signedInUser } from '../support/admin.js';
import { startApp } from '../support/every-back-end.js';
import type { RunningApp } from '../support/running-app.js';

const SOURCE = { correlationId: 'test', ip: null, userAgent: null };

let app: RunningApp;
beforeEach(async () => {
  // Nothing here erases by itself.
  app = await startApp({ prepare: ({ processing }) => void (processing.eraser.start = () => undefined) });
});
afterEach(() => app.close());

async function shown(): Promise<void> {
  const { eventLog, context } = app.application;
  expect(await context.waitForPosition((await eventLog.end())!, 60_000)).toBe(true);
}

it('a sign-in and a revocation that come after the erasure show no session, stop no projector and differ from no rebuild', async () => {
  const { context, eventLog, stores, http, processing } = app.application;
  const { userId, pair } = await signedInUser(app, 'Ada');
  const before = await loadAccount(context, userId);
  await http.admin.erase({ userId, by: 'operator:test', source: SOURCE });
  // It had read the account before, and seals before the key is destroyed.
  const input = { deviceId: null, isNewDevice: true, deviceName: null, remember: true, jkt: null };
  const { tokens } = await beginFamily(context, before!, input, SOURCE);
  await shown();
  expect(await stores.readModel.session(tokens.sid)).toBeNull();
  expect((await app.api.refresh(tokens.refreshToken)).status).toBe(401);

  await removeSessionsOf(stores.readModel, userId);
  const stream = tokenStream(userId, pair.device_id);
  const newest = await eventLog.readNewest(stream);
  const late = {
    type: 'TokenRevoked' as const,
    data: { family: newest!.event.data.family, reason: 'logout' as const, note: null },
  };
  const appended = {
    id: context.newId(),
    occurredAt: context.now(),
    actor: 'user' as const,
    correlationId: 'test',
    event: late,
  };
  await eventLog.append(stream, [appended], newest!.revision);
  await shown();
  expect(processing.projector.status().state).toBe('running');
  expect(await stores.readModel.endedSessionsOf(userId, 10)).toEqual([]);
  const options = { log: eventLog, readModel: stores.readModel, retentionMs: 86_400_000, now: Date.now };
  expect((await rebuild(options)).differences).toEqual([]);
  expect(await stores.readModel.session(pair.session_id)).toBeNull();
});

it('a sign-in whose key is destroyed after its password was checked is a wrong password, a renaming finds nothing', async () => {
  const { context } = app.application;
  const { userId, pair, ...credentials } = await signedInUser(app, 'Ada');
  const { api } = app;
  const open = context.sealing.open.bind(context.sealing);
  // The last look at the key before something is sealed under it.
  context.sealing.open = async (...parameters) => {
    const opened = await open(...parameters);
    if (parameters[1] === 'password_hash') await context.userKeys.destroy(userId, Date.now());
    return opened;
  };
  try {
    expect(await api.login(credentials)).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });
  } finally {
    context.sealing.open = open;
  }
  const renamed = await api.request(`/api/v1/auth/devices/${pair.session_id}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${pair.access_token}`, 'content-type': 'application/json' },
    body: '{"device_name":"Work"}',
  });
  expect([renamed.status, renamed.body.code]).toEqual([404, 'not_found']);
});
