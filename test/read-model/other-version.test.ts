/** A read model that another version of the program left behind: it opens, asks for a rebuild, and the rebuild replaces it. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { openEmbeddedReadModel, READ_MODEL_JOBS } from '../../src/adapters/sqlite/read-model/embedded-read-model.js';
import type { SqliteFile } from '../../src/adapters/sqlite/sqlite-file.js';
import type { ReadModel } from '../../src/read-model/read-model.js';
import { anAccount, aSession, placedAccount, placedSession, put } from '../support/documents.js';
import { freshCredentials, startApp } from '../support/running-app.js';
import { runScript } from '../support/script.js';
import { openSqliteFile } from '../support/open-sqlite-file.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let folder: ReturnType<typeof temporaryFolder>;
let file: SqliteFile | null = null;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(async () => {
  await file?.close();
  file = null;
  folder.remove();
});

const MADE_BY = 'this program';
const at = (name: string): string => path.join(folder.path, name);

async function opened(): Promise<ReadModel> {
  file = await openSqliteFile(at('model.db'), [READ_MODEL_JOBS]);
  return openEmbeddedReadModel(file, MADE_BY);
}

function change(name: string, sql: string): void {
  const db = new Database(at(name));
  db.exec(sql);
  db.close();
}

// What an installation begins with is build 1.
const CHANGES = [
  ['lacks a table', 'drop table streams_1'],
  ['lacks another table', 'drop table sessions_1'],
  ['lacks all its tables', 'drop table sessions_1; drop table accounts_1; drop table streams_1'],
  ['lacks a column', 'drop index streams_1_suspect; alter table streams_1 drop column suspect'],
  ['has a column more', 'alter table accounts_1 add column shoe_size integer'],
] as const;

describe('an embedded read model of another version', () => {
  async function changed(sql: string): Promise<ReadModel> {
    const before = await opened();
    const session = aSession(2);
    await put(before, 5, placedSession(session), placedAccount(anAccount(3)));
    await file?.close();
    change('model.db', sql);
    return opened();
  }

  it.each(CHANGES)('that %s asks for a rebuild, reads as empty there, and is replaced', async (_, sql) => {
    const readModel = await changed(sql);
    expect(await readModel.madeBy()).not.toBe(MADE_BY);
    for (const collection of ['sessions', 'accounts', 'streams'] as const)
      expect((await readModel.scan(collection, null, 10)).length).toBeLessThan(2);
    const rebuild = await readModel.beginRebuild();
    const session = aSession(7);
    await put(rebuild.target, 9, placedSession(session));
    await rebuild.swap();
    expect(await readModel.madeBy()).toBe(MADE_BY);
    expect(await readModel.session(session.id)).toEqual(session);
    await file?.close();
    expect(await (await opened()).session(session.id)).toEqual(session);
  });

  it('whose list of builds has other columns is begun again', async () => {
    const readModel = await changed('alter table read_model_builds drop column made_by');
    expect(await readModel.madeBy()).toBeNull();
    expect(await readModel.checkpoint()).toBeNull();
    const session = aSession(4);
    await put(readModel, 6, placedSession(session));
    expect(await readModel.session(session.id)).toEqual(session);
  });

  it('that is whole is left as it is', async () => {
    const readModel = await changed('create table of_somebody_else (id text)');
    expect(await readModel.madeBy()).toBe(MADE_BY);
    expect(await readModel.scan('sessions', null, 10)).toHaveLength(1);
    expect(await readModel.session(randomUUID())).toBeNull();
  });
});

describe('rebuild', () => {
  it('makes a read model that lacks tables whole, and the server goes on with it', async () => {
    const env = { DATA_DIR: folder.path };
    const first = await startApp({ folder: folder.path });
    const { access_token } = await first.api.signedIn(freshCredentials());
    expect(await first.api.devices(access_token)).toHaveLength(1);
    await first.close();
    change('tokenledger.db', 'drop table streams_1; drop table accounts_1');
    const { stdout } = await runScript('rebuild', env, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ events: expect.any(Number) as unknown });
    expect(await runScript('rebuild', env, '--check')).toMatchObject({ code: 0 });
  });
});
