/** A log that was put back to an earlier moment, under the real process and the operator's tool. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ApiClient, type Answer, type Credentials, type Pair } from '../support/api-client.js';
import { copyLog, embeddedIt, environmentOf, installationFolder, putLogBack } from '../support/every-back-end.js';
import { freshCredentials } from '../support/running-app.js';
import { runScript } from '../support/script.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';

let folder: ReturnType<typeof installationFolder>;
let server: ServerProcess | null;
beforeEach(() => {
  folder = installationFolder();
  mkdirSync(dataDir());
  server = null;
});
afterEach(async () => {
  await server?.end('SIGKILL');
  await folder.remove();
});

const dataDir = (): string => path.join(folder.path, 'data');
const backup = (): string => path.join(folder.path, 'backup');
const backupOfLog = (): string => path.join(folder.path, 'backup of the log');
const environment = async (): Promise<Record<string, string>> => ({
  DATA_DIR: dataDir(),
  ...(await environmentOf(dataDir())),
});

async function start(): Promise<ApiClient> {
  server = await startServerProcess(await environment());
  return new ApiClient(server.url);
}

async function stop(): Promise<void> {
  expect(await server?.end('SIGTERM')).toBe(0);
}

/** What a backup and what came after it, now lost, have left in the hands of clients. */
interface Lost {
  readonly credentials: Credentials;
  /** Of before the backup. */
  readonly kept: Pair;
  /** The successor of `kept`, which was then signed out. */
  readonly lost: Pair;
  /** A user who registered after the backup. */
  readonly lostCredentials: Credentials;
  readonly ofLostUser: Pair;
}

/** A backup of everything, then a rotation, its sign-out and a registration. */
async function backUpAndGoOn(): Promise<Lost> {
  const [credentials, lostCredentials] = [freshCredentials(), freshCredentials()];
  const kept = await (await start()).signedIn(credentials);
  await stop();
  cpSync(dataDir(), backup(), { recursive: true });
  await copyLog(dataDir(), backupOfLog());
  const api = await start();
  const { body: lost } = await api.refresh(kept.refresh_token);
  expect((await api.logout(lost.refresh_token)).status).toBe(204);
  const ofLostUser = await api.signedIn(lostCredentials);
  await stop();
  return { credentials, kept, lost, lostCredentials, ofLostUser };
}

/** What an operator does with a log that was put back. */
async function mark(...options: readonly string[]): Promise<void> {
  const env = await environment();
  expect(await runScript('log', env, 'restored', '--yes', ...options)).toMatchObject({ code: 0 });
  // With servers, the read model is that of the lost part: the first run ends with 1, since it has found differences.
  await runScript('rebuild', env);
  expect(await runScript('rebuild', env, '--check')).toMatchObject({ code: 0 });
}

const codeOf = ({ status, body }: Answer<object>): unknown => [status, (body as { code?: string }).code];

/** No token of the lost part is accepted, also once its stream is as long again; nor does it hurt who goes on. */
async function expectLostIsRefused(api: ApiClient, { kept, lost, lostCredentials, ofLostUser }: Lost): Promise<void> {
  expect(codeOf(await api.refresh(lost.refresh_token))).toEqual([401, 'token_invalid']);
  let { body: next } = await api.refresh(kept.refresh_token);
  for (let revision = 1; revision <= 3; revision += 1) {
    expect(codeOf(await api.refresh(lost.refresh_token))).toEqual([401, 'token_invalid']);
    expect(codeOf(await api.logout(lost.refresh_token))).toEqual([401, 'token_invalid']);
    const answer = await api.refresh(next.refresh_token);
    expect([revision, answer.status]).toEqual([revision, 200]);
    next = answer.body;
  }
  expect(codeOf(await api.refresh(ofLostUser.refresh_token))).toEqual([401, 'token_invalid']);
  expect(codeOf(await api.login(lostCredentials))).toEqual([401, 'invalid_credentials']);
}

// Each starts the process several times.
const TIMEOUT_MS = 120_000;

describe('G17, T6: a log that was put back to an earlier moment', () => {
  it(
    'is refused at the start until an operator marks it; then no token of the lost part is accepted',
    async () => {
      const lost = await backUpAndGoOn();
      // The log alone, as its own tools would.
      await putLogBack(dataDir(), backupOfLog());
      await expect(start()).rejects.toThrow(/does not start: .*put back to an earlier moment.*log restored --yes/);
      const env = await environment();
      expect((await runScript('log', env, 'restored')).code).toBe(2);
      await expect(start()).rejects.toThrow('put back to an earlier moment');
      await mark();
      await expectLostIsRefused(await start(), lost);
      // Once marked it starts as ever.
      await stop();
      await start();
    },
    TIMEOUT_MS,
  );

  embeddedIt(
    'put back with everything beside it, which nothing shows, accepts no token of the lost part either',
    async () => {
      const lost = await backUpAndGoOn();
      rmSync(dataDir(), { recursive: true });
      cpSync(backup(), dataDir(), { recursive: true });
      await expectLostIsRefused(await start(), lost);
    },
    TIMEOUT_MS,
  );

  it(
    'marked with --sign-out-all accepts no token of before, and shows none of the sessions',
    async () => {
      const { credentials, kept, lost } = await backUpAndGoOn();
      // The log alone, as its own tools would.
      await putLogBack(dataDir(), backupOfLog());
      await mark('--sign-out-all');
      const api = await start();
      expect(codeOf(await api.refresh(kept.refresh_token))).toEqual([401, 'token_revoked']);
      expect((await api.refresh(lost.refresh_token)).status).toBe(401);
      expect(codeOf(await api.get('me', kept.access_token))).toEqual([401, 'token_revoked']);
      const login = await api.login(credentials);
      const devices = await api.devices(login.body.access_token, login.headers.get('log-position'));
      expect(devices.map(({ session_id }) => session_id)).toEqual([login.body.session_id]);
      const shown = await api.get<{ recently_ended: unknown }>('devices', login.body.access_token);
      expect(shown.body.recently_ended).toMatchObject([{ session_id: kept.session_id, reason: 'restore' }]);
      expect((await api.refresh(login.body.refresh_token)).status).toBe(200);
    },
    TIMEOUT_MS,
  );
});
