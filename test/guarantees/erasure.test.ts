/** G18: erasure is real. */
import { describe, expect, it } from '@jest/globals';
import path from 'node:path';
import { pino } from 'pino';
import { rebuild } from '../../src/processors/rebuild.js';
import { signedInAdmin, signedInUser, type SignedIn } from '../support/admin.js';
import { closedAfterwards } from '../support/closed-afterwards.js';
import { environmentOf, startApp, storesThatHold } from '../support/every-back-end.js';
import { filesThatHold } from '../support/files.js';
import { eventually } from '../support/eventually.js';
import { wholeLog } from '../support/log-reader.js';
import type { RunningApp } from '../support/running-app.js';
import { runScript } from '../support/script.js';

const NAME = 'Ada Lovelace-Erased';
const AGENT = 'AgentOfTheErased/1.0';
const ADDRESS = '203.0.113.77';
/** Up to the end of `usedBy`: to confirm the address, of two new devices, to choose a password. */
const MAILS = 4;

const closing = closedAfterwards();

async function start(dataDir: string, lines: string[] = []): Promise<RunningApp> {
  const app = await startApp({
    folder: dataDir,
    env: { TRUST_PROXY: '1' },
    log: pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) }),
  });
  let isClosed = false;
  const once = async (): Promise<void> => {
    if (isClosed) return;
    isClosed = true;
    await app.close();
  };
  closing.push(once);
  return { ...app, close: once };
}

const FROM = { 'user-agent': AGENT, 'x-forwarded-for': ADDRESS };

/** Signs in from an address and with an agent of their own, on a named device. */
async function usedBy(app: RunningApp, { email, password }: SignedIn): Promise<void> {
  const { body } = await app.api.post('login', { email, password, device_name: `${NAME}’s phone` }, FROM);
  await app.api.post('refresh', { refresh_token: body.refresh_token }, FROM);
  await app.api.post('login', { email, password: 'wrong' }, FROM);
  await app.api.post('password/forgot', { email }, FROM);
  // One that is written while its user is erased may stand in the outbox for a moment longer.
  await eventually('all mails are sent', async () => {
    const types = (await wholeLog(app)).map(({ event }) => event.type);
    return types.filter((type) => type === 'MailSent').length === MAILS;
  });
}

async function eraseAndWait(app: RunningApp, userId: string): Promise<void> {
  const admin = await signedInAdmin(app);
  const { status } = await app.api.request(`/api/v1/admin/users/${userId}/erase`, {
    method: 'POST',
    headers: { authorization: `Bearer ${admin.pair.access_token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ reason: `${NAME} asked` }),
  });
  expect(status).toBe(204);
  await erasureOf(app, userId);
}

/** Resolves once the eraser has done all that there is to do. */
async function erasureOf(app: RunningApp, userId: string): Promise<void> {
  const { stores, processing } = app.application;
  const { keyStore, readModel } = stores;
  await eventually(
    'the erasure is done',
    async () =>
      (await keyStore.get(userId)) === 'destroyed' &&
      (await readModel.activeSessionsOf(userId)).length + (await readModel.endedSessionsOf(userId, 1)).length === 0 &&
      processing.erasures().lastDoneAt !== null,
  );
}

describe('an erased user', () => {
  it('is found in no file, log line or backup; the rebuild equals the live read model', async () => {
    const lines: string[] = [];
    const app = await start(closing.folder(), lines);
    const user = await signedInUser(app, NAME);
    await usedBy(app, user);
    const { context, stores } = app.application;
    const [registered] = await context.eventLog.readStream({ kind: 'user', userId: user.userId }, { from: 0, maxCount: 1 });
    if (registered?.event.type !== 'UserRegistered') throw new Error('not registered');
    const sealedHash = registered.event.data.account.passwordHash!;
    const hash = await context.sealing.open(user.userId, 'password_hash', sealedHash);
    const wrapped = await stores.keyStore.get(user.userId);
    if (hash === null || !(wrapped instanceof Uint8Array)) throw new Error('no key');
    const sought = { email: user.email, name: NAME, agent: AGENT, ip: ADDRESS, hash, 'wrapped key': wrapped };
    // The search finds what is there.
    expect((await storesThatHold(app.folder, sought)).some((found) => found.endsWith('wrapped key'))).toBe(true);

    await eraseAndWait(app, user.userId);

    expect(await storesThatHold(app.folder, sought)).toEqual([]);
    const logged = lines.join('\n');
    for (const text of [user.email, NAME, AGENT, ADDRESS, hash]) expect(logged).not.toContain(text);
    expect(await context.sealing.open(user.userId, 'password_hash', sealedHash)).toBeNull();
    const backup = path.join(closing.folder(), 'backup');
    await app.close();
    expect((await runScript('backup', { DATA_DIR: app.folder, ...(await environmentOf(app.folder)) }, backup)).code).toBe(
      0,
    );
    expect(filesThatHold(backup, sought)).toEqual([]);
    expect(await storesThatHold(app.folder, sought)).toEqual([]);

    const again = await start(app.folder);
    const { eventLog, stores: reopened } = again.application;
    const options = { log: eventLog, readModel: reopened.readModel, retentionMs: 30 * 86_400_000, now: Date.now };
    expect((await rebuild(options)).differences).toEqual([]);
    expect((await rebuild({ ...options, dryRun: true })).differences).toEqual([]);
    expect(await reopened.readModel.activeSessionsOf(user.userId)).toEqual([]);
    expect(await reopened.readModel.endedSessionsOf(user.userId, 10)).toEqual([]);
  });

  it('who deletes the own account is found in no file and no log line either', async () => {
    const lines: string[] = [];
    const app = await start(closing.folder(), lines);
    const user = await signedInUser(app, NAME);
    await usedBy(app, user);
    for (const [password, expected] of [
      [`${user.password}!`, 401],
      [user.password, 204],
    ] as const) {
      const { status } = await app.api.request('/api/v1/auth/me', {
        method: 'DELETE',
        headers: { ...FROM, authorization: `Bearer ${user.pair.access_token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ password }),
      });
      expect(status).toBe(expected);
    }
    await erasureOf(app, user.userId);
    const sought = { email: user.email, name: NAME, agent: AGENT, ip: ADDRESS, password: user.password };
    expect(await storesThatHold(app.folder, sought)).toEqual([]);
    for (const text of Object.values(sought)) expect(lines.join('\n')).not.toContain(text);
  });

  it('loses every session at once, and the address is free for another', async () => {
    const app = await start(closing.folder());
    const user = await signedInUser(app, NAME);
    await eraseAndWait(app, user.userId);
    expect((await app.api.refresh(user.pair.refresh_token)).status).toBe(401);
    expect((await app.api.login(user)).status).toBe(401);
    expect((await app.api.register(user)).status).toBe(201);
    expect((await app.api.login(user)).status).toBe(200);
  });
});
