import type { Query, Row, SqliteClient } from '../sqlite-file.js';
import type { ReadStreamOptions, RecordedEvent } from '../../../event-store/event-store.js';
import { positionOf } from '../../../event-store/position.js';
import { idOfBytes } from './event-id.js';

const COLUMNS = 's.name, e.revision, e.position, e.id, e.type, e.data, e.metadata';
const OF_STREAM = `select ${COLUMNS} from streams s cross join events e on e.stream_id = s.id where s.name = ?`;
const OF_LOG = `select ${COLUMNS} from events e cross join streams s on s.id = e.stream_id`;

/** Reads the log, page by page; no read stays open between two calls, so the write-ahead log can be folded in. */
export class LogReader {
  readonly #forwards: Query;
  readonly #backwards: Query;
  readonly #all: Query;
  readonly #newest: Query;

  constructor(client: SqliteClient) {
    this.#forwards = client.query(`${OF_STREAM} and e.revision >= ? order by e.revision limit ?`);
    this.#backwards = client.query(`${OF_STREAM} and e.revision <= ? order by e.revision desc limit ?`);
    this.#all = client.query(`${OF_LOG} where e.position > ? order by e.position limit ?`);
    this.#newest = client.query(`${OF_LOG} order by e.position desc limit 1`);
  }

  stream(
    name: string,
    options: Required<Pick<ReadStreamOptions, 'direction' | 'maxCount'>> & ReadStreamOptions,
  ): RecordedEvent[] {
    const { direction, maxCount } = options;
    if (direction === 'backwards' && maxCount === 1) {
      // How every command loads: asking for one row costs a third of asking for rows.
      const row = this.#backwards.get(name, options.from ?? Number.MAX_SAFE_INTEGER, 1);
      return row === undefined ? [] : [recordedEvent(row)];
    }
    const rows =
      direction === 'forwards'
        ? this.#forwards.all(name, options.from ?? 0, maxCount)
        : this.#backwards.all(name, options.from ?? Number.MAX_SAFE_INTEGER, maxCount);
    return rows.map(recordedEvent);
  }

  /** At most `maxCount` events after a position (0 is before the first), oldest first. */
  all(after: number, maxCount: number): RecordedEvent[] {
    return this.#all.all(after, maxCount).map(recordedEvent);
  }

  newest(): RecordedEvent | null {
    const row = this.#newest.get();
    return row === undefined ? null : recordedEvent(row);
  }
}

function recordedEvent(row: Row): RecordedEvent {
  const [stream, revision, position, id, type, data, metadata] = row as [
    string,
    number,
    number,
    Uint8Array,
    string,
    string,
    string,
  ];
  return { stream, revision, position: positionOf(position), id: idOfBytes(id), type, data, metadata };
}
