/** What somebody else wrote into a stream of ours, whatever texts it holds, hinders no operator once it is disowned. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import Database from 'libsql';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { openInstallation } from '../../src/compose/open-installation.js';
import { restoreTarget } from '../../src/compose/restore-target.js';
import { readToolConfig } from '../../src/config.js';
import { backUp } from '../../src/operator/backup.js';
import { restore } from '../../src/operator/restore.js';
import { ADA, sealed } from '../support/archivable.js';
import { startApp, type RunningApp } from '../support/running-app.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const DAY_MS = 86_400_000;
const TEXTS = [
  ['{ "x": 1.50 }', '{}'],
  ['[1,2]', '{}'],
  ['not json', '{}'],
  ['{}', ''],
  ['{"b":1,"a":2}', '{ "b": 1, "a": 2 }'],
] as const;

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => void (folder = temporaryFolder()));
afterEach(() => folder.remove());

const within = (name: string): string => path.join(folder.path, name);
const configOf = (name: string): ReturnType<typeof readToolConfig> => readToolConfig({ DATA_DIR: within(name) });

async function withInstallation<T>(
  name: string,
  use: (installation: ReturnType<typeof openInstallation>) => Promise<T>,
): Promise<T> {
  const installation = openInstallation(configOf(name));
  try {
    return await use(installation);
  } finally {
    await installation.close();
  }
}

async function withApp<T>(now: () => number, sealEverySeconds: string, use: (app: RunningApp) => Promise<T>): Promise<T> {
  const app = await startApp({ folder: within('data'), now, env: { SEAL_EVERY_SECONDS: sealEverySeconds } });
  try {
    return await use(app);
  } finally {
    await app.close();
  }
}

/** Puts an event at the end of a stream, with another tool. */
function insert(stream: string, revision: number, [data, metadata]: readonly [string, string]): void {
  const db = new Database(path.join(within('data'), 'tokenledger.db'));
  try {
    // The server writes too.
    db.exec('PRAGMA busy_timeout = 30000');
    db.prepare(
      `insert into events (stream_id, revision, id, type, data, metadata)
      values ((select id from streams where name = ?), ?, ?, 'Foreign', ?, ?)`,
    ).run([stream, revision, randomBytes(16), data, metadata]);
  } finally {
    db.close();
  }
}

/** Foreign texts as they are stored, by the order of the log. */
function foreignTexts(name: string): unknown[] {
  const db = new Database(path.join(within(name), 'tokenledger.db'));
  try {
    return db.prepare("select data, metadata from events where type = 'Foreign' order by position").raw().all();
  } finally {
    db.close();
  }
}

it('is exported, backed up, restored and archived as it is', async () => {
  const end = Date.now() - DAY_MS;
  let now = end - 24 * DAY_MS;
  let token = '';
  await withApp(
    () => now,
    '3600',
    async ({ api, application }) => {
      const { refresh_token: first, device_id: device } = await api.signedIn(ADA);
      token = first;
      const [stream] = (await application.stores.logStore.readAll()).flatMap(({ stream: name }) =>
        name.endsWith(device) ? [name] : [],
      );
      for (const [index, texts] of TEXTS.entries()) {
        insert(stream!, index + 1, texts);
        await application.operator.disown({ stream: stream!, revision: index + 1, actor: 'operator:ada' });
      }
    },
  );
  await withApp(
    () => now,
    '0.05',
    async (app) => {
      for (const daysAgo of [20, 15, 10, 5, 0]) {
        now = end - daysAgo * DAY_MS;
        const answer = await app.api.refresh(token);
        expect(answer.status).toBe(200);
        token = answer.body.refresh_token;
      }
      await sealed(app);
    },
  );
  await withInstallation('data', (installation) => backUp(installation.backup, within('backup')));
  await restore(within('backup'), restoreTarget(configOf('restored'), 'operator:ada'));
  expect(foreignTexts('restored')).toEqual(TEXTS);

  const request = { out: null, shrink: false, actor: 'operator:ada', onProgress: () => undefined } as const;
  await withInstallation('data', async ({ archives, proofs }) => {
    const report = await archives.archive({ ...request, before: end - 7 * DAY_MS });
    expect(report).toMatchObject({ events: TEXTS.length + 4, streams: 1 });
    expect(foreignTexts('data')).toEqual([]);
    expect(await proofs.verify({ against: [], onProgress: () => undefined })).toMatchObject({
      ok: true,
      disowned: TEXTS.length,
    });
  });
  await withInstallation('data', (installation) => backUp(installation.backup, within('second')));
  await restore(within('second'), restoreTarget(configOf('again'), 'operator:ada'));
  expect(foreignTexts('again')).toEqual(TEXTS);
});
