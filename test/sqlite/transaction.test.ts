import { expect, it } from '@jest/globals';
import Database from 'libsql';
import path from 'node:path';
import { inTransaction } from '../../src/adapters/sqlite/connection.js';
import { temporaryFolder } from '../support/temporary-folder.js';

it('a transaction fails as its storage did, also where SQLite has rolled back already, and leaves nothing', () => {
  const folder = temporaryFolder();
  const db = new Database(path.join(folder.path, 'small.db'));
  db.exec('create table t (x)');
  db.exec('PRAGMA max_page_count=4');
  const fill = (): void => {
    for (let row = 0; row < 100; row += 1) db.prepare('insert into t values (randomblob(3000))').run();
  };
  expect(() => inTransaction(db, fill)).toThrow(/full/);
  expect(() => inTransaction(db, () => db.exec('ROLLBACK; no statement'))).toThrow(/syntax error/);
  expect(db.inTransaction).toBe(false);
  expect(db.prepare('select count(*) from t').raw().get()).toEqual([0]);
  inTransaction(db, () => db.exec('insert into t values (1)'));
  expect(db.prepare('select count(*) from t').raw().get()).toEqual([1]);
  db.close();
  folder.remove();
});
