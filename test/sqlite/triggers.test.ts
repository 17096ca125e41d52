import { expect, it } from '@jest/globals';
import Database from 'libsql';
import path from 'node:path';
import { EVENT_STORE_JOBS, READING_JOBS } from '../../src/adapters/sqlite/event-store/embedded-event-store.js';
import { SqliteFile } from '../../src/adapters/sqlite/sqlite-file.js';
import { temporaryFolder } from '../support/temporary-folder.js';

it('a log with a trigger of another tool is not opened for appending, and is to be verified', async () => {
  const folder = temporaryFolder();
  const file = path.join(folder.path, 'tokenledger.db');
  const open = (jobs: URL): Promise<void> => SqliteFile.open(file, { jobs: [jobs] }).then((opened) => opened.close());
  await open(EVENT_STORE_JOBS);
  const db = new Database(file);
  db.exec('create trigger drops before insert on events begin select raise(ignore); end');
  db.close();
  await expect(open(EVENT_STORE_JOBS)).rejects.toThrow('another tool has put a trigger into it (drops)');
  await open(READING_JOBS);
  folder.remove();
});
