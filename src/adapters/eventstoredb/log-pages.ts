import { BACKWARDS, END, FORWARDS, START, type AllStreamResolvedEvent, type ReadAllOptions } from '@eventstore/db-client';
import { ForeignPositionError } from '../../event-store/errors.js';
import type { RecordedEvent } from '../../event-store/event-store.js';
import type { LastEvent, Position } from '../../event-store/position.js';
import { collect } from './collect.js';
import type { Connection } from './connection.js';
import { asPortError, isNoPosition } from './errors.js';
import { ANSWER_MS, READ_MS, retrying } from './patience.js';
import { logPosition } from './positions.js';
import { isSystemEvent, placeOf, recordedEvent } from './recorded-event.js';

type DatabaseEvent = NonNullable<AllStreamResolvedEvent['event']>;
type Read = Pick<ReadAllOptions, 'fromPosition' | 'direction' | 'maxCount'>;

/** A page of the whole log. */
export interface LogPage {
  /** Without the server's own. */
  readonly events: readonly RecordedEvent[];
  /** How far it was read, the server's own events included; where it began if nothing follows. */
  readonly last: Position | undefined;
  readonly isEnd: boolean;
}

/** What stands at a place of the log and after it. */
export interface PageFrom {
  /** The id of the event that stands at exactly that place; null if none does any more. */
  readonly eventId: string | null;
  /** The name of its stream. */
  readonly stream: string | null;
  /** What stands after it, without the server's own. */
  readonly events: readonly RecordedEvent[];
  /** The place of the last event that was read, the server's own included. */
  readonly last: Position;
}

const FIRST_LOOK_BACK = 32;
const LONGEST_LOOK_BACK = 4_096;

/** Reads the whole log (`$all`), page by page. */
export class LogPages {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** At most so many events after a position. Rejects with `ForeignPositionError` where none ever began. */
  async after(after: Position | undefined, maxCount: number): Promise<LogPage> {
    const fromPosition = after === undefined ? START : logPosition(after);
    // One more than wanted: reading begins at the position, not after it.
    const read = await this.#read({ fromPosition, direction: FORWARDS, maxCount: maxCount + 1 }).catch((error: unknown) => {
      throw after !== undefined && isNoPosition(error) ? new ForeignPositionError(after) : error;
    });
    const page = read.filter(({ position }) => after === undefined || placeOf(position) > after).slice(0, maxCount);
    const last = page.at(-1);
    return {
      events: ofOthers(page),
      last: last === undefined ? after : placeOf(last.position),
      isEnd: read.length <= maxCount,
    };
  }

  /** What stands at a position and after it; null if no event begins there and none was removed, or the log ends before it. */
  async from(position: Position, maxCount: number): Promise<PageFrom | null> {
    const read = await this.#readFrom(position, maxCount);
    const [first] = read;
    const last = read.at(-1);
    if (first === undefined || last === undefined) return null;
    const isThere = placeOf(first.position) === position;
    return {
      eventId: isThere ? first.id : null,
      stream: isThere ? first.streamId : null,
      events: ofOthers(isThere ? read.slice(1) : read),
      last: placeOf(last.position),
    };
  }

  /** Whether the log still is the one that an event was read from. An event that was scavenged is followed by later ones. */
  async holds({ position, eventId }: LastEvent, isOurs?: (stream: string) => boolean): Promise<boolean> {
    const page = await this.from(position, 1);
    if (page === null) return false;
    if (page.eventId === null || page.stream === null) return true;
    return page.eventId === eventId && (isOurs?.(page.stream) ?? true);
  }

  /** The newest event of the log that the server did not write for itself; null if there is none. */
  async newest(): Promise<RecordedEvent | null> {
    let fromPosition: Read['fromPosition'] = END;
    for (let maxCount = FIRST_LOOK_BACK; ; maxCount = Math.min(maxCount * 4, LONGEST_LOOK_BACK)) {
      const read: DatabaseEvent[] = await this.#read({ fromPosition, direction: BACKWARDS, maxCount });
      const newest = read.find((event) => !isSystemEvent(event));
      if (newest !== undefined) return recordedEvent(newest);
      const oldest = read.at(-1);
      if (oldest === undefined || read.length < maxCount) return null;
      fromPosition = logPosition(placeOf(oldest.position));
    }
  }

  async ping(): Promise<void> {
    await this.#readOnce({ fromPosition: END, direction: BACKWARDS, maxCount: 1 });
  }

  async #readFrom(position: Position, maxCount: number): Promise<DatabaseEvent[]> {
    try {
      return await this.#read({ fromPosition: logPosition(position), direction: FORWARDS, maxCount });
    } catch (error) {
      if (isNoPosition(error)) return [];
      throw error;
    }
  }

  #read(read: Read): Promise<DatabaseEvent[]> {
    return retrying(READ_MS, () => this.#readOnce(read));
  }

  async #readOnce(read: Read): Promise<DatabaseEvent[]> {
    const { credentials, user } = this.#connection;
    try {
      const found = await this.#connection.call((client) =>
        collect(client.readAll({ ...read, credentials, requiresLeader: true }), ANSWER_MS),
      );
      return found.flatMap(({ event }) => (event === undefined ? [] : [event]));
    } catch (error) {
      throw isNoPosition(error) ? error : asPortError(error, { user, right: 'read $all' });
    }
  }
}

function ofOthers(events: readonly DatabaseEvent[]): RecordedEvent[] {
  return events.filter((event) => !isSystemEvent(event)).map(recordedEvent);
}
