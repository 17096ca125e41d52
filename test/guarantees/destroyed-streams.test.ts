/** E3: what clients see of streams that somebody destroyed at EventStoreDB, over a server of this process. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { emailStream, streamName, tokenStream, userStream, type StreamId } from '../../src/domain/streams.js';
import type { Answer, Pair } from '../support/api-client.js';
import { openEventStoreServer, type OpenedServer } from '../support/eventstoredb/open-server.js';
import { caughtUp, userOf } from '../support/log.js';
import { newKeysFile } from '../support/new-keys.js';
import { freshCredentials, startApp, type RunningApp } from '../support/running-app.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const NEW_PASSWORD = 'violet harbor lantern';

let folder: ReturnType<typeof temporaryFolder>;
let server: OpenedServer;
let app: RunningApp;
const lines: { readonly msg?: string; readonly event?: string; readonly stream?: string }[] = [];
beforeAll(async () => {
  folder = temporaryFolder();
  server = await openEventStoreServer();
  const env = { EVENTSTORE_URL: server.url, KEYS_FILE: await newKeysFile(folder.path) };
  const log = pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line) as object) });
  app = await startApp({ env, folder: folder.path, log });
});
afterAll(async () => {
  await app.close();
  await server.close();
  folder.remove();
});

const codeOf = ({ status, body }: Answer<object>): unknown => [status, (body as { code?: string }).code];
const nameOf = (stream: StreamId): string => `tokenledger_${streamName(stream)}`;
const bearer = ({ access_token: token }: Pair): Record<string, string> => ({ authorization: `Bearer ${token}` });
const SOURCE = { correlationId: randomUUID(), ip: null, userAgent: null };
const INVALID = [401, 'token_invalid'];

/** The ways in which a stream can be destroyed at the store. */
const DESTRUCTIONS = {
  'a tombstone': (stream: StreamId): Promise<void> => {
    server.server.node.store.tombstone(nameOf(stream));
    return Promise.resolve();
  },
  'a soft delete': (stream: StreamId): Promise<void> => server.server.node.store.deleteSoftly(nameOf(stream)),
};
type Destruction = keyof typeof DESTRUCTIONS;
const EACH: readonly Destruction[] = ['a tombstone', 'a soft delete'];

function isSaid(stream: StreamId): boolean {
  return lines.some(
    (line) => line.msg === 'security' && line.event === 'stream_destroyed' && line.stream === nameOf(stream),
  );
}

/** The newest code that was mailed to a user. */
async function codeFor(userId: string, kind: 'pendingReset' | 'pendingVerification'): Promise<string> {
  const { eventLog, mailCodes } = app.application.context;
  const events = await eventLog.readStream(userStream(userId));
  const { eventId } = events.at(-1)!.event.data.account[kind]!;
  const request = events.find(({ id }) => id === eventId)!.event.data;
  return mailCodes.again(userId, eventId, 'codeHash' in request ? request.codeHash : '')!;
}

async function active(token: string): Promise<unknown> {
  return app.application.http.queries.introspect(token);
}

describe.each(EACH)('E3: %s of a device’s stream', (how) => {
  it('makes its session one that never was, and nobody else’s', async () => {
    const credentials = freshCredentials();
    const first = await app.api.signedIn(credentials);
    const { body: pair } = await app.api.refresh(first.refresh_token);
    const other = await app.api.signIn(credentials);
    await caughtUp(app.application);
    const stream = tokenStream(userOf(pair), pair.device_id);
    await DESTRUCTIONS[how](stream);
    expect(codeOf(await app.api.refresh(first.refresh_token))).toEqual(INVALID);
    // After a soft delete the store lets the holder of the newest token go on: that names the state and the revision by itself.
    if (how === 'a tombstone') expect(codeOf(await app.api.refresh(pair.refresh_token))).toEqual(INVALID);
    expect(codeOf(await app.api.logout(pair.refresh_token))).toEqual(INVALID);
    expect(codeOf(await app.api.logoutAll(pair.access_token))).toEqual(INVALID);
    for (const path of ['devices', 'me']) expect(codeOf(await app.api.get(path, pair.access_token))).toEqual(INVALID);
    const change = { current_password: credentials.password, new_password: NEW_PASSWORD };
    expect(codeOf(await app.api.post('password/change', change, bearer(pair)))).toEqual(INVALID);
    expect(await active(pair.refresh_token)).toEqual({ active: false });
    expect(await active(pair.access_token)).toEqual({ active: false });

    expect(codeOf(await app.api.get(`devices/${pair.session_id}/events`, other.access_token))).toEqual([404, 'not_found']);
    const renamed = await app.api.request(`/api/v1/auth/devices/${pair.session_id}`, {
      method: 'PATCH',
      headers: { ...bearer(other), 'content-type': 'application/json' },
      body: JSON.stringify({ device_name: 'Phone' }),
    });
    expect(codeOf(renamed)).toEqual([404, 'not_found']);
    expect(codeOf(await app.api.remove(pair.session_id, other.access_token))).toEqual([404, 'not_found']);
    expect((await app.api.refresh(other.refresh_token)).status).toBe(200);
  });

  it('lets a sign-in that names the device begin on a new one, each time', async () => {
    const credentials = freshCredentials();
    const pair = await app.api.signedIn(credentials);
    const stream = tokenStream(userOf(pair), pair.device_id);
    await DESTRUCTIONS[how](stream);
    const devices = new Set([pair.device_id]);
    for (let time = 0; time < 3; time += 1) {
      const login = await app.api.login(credentials, { device_id: pair.device_id });
      expect(login.status).toBe(200);
      devices.add(login.body.device_id);
      const refreshed = await app.api.refresh(login.body.refresh_token);
      expect([refreshed.status, refreshed.body.device_id]).toEqual([200, login.body.device_id]);
    }
    expect(devices.size).toBe(4);
    expect(isSaid(stream)).toBe(true);
  });
});

describe.each(EACH)('E3: %s of a user’s stream', (how) => {
  it('makes its user one that never was: codes and tokens are invalid, and the address is free', async () => {
    const credentials = freshCredentials();
    const pair = await app.api.signedIn(credentials);
    const userId = userOf(pair);
    const verification = await codeFor(userId, 'pendingVerification');
    await app.application.http.commands.forgotPassword(credentials.email, SOURCE);
    const reset = await codeFor(userId, 'pendingReset');
    await DESTRUCTIONS[how](userStream(userId));
    expect(codeOf(await app.api.login(credentials))).toEqual([401, 'invalid_credentials']);
    expect(codeOf(await app.api.login(credentials, { device_id: pair.device_id }))).toEqual([401, 'invalid_credentials']);
    expect(codeOf(await app.api.refresh(pair.refresh_token))).toEqual(INVALID);
    expect(codeOf(await app.api.logout(pair.refresh_token))).toEqual(INVALID);
    expect(codeOf(await app.api.logoutAll(pair.access_token, true))).toEqual(INVALID);
    expect(codeOf(await app.api.get('devices', pair.access_token))).toEqual(INVALID);
    expect(codeOf(await app.api.post('email/verify/request', {}, bearer(pair)))).toEqual(INVALID);
    expect(codeOf(await app.api.post('email/verify', { code: verification }))).toEqual([400, 'code_invalid']);
    const body = { code: reset, new_password: NEW_PASSWORD };
    expect(codeOf(await app.api.post('password/reset', body))).toEqual([400, 'code_invalid']);
    expect((await app.api.post('password/forgot', { email: credentials.email })).status).toBe(202);
    expect(isSaid(userStream(userId)) || how === 'a soft delete').toBe(true);

    const again = await app.api.register(credentials);
    expect(again.status).toBe(201);
    expect(again.body.user_id).not.toBe(userId);
    expect(userOf(await app.api.signIn(credentials))).toBe(again.body.user_id);
    expect(codeOf(await app.api.register(credentials))).toEqual([409, 'email_taken']);
  });
});

describe.each(EACH)('E3: %s of an address’s stream', (how) => {
  it('leaves the address to nobody, and the sessions of its user as they are', async () => {
    const credentials = freshCredentials();
    const pair = await app.api.signedIn(credentials);
    const { context } = app.application;
    const stream = emailStream(context.emailKey(credentials.email));
    await DESTRUCTIONS[how](stream);
    expect(codeOf(await app.api.login(credentials))).toEqual([401, 'invalid_credentials']);
    const taken = { ...credentials, password: `correct horse ${randomUUID()}` };
    for (let time = 0; time < 2; time += 1) expect(codeOf(await app.api.register(taken))).toEqual([409, 'email_taken']);
    expect(isSaid(stream)).toBe(true);
    expect((await app.api.post('password/forgot', { email: credentials.email })).status).toBe(202);
    const change = { current_password: credentials.password, new_password: NEW_PASSWORD };
    const changed = await app.api.post<Pair>('password/change', change, bearer(pair));
    expect(changed.status).toBe(200);
    expect((await app.api.refresh(changed.body.refresh_token)).status).toBe(200);
  });
});
