/** The job module of the event store: what the writer thread of the SQLite file runs for it. */
import type { Connection } from '../connection.js';
import { sqliteCode } from '../errors.js';
import type { PrepareJobs } from '../jobs.js';
import { pingJob } from '../ping.js';
import { bytesOfId, idOfBytes } from '../event-id.js';
import { growingCache, MAX_KEPT_STREAMS } from '../../../event-store/growing-cache.js';
import { INDEX, TABLES } from './schema.js';

/** The newest revision of a stream that does not exist: one below the first, so that the next is 0. */
export const NO_STREAM = -1;

/**
 * The name of the stream; the newest revision it must have, `NO_STREAM` if it must not exist; how often others had written to the file
 * when what the append was decided on was read, null if it was read from the file; then id, type, data and metadata of each event.
 * A flat list: what crosses to the thread is copied, and names of members would be too.
 */
export type AppendArgs = readonly [stream: string, expected: number, foreignWrites: number | null, ...events: string[]];

/**
 * Where the last event came to stand, `again` if these very events stood there already; or, refused, the newest revision the stream
 * has. `foreignWrites` is how often somebody else has written to the file since it was opened.
 */
export type AppendAnswer = { readonly foreignWrites: number } & (
  { readonly revision: number; readonly position: number; readonly again: boolean } | { readonly actual: number }
);

/** Removes the events of a stream before a revision. */
export interface TruncateArgs {
  readonly stream: string;
  readonly before: number;
}

/** The revision of the stream's newest event; `NO_STREAM` if it does not exist. Beyond it nothing is removed. */
export interface TruncateAnswer {
  readonly newest: number;
}

export const APPEND = 'event-store.append';
export const TRUNCATE = 'event-store.truncate';
export const PING = 'event-store.ping';

interface Stream {
  /** Null until its first event is stored. */
  id: number | null;
  /** The revision of its newest event, or `NO_STREAM`. */
  newest: number;
}

const EVENT_FIELDS = 4;

export const prepare: PrepareJobs = (db, transactions) => {
  refuseTriggers(db);
  db.exec(TABLES);
  makeIndex(db);
  const findStream = db
    .prepare('select id, (select max(revision) from events where stream_id = streams.id) from streams where name = ?')
    .raw();
  const insertStream = db.prepare('insert into streams (name) values (?)');
  const insertEvent = db.prepare(
    'insert into events (stream_id, revision, id, type, data, metadata) values (?, ?, ?, ?, ?, ?)',
  );
  const findFrom = db
    .prepare('select id, revision, position from events where stream_id = ? and revision >= ? order by revision limit ?')
    .raw();

  const removeBefore = db.prepare('delete from events where stream_id = ? and revision < ?');
  const dataVersion = db.prepare('PRAGMA data_version').raw();
  const versionNow = (): number => (dataVersion.get() as [number])[0];

  // Only this thread writes, so what it remembers is what the file holds, until a rollback. A refusal looks again all the same:
  // other tools can change a file that is open.
  const streams = growingCache<Stream>(MAX_KEPT_STREAMS);
  transactions.onRollback(() => streams.clear());
  // SQLite changes this number for commits of other connections alone, and the reading one of this process writes nothing.
  let version = versionNow();
  let foreignWrites = 0;
  transactions.onBegin(() => {
    const found = versionNow();
    if (found === version) return;
    version = found;
    foreignWrites += 1;
    streams.clear();
  });

  function load(name: string): Stream {
    const row = findStream.get(name) as [id: number, newest: number | null] | undefined;
    const stream = row === undefined ? { id: null, newest: NO_STREAM } : { id: row[0], newest: row[1] ?? NO_STREAM };
    streams.set(name, stream);
    return stream;
  }

  function store(name: string, stream: Stream, events: readonly string[]): AppendAnswer {
    stream.id ??= Number(insertStream.run(name).lastInsertRowid);
    let position = 0;
    let revision = stream.newest;
    for (let at = 0; at < events.length; at += EVENT_FIELDS) {
      const id = bytesOfId(events[at] ?? '');
      revision += 1;
      // As one list: the driver flattens several values at a cost.
      const row = [stream.id, revision, id, events[at + 1], events[at + 2], events[at + 3]];
      position = Number(insertEvent.run(row).lastInsertRowid);
    }
    stream.newest = revision;
    return { revision, position, again: false, foreignWrites };
  }

  /** The answer that was given before, if these very events follow each other in the stream from `first` on. */
  function repeated(stream: Stream, first: number, events: readonly string[]): AppendAnswer | null {
    const count = events.length / EVENT_FIELDS;
    if (stream.id === null || stream.newest < first + count - 1) return null;
    const rows = findFrom.all(stream.id, first, count) as [id: Uint8Array, revision: number, position: number][];
    const last = rows.at(-1);
    return last !== undefined && rows.every(([id], index) => idOfBytes(id) === events[index * EVENT_FIELDS])
      ? { revision: last[1], position: last[2], again: true, foreignWrites }
      : null;
  }

  return {
    [APPEND]: ([name, expected, seen, ...events]: AppendArgs): AppendAnswer => {
      // What it was decided on may be altered by now: it is read again, from the file.
      if (seen !== null && seen !== foreignWrites) return { actual: load(name).newest, foreignWrites };
      const remembered = streams.get(name);
      if (remembered?.newest === expected) {
        try {
          return store(name, remembered, events);
        } catch (error) {
          // Another tool has put an event there. Later ones of the append cannot be refused alone: the group is rolled back.
          if (events.length > EVENT_FIELDS || sqliteCode(error)?.startsWith('SQLITE_CONSTRAINT') !== true) throw error;
        }
      }
      const stream = load(name);
      if (stream.newest === expected) return store(name, stream, events);
      return repeated(stream, expected + 1, events) ?? { actual: stream.newest, foreignWrites };
    },
    [TRUNCATE]: ({ stream: name, before }: TruncateArgs): TruncateAnswer => {
      const { id, newest } = load(name);
      if (id !== null && before <= newest) removeBefore.run(id, before);
      return { newest };
    },
    [PING]: pingJob(db),
  };
};

/** A trigger of another tool could drop what was appended, after it was answered, or alter it. */
function refuseTriggers(db: Connection): void {
  const [name] = (db.prepare("select name from sqlite_master where type = 'trigger' limit 1").raw().get() ??
    []) as string[];
  if (name !== undefined)
    throw new Error(`another tool has put a trigger into it (${name}): look what it did by audit verify, then drop it`);
}

/** Where the index is missing, another tool has removed it, and may have put anything into the log since. */
function makeIndex(db: Connection): void {
  try {
    db.exec(INDEX);
  } catch (error) {
    if (sqliteCode(error)?.startsWith('SQLITE_CONSTRAINT') !== true) throw error;
    const reason = 'a stream has two events of one revision, so another tool has altered the log';
    throw new Error(`${reason}: \`npx tokenledger audit verify\` names them`, { cause: error });
  }
}
