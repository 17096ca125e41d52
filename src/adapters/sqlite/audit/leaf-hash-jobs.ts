/** The job module of the leaf hashes: what the writer thread of their SQLite file runs for them. */
import { growingCache } from '../../../event-store/growing-cache.js';
import type { PrepareJobs } from '../jobs.js';

/**
 * How many leaves there are before, how far the log was read, the place of the last leaf's event (position, id), the hashes one after
 * another, and of each leaf event id, stream and revision. A flat list crosses to the other thread at half the price of objects.
 */
export type AppendLeavesArgs = readonly [
  from: number,
  position: string,
  lastPosition: string,
  lastEventId: string,
  hashes: Uint8Array,
  ...leaves: (string | number)[],
];

export const HASH_BYTES = 32;
const LEAVES_AT = 5;
const LEAF_MEMBERS = 3;

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
  const streams = growingCache<number>(REMEMBERED_STREAMS);
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
    [APPEND_LEAVES]: (args: AppendLeavesArgs): boolean => {
      const [from, position, lastPosition, lastEventId, hashes] = args;
      const [size] = (findSize.get() as [number] | undefined) ?? [0];
      if (size !== from) return false;
      let number = from;
      for (let at = LEAVES_AT; at < args.length; at += LEAF_MEMBERS) {
        const [eventId, stream, revision] = [args[at], args[at + 1] as string, args[at + 2]];
        const hash = hashes.subarray((number - from) * HASH_BYTES, (number - from + 1) * HASH_BYTES);
        insertLeaf.run([number, eventId, idOfStream(stream), revision, hash]);
        number += 1;
      }
      setProgress.run(number, position, lastPosition, lastEventId);
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
