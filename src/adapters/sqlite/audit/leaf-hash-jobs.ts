/** The job module of the leaf hashes: what the writer thread of their SQLite file runs for them. */
import { growingCache, MAX_KEPT_STREAMS } from '../../../event-store/growing-cache.js';
import { bytesOfId } from '../event-id.js';
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
export const ID_BYTES = 16;
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

// A page is what was appended at once. A row for each leaf would be read at a fifth of the speed and take half as much more of the disk. Ids
// and hashes stand one after another; `places` is a JSON list of the number of the stream and the revision of each.
const SCHEMA = `
  create table if not exists leaf_streams (
    id integer primary key,
    name text not null unique
  ) strict;
  create table if not exists leaf_pages (
    first integer primary key,
    ids blob not null,
    places text not null,
    hashes blob not null
  ) strict;
  create table if not exists leaf_events (
    event_id blob not null,
    number integer not null,
    primary key (event_id, number)
  ) strict, without rowid;
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

const CLEAR =
  'delete from leaf_pages; delete from leaf_events; delete from leaf_streams; delete from leaf_progress; delete from remembered_tree;';

export const prepare: PrepareJobs = (db, transactions) => {
  db.exec(SCHEMA);
  // Once there was a row for each leaf. All of it is made of the log again.
  if (db.prepare("select 1 from sqlite_schema where name = 'leaves'").raw().get() !== undefined)
    db.exec(`${CLEAR} drop table leaves;`);
  const findSize = db.prepare('select size from leaf_progress').raw();
  const findStream = db.prepare('select id from leaf_streams where name = ?').raw();
  const insertStream = db.prepare('insert into leaf_streams (name) values (?)');
  const insertPage = db.prepare('insert into leaf_pages (first, ids, places, hashes) values (?, ?, ?, ?)');
  // All of a page by one call: a call each costs three times as much.
  const insertEvents = db.prepare(`
    with recursive leaf (at) as (select 0 union all select at + 1 from leaf where at + 1 < ?)
    insert or ignore into leaf_events (event_id, number)
    select substr(?, at * ${ID_BYTES} + 1, ${ID_BYTES}), ? + at from leaf
  `);
  const setProgress = db.prepare(`
    insert or replace into leaf_progress (id, size, position, last_position, last_event_id) values (1, ?, ?, ?, ?)
  `);
  // Only this thread writes, so what it remembers is what the file holds, until a rollback.
  const streams = growingCache<number>(MAX_KEPT_STREAMS);
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
      const count = hashes.length / HASH_BYTES;
      const ids = new Uint8Array(count * ID_BYTES);
      const places: number[] = [];
      for (let index = 0; index < count; index += 1) {
        const at = LEAVES_AT + index * LEAF_MEMBERS;
        const [eventId, stream, revision] = [args[at] as string, args[at + 1] as string, args[at + 2] as number];
        const id = bytesOfId(eventId);
        ids.set(id, index * ID_BYTES);
        places.push(idOfStream(stream), revision);
      }
      if (count > 0) insertEvents.run([count, ids, from]);
      insertPage.run([from, ids, JSON.stringify(places), hashes]);
      setProgress.run(from + count, position, lastPosition, lastEventId);
      return true;
    },
    [REMEMBER_TREE]: ({ size, roots }: RememberArgs): null => {
      remember.run([size, roots]);
      return null;
    },
    [CLEAR_LEAVES]: (): null => {
      streams.clear();
      db.exec(
        'delete from leaf_pages; delete from leaf_events; delete from leaf_streams; delete from leaf_progress; delete from remembered_tree;',
      );
      return null;
    },
  };
};
