/** Backup and restore of an installation whose log is in an EventStoreDB, over its protocol. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { VerifyReport } from '../../src/audit/verify.js';
import { readToolConfig } from '../../src/config.js';
import { openInstallation } from '../../src/compose/open-installation.js';
import { operate } from '../../src/operator/operations.js';
import type { BackupReport } from '../../src/operator/backup.js';
import { restore, type RestoreReport } from '../../src/operator/restore.js';
import { restoreTarget } from '../../src/compose/restore-target.js';
import { openEventStoreServer, type OpenedServer } from '../support/eventstoredb/open-server.js';
import { sealed } from '../support/archivable.js';
import { newKeysFile } from '../support/new-keys.js';
import { freshCredentials, startApp } from '../support/running-app.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let folder: ReturnType<typeof temporaryFolder>;
let servers: OpenedServer[];
beforeEach(() => {
  folder = temporaryFolder();
  servers = [];
});
afterEach(async () => {
  for (const server of servers) await server.close();
  folder.remove();
});

type Env = Readonly<Record<string, string>>;

/** An installation with a server of its own; its key file comes with a restore. */
async function environment(name: string): Promise<Env> {
  const server = await openEventStoreServer();
  servers.push(server);
  const keys = path.join(folder.path, `${name}.keys.json`);
  return { DATA_DIR: path.join(folder.path, name), EVENTSTORE_URL: server.url, KEYS_FILE: keys };
}

const restored = (env: Env, backup: string): Promise<RestoreReport> =>
  restore(backup, restoreTarget(readToolConfig(env), 'operator:test'));

async function verified(env: Env): Promise<VerifyReport> {
  const installation = openInstallation(readToolConfig(env));
  try {
    const answer = operate(installation, 'audit.verify', { against: [] });
    let last: object = {};
    if (Symbol.asyncIterator in answer) for await (const line of answer) last = line;
    else last = await answer;
    return last as VerifyReport;
  } finally {
    await installation.close();
  }
}

it('G17: a backup beside a running server goes into an empty EventStoreDB, marked as restored', async () => {
  const first = { ...(await environment('first')), KEYS_FILE: await newKeysFile(folder.path) };
  const app = await startApp({ folder: path.join(folder.path, 'first'), env: { SEAL_EVERY_SECONDS: '0.05', ...first } });
  const ada = freshCredentials();
  const before = await app.api.signedIn(ada);
  await sealed(app);
  const backup = path.join(folder.path, 'backup');
  const report = (await operate(app.application.operator, 'backup', { folder: backup })) as BackupReport;
  expect(report.files).toEqual(['log/events.jsonl', 'user-keys/user-keys.db', 'keys/keys.json']);
  const lines = readFileSync(path.join(backup, 'log/events.jsonl'), 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual(
    expect.arrayContaining(['LogOpened', 'UserRegistered', 'TokenIssued', 'CheckpointSigned']),
  );
  // What comes now is lost.
  const lost = await app.api.signIn(ada);
  await app.close();

  const second = await environment('second');
  const { history_id: historyId, keys_restored: keysRestored } = await restored(second, backup);
  expect([historyId.length, keysRestored]).toEqual([12, true]);
  expect(await verified(second)).toMatchObject({ ok: true, findings: [], events: lines.length + 1 });
  await expect(restored({ ...second, DATA_DIR: path.join(folder.path, 'third') }, backup)).rejects.toThrow(
    /the log is not empty/,
  );

  const again = await startApp({ folder: path.join(folder.path, 'second'), env: second });
  try {
    expect(again.application.eventLog.histories.at(-1)?.historyId).toBe(historyId);
    expect((await again.api.refresh(lost.refresh_token)).status).toBe(401);
    expect((await again.api.refresh(before.refresh_token)).status).toBe(200);
    // The names and addresses can be read: their keys came along.
    const signedIn = await again.api.signIn(ada);
    expect((await again.api.get<{ email: string }>('me', signedIn.access_token)).body.email).toBe(ada.email);
  } finally {
    await again.close();
  }
});

it('a backup of an embedded log goes into an EventStoreDB, and its backup into an embedded one', async () => {
  const data = path.join(folder.path, 'embedded');
  const app = await startApp({ folder: data, env: {} });
  const pair = await app.api.signedIn(freshCredentials());
  const backup = path.join(folder.path, 'backup');
  await operate(app.application.operator, 'backup', { folder: backup });
  await app.close();

  const server = await environment('server');
  await restored(server, backup);
  const installation = openInstallation(readToolConfig(server));
  const other = path.join(folder.path, 'backup of server');
  await operate(installation, 'backup', { folder: other });
  await installation.close();
  const back = { DATA_DIR: path.join(folder.path, 'back') };
  await restored(back, other);
  const again = await startApp({ folder: back.DATA_DIR, env: {} });
  try {
    expect((await again.api.refresh(pair.refresh_token)).status).toBe(200);
    expect(again.application.eventLog.histories).toHaveLength(3);
  } finally {
    await again.close();
  }
});
