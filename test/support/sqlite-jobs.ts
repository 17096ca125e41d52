/** A job module for testing the file itself: a table of names, and jobs that go wrong in every way. */
import type { PrepareJobs } from '../../src/adapters/sqlite/jobs.js';

export const SQLITE_TEST_JOBS = new URL(import.meta.url);

export const prepare: PrepareJobs = (db, transactions) => {
  db.exec('create table if not exists names (id integer primary key, name text not null unique, ballast text) strict');
  const insert = db.prepare('insert into names (name, ballast) values (?, ?)');
  let rollbacks = 0;
  let failsAfterCommit = false;
  transactions.onCommit(() => {
    if (failsAfterCommit) throw new Error('failed after the commit');
  });
  transactions.onRollback(() => {
    rollbacks += 1;
  });
  return {
    add: (name: string) => Number(insert.run(name, null).lastInsertRowid),
    addLarge: ({ name, bytes }: { name: string; bytes: number }) => insert.run(name, 'x'.repeat(bytes)).changes,
    addThenThrow: (name: string) => {
      insert.run(name, null);
      throw new TypeError(`thrown for ${name}`);
    },
    rollbacks: () => rollbacks,
    failAfterCommits: () => (failsAfterCommit = true),
    /** No page more than there is: from now on the file is full, as SQLite sees it. */
    fill: () => db.prepare('PRAGMA max_page_count=1').raw().get(),
    empty: () => db.prepare('PRAGMA max_page_count=1000000').raw().get(),
    /** As on a disk that is full when the file is closed. */
    failAtClosing: () => {
      const exec = db.exec.bind(db);
      db.exec = (sql) => {
        if (sql.includes('wal_checkpoint')) throw new Error('the disk is full');
        return exec(sql);
      };
    },
    endThread: () => process.exit(3),
  };
};
