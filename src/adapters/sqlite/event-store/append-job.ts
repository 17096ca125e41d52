/** The job module of the event store: what the writer thread of the SQLite file runs for it. */
import { LRUCache } from 'lru-cache';
import { sqliteCode } from '../errors.js';
import type { PrepareJobs } from '../jobs.js';
import { pingJob } from '../ping.js';
import type { StoredEvent } from '../../../event-store/event-store.js';
import { bytesOfId, idOfBytes } from './event-id.js';
import { SCHEMA } from './schema.js';

/** The newest revision of a stream that does not exist: one below the first, so that the next is 0. */
export const NO_STREAM = -1;

export interface AppendArgs {
  readonly stream: string;
  /** The newest revision the stream must have; `NO_STREAM` if it must not exist. */
  readonly expected: number;
  readonly events: readonly StoredEvent[];
}

/** Where the last event came to stand, or, refused, the newest revision the stream has. */
export type AppendAnswer = { readonly revision: number; readonly position: number } | { readonly actual: number };

export const APPEND = 'event-store.append';
export const PING = 'event-store.ping';

interface Stream {
  /** Null until its first event is stored. */
  id: number | null;
  /** The revision of its newest event, or `NO_STREAM`. */
  newest: number;
}

const REMEMBERED_STREAMS = 20_000;

export const prepare: PrepareJobs = (db, transactions) => {
  db.exec(SCHEMA);
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

  // Only this thread writes, so what it remembers is what the file holds, until a rollback. A refusal looks again all the same:
  // other tools can change a file that is open.
  const streams = new LRUCache<string, Stream>({ max: REMEMBERED_STREAMS });
  transactions.onRollback(() => streams.clear());

  function load(name: string): Stream {
    const row = findStream.get(name) as [id: number, newest: number | null] | undefined;
    const stream = row === undefined ? { id: null, newest: NO_STREAM } : { id: row[0], newest: row[1] ?? NO_STREAM };
    streams.set(name, stream);
    return stream;
  }

  function store(name: string, stream: Stream, events: readonly StoredEvent[]): AppendAnswer {
    stream.id ??= Number(insertStream.run(name).lastInsertRowid);
    let position = 0;
    let revision = stream.newest;
    for (const { id, type, data, metadata } of events) {
      revision += 1;
      position = Number(insertEvent.run(stream.id, revision, bytesOfId(id), type, data, metadata).lastInsertRowid);
    }
    stream.newest = revision;
    return { revision, position };
  }

  /** The answer that was given before, if these very events follow each other in the stream from `first` on. */
  function repeated(stream: Stream, first: number, events: readonly StoredEvent[]): AppendAnswer | null {
    if (stream.id === null || stream.newest < first + events.length - 1) return null;
    const rows = findFrom.all(stream.id, first, events.length) as [id: Uint8Array, revision: number, position: number][];
    const last = rows.at(-1);
    return last !== undefined && rows.every(([id], index) => idOfBytes(id) === events[index]?.id)
      ? { revision: last[1], position: last[2] }
      : null;
  }

  return {
    [APPEND]: ({ stream: name, expected, events }: AppendArgs): AppendAnswer => {
      const remembered = streams.get(name);
      if (remembered?.newest === expected) {
        try {
          return store(name, remembered, events);
        } catch (error) {
          // Another tool has put an event there. Later ones of the append cannot be refused alone: the group is rolled back.
          if (events.length > 1 || sqliteCode(error)?.startsWith('SQLITE_CONSTRAINT') !== true) throw error;
        }
      }
      const stream = load(name);
      if (stream.newest === expected) return store(name, stream, events);
      return repeated(stream, expected + 1, events) ?? { actual: stream.newest };
    },
    [PING]: pingJob(db),
  };
};
