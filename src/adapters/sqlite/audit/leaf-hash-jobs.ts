/** The job module of the leaf hashes: what the writer thread of their SQLite file runs for them. */
import { LRUCache } from 'lru-cache';
import type { Leaf, LeafProgress } from '../../../audit/leaf-hashes.js';
import type { PrepareJobs } from '../jobs.js';

export interface AppendLeavesArgs {
  readonly from: number;
  readonly leaves: readonly (Omit<Leaf, 'hash'> & { readonly hash: Uint8Array })[];
  readonly progress: Omit<LeafProgress, 'size'>;
}

export interface RememberArgs {
  readonly size: number;
  /** The roots, one after another. */
  readonly roots: Uint8Array;
}

export const APPEND_LEAVES = 'leaf-hashes.append';
export const REMEMBER_TREE = 'leaf-hashes.remember';
export const CLEAR_LEAVES = 'leaf-hashes.clear';

const SCHEMA = `
  create table if not exists leaf_streams (
    id integer primary key,
    name text not null unique
  ) strict;
  create table if not exists leaves (
    number integer primary key,
    event_id text not null,
    stream_id integer not null,
    revision integer not null,
    hash blob not null
  ) strict;
  create index if not exists leaves_by_event on leaves (event_id, number);
  create table if not exists leaf_progress (
    id integer primary key check (id = 1),
    size integer not null,
    position text not null,
    last_position text not null,
    last_event_id text not null
  ) strict;
  create table if not exists remembered_tree (
    id integer primary key check (id = 1),
    size integer not null,
    roots blob not null
  ) strict;
`;

const REMEMBERED_STREAMS = 20_000;

export const prepare: PrepareJobs = (db, transactions) => {
  db.exec(SCHEMA);
  const findSize = db.prepare('select size from leaf_progress').raw();
  const findStream = db.prepare('select id from leaf_streams where name = ?').raw();
  const insertStream = db.prepare('insert into leaf_streams (name) values (?)');
  const insertLeaf = db.prepare('insert into leaves (number, event_id, stream_id, revision, hash) values (?, ?, ?, ?, ?)');
  const setProgress = db.prepare(`
    insert or replace into leaf_progress (id, size, position, last_position, last_event_id) values (1, ?, ?, ?, ?)
  `);
  // Only this thread writes, so what it remembers is what the file holds, until a rollback.
  const streams = new LRUCache<string, number>({ max: REMEMBERED_STREAMS });
  transactions.onRollback(() => streams.clear());
  const idOfStream = (name: string): number => {
    const known = streams.get(name);
    if (known !== undefined) return known;
    const [found] = (findStream.get([name]) as [number] | undefined) ?? [];
    const id = found ?? Number(insertStream.run([name]).lastInsertRowid);
    streams.set(name, id);
    return id;
  };
  const remember = db.prepare('insert or replace into remembered_tree (id, size, roots) values (1, ?, ?)');
  return {
    [APPEND_LEAVES]: ({ from, leaves, progress }: AppendLeavesArgs): boolean => {
      const [size] = (findSize.get() as [number] | undefined) ?? [0];
      if (size !== from) return false;
      for (const [offset, { eventId, stream, revision, hash }] of leaves.entries()) {
        insertLeaf.run([from + offset, eventId, idOfStream(stream), revision, hash]);
      }
      const { position, lastEvent } = progress;
      setProgress.run(from + leaves.length, position, lastEvent.position, lastEvent.eventId);
      return true;
    },
    [REMEMBER_TREE]: ({ size, roots }: RememberArgs): null => {
      remember.run([size, roots]);
      return null;
    },
    [CLEAR_LEAVES]: (): null => {
      streams.clear();
      db.exec('delete from leaves; delete from leaf_streams; delete from leaf_progress; delete from remembered_tree;');
      return null;
    },
  };
};
