/** The job module of the event store: what the writer thread of the SQLite file runs for it. */
import { LRUCache } from 'lru-cache';
import type { PrepareJobs } from '../jobs.js';
import { pingJob } from '../ping.js';
import type { SerializedEvent } from '../../../event-store/serialization.js';
import { SCHEMA } from './schema.js';

/** The newest revision of a stream that does not exist: one below the first, so that the next is 0. */
export const NO_STREAM = -1;

export interface AppendArgs {
  readonly stream: string;
  /** The newest revision the stream must have (`NO_STREAM` if it must not exist), or null for any. */
  readonly expected: number | null;
  readonly events: readonly SerializedEvent[];
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
// How many of the newest events are searched for a repeated append that expects no particular revision.
const SEARCHED_FOR_REPETITION = 100;

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

  // Only this thread writes, so what it remembers is what the file holds, until a rollback.
  const streams = new LRUCache<string, Stream>({ max: REMEMBERED_STREAMS });
  transactions.onRollback(() => {
    streams.clear();
  });

  function load(name: string): Stream {
    const remembered = streams.get(name);
    if (remembered !== undefined) return remembered;
    const row = findStream.get(name) as [id: number, newest: number] | undefined;
    const stream = row === undefined ? { id: null, newest: NO_STREAM } : { id: row[0], newest: row[1] };
    streams.set(name, stream);
    return stream;
  }

  function store(name: string, stream: Stream, events: readonly SerializedEvent[]): AppendAnswer {
    stream.id ??= Number(insertStream.run(name).lastInsertRowid);
    let position = 0;
    for (const { id, type, data, metadata } of events) {
      stream.newest += 1;
      position = Number(insertEvent.run(stream.id, stream.newest, id, type, data, metadata).lastInsertRowid);
    }
    return { revision: stream.newest, position };
  }

  /** The answer that was given before, if these very events follow each other in the stream from `first` on. */
  function repeated(stream: Stream, first: number, events: readonly SerializedEvent[]): AppendAnswer | null {
    if (stream.newest < first + events.length - 1) return null;
    const rows = findFrom.all(stream.id, first, events.length) as [id: string, revision: number, position: number][];
    const last = rows.at(-1);
    return last !== undefined && rows.every(([id], index) => id === events[index]?.id)
      ? { revision: last[1], position: last[2] }
      : null;
  }

  function repeatedAnywhere(stream: Stream, events: readonly SerializedEvent[]): AppendAnswer | null {
    const from = Math.max(0, stream.newest + 1 - SEARCHED_FOR_REPETITION);
    const recent = findFrom.all(stream.id, from, SEARCHED_FOR_REPETITION) as [id: string, revision: number][];
    const first = recent.find(([id]) => id === events[0]?.id);
    return first === undefined ? null : repeated(stream, first[1], events);
  }

  return {
    [APPEND]: ({ stream: name, expected, events }: AppendArgs): AppendAnswer => {
      const stream = load(name);
      if (stream.newest === expected) return store(name, stream, events);
      if (stream.id === null) return expected === null ? store(name, stream, events) : { actual: NO_STREAM };
      if (expected !== null) return repeated(stream, expected + 1, events) ?? { actual: stream.newest };
      return repeatedAnywhere(stream, events) ?? store(name, stream, events);
    },
    [PING]: pingJob(db),
  };
};
