import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import { SqliteJobError } from '../../src/adapters/sqlite/errors.js';
import { SqliteFile, type SqliteClient } from '../../src/adapters/sqlite/sqlite-file.js';
import { SQLITE_TEST_JOBS } from '../support/sqlite-jobs.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let folder: ReturnType<typeof temporaryFolder>;
let file: SqliteFile;
let client: SqliteClient;
let fatal: string[];
let warnings: string[];

const open = (): Promise<SqliteFile> =>
  SqliteFile.open(path.join(folder.path, 'below', 'it', 'test.db'), {
    jobs: [SQLITE_TEST_JOBS],
    onFatal: ({ message }) => fatal.push(message),
    onWarning: (reason) => warnings.push(reason),
  });

beforeEach(async () => {
  folder = temporaryFolder();
  [fatal, warnings] = [[], []];
  file = await open();
  client = file.client('key store');
});
afterEach(async () => {
  await file.close();
  folder.remove();
});

const names = (of: SqliteClient = client): unknown[] => of.query('select name from names order by id').all().flat();

describe('jobs', () => {
  it('are answered with their results, which can be read then', async () => {
    expect(await client.run('add', 'first')).toBe(1);
    expect(await client.run('add', 'second')).toBe(2);
    expect(names()).toEqual(['first', 'second']);
  });

  it('of one turn are committed together', async () => {
    let commits = 0;
    const stop = client.onCommit(() => (commits += 1));
    await Promise.all(Array.from({ length: 100 }, (_, index) => client.run('add', `name ${index}`)));
    expect(commits).toBe(1);
    stop();
    await client.run('add', 'later');
    expect(commits).toBe(1);
    expect(names()).toHaveLength(101);
  });

  it('that come during a commit are committed together by the next', async () => {
    let commits = 0;
    client.onCommit(() => (commits += 1));
    const first = client.run('add', 'first');
    await new Promise(setImmediate);
    const others: Promise<unknown>[] = [];
    for (let index = 0; index < 5; index += 1) {
      others.push(client.run('add', `other ${index}`));
    }
    await Promise.all([first, ...others]);
    expect(commits).toBe(2);
  });

  it('fail alone: one that throws takes nothing from the others, and what it wrote is gone', async () => {
    const outcomes = await Promise.allSettled([
      client.run('add', 'a'),
      client.run('addThenThrow', 'b'),
      client.run('add', 'c'),
      client.run('add', 'a'),
      client.run('unknown', null),
      client.run('add', () => 'cannot cross threads'),
      client.run('add', 'd'),
    ]);
    expect(outcomes.map((outcome) => outcome.status === 'fulfilled')).toEqual([
      true,
      false,
      true,
      false,
      false,
      false,
      true,
    ]);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(SqliteJobError);
    }
    expect(outcomes[1]).toMatchObject({ reason: { message: 'addThenThrow: thrown for b' } });
    expect(names()).toEqual(['a', 'c', 'd']);
  });

  it('learn of every rollback, so that they can forget', async () => {
    expect(await client.run('rollbacks', null)).toBe(0);
    await expect(client.run('addThenThrow', 'a')).rejects.toThrow('thrown for a');
    expect(await client.run('rollbacks', null)).toBe(1);
  });
});

describe('storage that is full', () => {
  it('fails each job of the group that needs room, and no other; service resumes when there is room again', async () => {
    await client.run('add', 'before');
    await client.run('fill', null);
    const outcomes = await Promise.allSettled([
      client.run('rollbacks', null),
      client.run('addLarge', { name: 'large', bytes: 100_000 }),
      client.run('add', 'small'),
    ]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: { name: 'StoreUnavailableError', store: 'key store' } });
    expect(String((outcomes[1] as PromiseRejectedResult).reason)).toContain('SQLITE_FULL');
    expect(names()).toEqual(['before', 'small']);
    await client.run('empty', null);
    await client.run('addLarge', { name: 'large', bytes: 100_000 });
    expect(names()).toEqual(['before', 'small', 'large']);
  });
});

describe('a writer thread that ends', () => {
  it('rejects what was handed over and all that follows', async () => {
    await client.run('add', 'before');
    const lost = client.run('endThread', null);
    const pending = client.run('add', 'pending');
    await expect(lost).rejects.toThrow(StoreUnavailableError);
    await expect(pending).rejects.toThrow(StoreUnavailableError);
    await expect(client.run('add', 'after')).rejects.toThrow('key store unavailable: writer thread ended');
    expect(names()).toEqual(['before']);
    expect(fatal).toEqual(['writer thread ended']);
    await file.close();
    file = await open();
    expect(names(file.client('key store'))).toEqual(['before']);
  });
});

describe('S4: what is done after a commit', () => {
  it('and fails, is reported, and takes nothing from the jobs, on either side', async () => {
    await client.run('failAfterCommits', null);
    expect(await client.run('add', 'stored')).toBe(1);
    client.onCommit(() => {
      throw new Error('a listener failed');
    });
    const seen: string[] = [];
    client.onCommit(() => seen.push('the next listener'));
    expect(await client.run('add', 'stored too')).toBe(2);
    expect(names()).toEqual(['stored', 'stored too']);
    expect(seen).toEqual(['the next listener']);
    expect(warnings).toContain('a listener failed');
    expect(warnings).toContain('failed after the commit');
    expect(fatal).toEqual([]);
  });
});

describe('close', () => {
  it('lets the jobs handed over finish, refuses later ones, and keeps everything', async () => {
    const query = client.query('select 1');
    const committing = client.run('add', 'committing');
    await new Promise(setImmediate);
    const gathered = client.run('add', 'gathered');
    const closing = file.close();
    await expect(client.run('add', 'late')).rejects.toThrow(StoreUnavailableError);
    expect(await Promise.all([committing, gathered])).toEqual([1, 2]);
    await closing;
    await file.close();
    expect(() => query.get()).toThrow(StoreUnavailableError);
    expect(fatal).toEqual([]);
    file = await open();
    expect(names(file.client('read model'))).toEqual(['committing', 'gathered']);
  });
});

describe('close on a disk that is full', () => {
  it('ends nothing but the file: what cannot be folded in stays beside it, and is there when it is opened', async () => {
    await client.run('add', 'stored');
    await client.run('failAtClosing', null);
    await file.close();
    expect([fatal, warnings]).toEqual([[], ['the disk is full']]);
    file = await open();
    expect(names(file.client('key store'))).toEqual(['stored']);
  });
});

describe('the reading connection', () => {
  it('finds nothing where there is nothing, also after it has found several by the same query', async () => {
    for (const name of ['a', 'b', 'c']) await client.run('add', name);
    const query = client.query('select name from names where id <= ? order by id desc');
    expect(query.all(3)).toHaveLength(3);
    expect(query.get(0)).toBeUndefined();
    expect(query.get(1)).toEqual(['a']);
    expect(query.all(0)).toEqual([]);
  });

  it('cannot write', () => {
    expect(() => client.query("insert into names (name) values ('x') returning id").get()).toThrow(StoreUnavailableError);
  });

  it('leaves no read open that would keep the write-ahead log from being folded in', async () => {
    const query = client.query('select name from names order by id');
    for (let turn = 0; turn < 60; turn += 1) {
      await client.run('addLarge', { name: `large ${turn}`, bytes: 200_000 });
      query.get();
    }
    const [, logPages, foldedPages] = client.query('PRAGMA wal_checkpoint(PASSIVE)').get() as number[];
    expect(logPages).toBeLessThan(2_000); // of about 3,000 that were written
    expect(foldedPages).toBe(logPages);
  });
});
