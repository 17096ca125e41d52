import { isAscii } from 'node:buffer';
import type { Query, Row, SqliteClient } from '../sqlite-file.js';
import type { ReadStreamOptions, RecordedEvent } from '../../../event-store/event-store.js';
import { positionOf, type Position } from '../../../event-store/position.js';
import { textOfBytes } from '../text-of-bytes.js';
import { idOfBytes } from '../event-id.js';

// The four texts cross as one blob, with the lengths to part them by: a blob each would cost twice as much.
const COLUMNS = `e.revision, e.position, e.id, octet_length(s.name), octet_length(e.type), octet_length(e.data),
  cast(s.name || e.type || e.data || e.metadata as blob)`;
const OF_STREAM = `select ${COLUMNS} from streams s cross join events e on e.stream_id = s.id where s.name = ?`;
const OF_LOG = `select ${COLUMNS} from events e cross join streams s on s.id = e.stream_id`;

/** Reads the log, page by page; no read stays open between two calls, so the write-ahead log can be folded in. */
export class LogReader {
  readonly #forwards: Query;
  readonly #backwards: Query;
  readonly #all: Query;
  readonly #misplaced: Query;
  readonly #newest: Query;

  constructor(client: SqliteClient) {
    this.#forwards = client.query(`${OF_STREAM} and e.revision >= ? order by e.revision limit ?`);
    this.#backwards = client.query(`${OF_STREAM} and e.revision <= ? order by e.revision desc limit ?`);
    this.#all = client.query(`${OF_LOG} where e.position > ? order by e.position limit ?`);
    this.#misplaced = client.query(`${OF_LOG} where e.position <= 0 order by e.position limit ?`);
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

  /** At most `maxCount` events at places before the first: another tool put them there. */
  misplaced(maxCount: number): RecordedEvent[] {
    return this.#misplaced.all(maxCount).map(recordedEvent);
  }

  newest(): RecordedEvent | null {
    const row = this.#newest.get();
    return row === undefined ? null : recordedEvent(row);
  }
}

function recordedEvent(row: Row): RecordedEvent {
  const [revision, position, id, ofName, ofType, ofData, texts] = row as [
    ...[revision: number, position: number, id: Uint8Array],
    ...[ofName: number, ofType: number, ofData: number],
    texts: Uint8Array,
  ];
  const [typeAt, dataAt, metadataAt] = [ofName, ofName + ofType, ofName + ofType + ofData];
  const buffer = Buffer.from(texts.buffer, texts.byteOffset, texts.byteLength);
  // Where there are as many characters as bytes: one text, of which the four are parts.
  const ascii = isAscii(buffer) ? buffer.toString('latin1') : null;
  const part = (from: number, to?: number): string =>
    ascii === null ? textOfBytes(buffer.subarray(from, to)) : ascii.slice(from, to);
  return {
    stream: part(0, typeAt),
    revision,
    position: placeOf(position),
    id: idOfBytes(id),
    type: part(typeAt, dataAt),
    data: part(dataAt, metadataAt),
    metadata: part(metadataAt),
  };
}

/** Places before the first come before all positions. */
function placeOf(position: number): Position {
  return position < 0 ? `-${positionOf(-position)}` : positionOf(position);
}
