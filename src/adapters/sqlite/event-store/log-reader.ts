import type { EventMetadata } from '../../../domain/event.js';
import type { Query, Row, SqliteClient } from '../sqlite-file.js';
import type { ReadStreamOptions, RecordedEvent } from '../../../event-store/event-store.js';
import { positionOf } from '../../../event-store/position.js';

/** An event as it lies in the file; `data` and `metadata` are JSON text. */
export interface StoredEvent {
  readonly stream: string;
  readonly revision: number;
  readonly position: number;
  readonly id: string;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
}

const COLUMNS = 's.name, e.revision, e.position, e.id, e.type, e.data, e.metadata';
const OF_STREAM = `select ${COLUMNS} from streams s cross join events e on e.stream_id = s.id where s.name = ?`;

/** Reads the log, page by page; no read stays open between two calls, so the write-ahead log can be folded in. */
export class LogReader {
  readonly #forwards: Query;
  readonly #backwards: Query;
  readonly #all: Query;

  constructor(client: SqliteClient) {
    this.#forwards = client.query(`${OF_STREAM} and e.revision >= ? order by e.revision limit ?`);
    this.#backwards = client.query(`${OF_STREAM} and e.revision <= ? order by e.revision desc limit ?`);
    this.#all = client.query(
      `select ${COLUMNS} from events e cross join streams s on s.id = e.stream_id
       where e.position > ? order by e.position limit ?`,
    );
  }

  stream(
    name: string,
    options: Required<Pick<ReadStreamOptions, 'direction' | 'maxCount'>> & ReadStreamOptions,
  ): StoredEvent[] {
    const { direction, maxCount } = options;
    if (direction === 'backwards' && maxCount === 1) {
      // How every command loads: asking for one row costs a third of asking for rows.
      const row = this.#backwards.get(name, options.from ?? Number.MAX_SAFE_INTEGER, 1);
      return row === undefined ? [] : [storedEvent(row)];
    }
    const rows =
      direction === 'forwards'
        ? this.#forwards.all(name, options.from ?? 0, maxCount)
        : this.#backwards.all(name, options.from ?? Number.MAX_SAFE_INTEGER, maxCount);
    return rows.map(storedEvent);
  }

  /** At most `maxCount` events after a position (0 is before the first), oldest first. */
  all(after: number, maxCount: number): StoredEvent[] {
    return this.#all.all(after, maxCount).map(storedEvent);
  }
}

function storedEvent(row: Row): StoredEvent {
  const [stream, revision, position, id, type, data, metadata] = row as [
    string,
    number,
    number,
    string,
    string,
    string,
    string,
  ];
  return { stream, revision, position, id, type, data, metadata };
}

export function recordedEvent(event: StoredEvent): RecordedEvent {
  return {
    stream: event.stream,
    revision: event.revision,
    position: positionOf(event.position),
    id: event.id,
    type: event.type,
    data: JSON.parse(event.data) as object,
    metadata: JSON.parse(event.metadata) as EventMetadata,
  };
}
