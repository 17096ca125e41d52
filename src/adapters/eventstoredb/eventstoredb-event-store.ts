import {
  ANY,
  BACKWARDS,
  END,
  FORWARDS,
  jsonEvent,
  NO_STREAM,
  START,
  type AppendExpectedRevision,
  type AppendResult as DatabaseResult,
  type Credentials,
  type EventStoreDBClient,
  type JSONEventData,
  type ReadAllOptions as ReadAll,
  type ReadStreamOptions as ReadStream,
} from '@eventstore/db-client';
import type {
  AppendResult,
  EventStore,
  EventToAppend,
  ExpectedRevision,
  LogBatch,
  ReadAllOptions,
  ReadStreamOptions,
  RecordedEvent,
  SubscribeOptions,
} from '../../event-store/event-store.js';
import type { Landmark, Position } from '../../event-store/position.js';
import { serializeAppend } from '../../event-store/serialization.js';
import { collect, type StreamingRead } from './collect.js';
import { openConnection, type Connection } from './connection.js';
import { asAppendError, asPortError, isNoPosition, isStreamNotFound, unavailable, wrongRevision } from './errors.js';
import { answeredWithin, retrying } from './patience.js';
import { logPosition, positionFrom } from './positions.js';
import { isSystemEvent, placeOf, recordedEvent } from './recorded-event.js';
import { subscribe } from './subscription.js';

const DEFAULT_MAX_COUNT = 1_000;
// How long a call may go unanswered, in milliseconds.
const ANSWER_MS = 3_000;
// How long one is tried again: a read for as long as the client needs to connect anew, to another node if need be.
const APPEND_MS = 5_000;
const READ_MS = 250;

/**
 * The event store in EventStoreDB. `url` is a connection string; one client a process. Throws `StoreUnavailableError` if it
 * cannot be used as one. A server that is away is found out, and waited for, by those who ask for something.
 */
export function openEventStoreDb(url: string): EventStore {
  return new EventStoreDbEventStore(openConnection(url));
}

class EventStoreDbEventStore implements EventStore {
  readonly #connection: Connection;
  // Decisions are taken by the leader's word: other nodes of a cluster may not know yet what was answered.
  readonly #call: { readonly credentials: Credentials; readonly requiresLeader: true };
  readonly #closed = new AbortController();

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#call = { credentials: connection.credentials, requiresLeader: true };
  }

  async append(
    stream: string,
    events: readonly EventToAppend[],
    expectedRevision: ExpectedRevision,
  ): Promise<AppendResult> {
    // Checked before the call: the client would leave the promise unsettled, or end the process.
    const checked = serializeAppend(stream, events);
    const data = checked.map(({ id }, index) => jsonEvent({ ...events[index], id } as object as JSONEventData));
    const expected = databaseRevision(expectedRevision);
    // Perhaps the events are there and the answer was lost. The same ids at the same revision are stored once; without a
    // revision the server promises that no longer.
    return retrying(expectedRevision === 'any' ? 0 : APPEND_MS, async () => {
      try {
        const result = await this.#append(stream, data, expected);
        if (!result.success) throw wrongRevision(stream, expectedRevision, result.nextExpectedRevision);
        return await this.#placed(stream, result);
      } catch (error) {
        throw asAppendError(error, stream, expectedRevision);
      }
    });
  }

  async readStream(stream: string, options: ReadStreamOptions = {}): Promise<readonly RecordedEvent[]> {
    const { direction = 'forwards', from, maxCount = DEFAULT_MAX_COUNT } = options;
    const isForwards = direction === 'forwards';
    const read: ReadStream = {
      ...this.#call,
      direction: isForwards ? FORWARDS : BACKWARDS,
      fromRevision: from === undefined ? (isForwards ? START : END) : BigInt(from),
      maxCount,
    };
    const found = await retrying(READ_MS, () => this.#read((client) => client.readStream(stream, read)));
    return found.flatMap(({ event }) => (event === undefined ? [] : [recordedEvent(event)]));
  }

  async readAll({ after, maxCount = DEFAULT_MAX_COUNT }: ReadAllOptions = {}): Promise<readonly RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    let from = after;
    for (let isEnd = false; !isEnd && events.length < maxCount;) {
      const page = await this.#page(from, maxCount - events.length);
      events.push(...page.events);
      isEnd = page.isEnd || page.last === from;
      from = page.last;
    }
    return events;
  }

  subscribeToAll(options: SubscribeOptions): AsyncIterable<LogBatch> {
    const signal = AbortSignal.any([options.signal, this.#closed.signal]);
    const log = { client: this.#connection.client, holds: (landmark: Landmark) => this.#holds(landmark) };
    return subscribe(log, { ...options, signal });
  }

  async ping(): Promise<void> {
    const newest = { ...this.#call, direction: BACKWARDS, fromPosition: END, maxCount: 1 } as const;
    await this.#read((client) => client.readAll(newest));
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#connection.client.dispose();
  }

  /** Whether the event still is where it was told to be. */
  async #holds({ position, eventId }: Landmark): Promise<boolean> {
    const there = { ...this.#call, fromPosition: logPosition(position), maxCount: 1 } as const;
    try {
      const [found] = await this.#read((client) => client.readAll(there));
      return found?.event?.id === eventId;
    } catch (error) {
      if (isNoPosition(error)) return false;
      throw error;
    }
  }

  #append(stream: string, data: JSONEventData[], expectedRevision: AppendExpectedRevision): Promise<DatabaseResult> {
    const options = { ...this.#call, expectedRevision, deadline: ANSWER_MS };
    return answeredWithin(ANSWER_MS, this.#connection.client.appendToStream(stream, data, options));
  }

  /** All that a read delivers; nothing of a stream that does not exist. */
  async #read<T>(read: (client: EventStoreDBClient) => StreamingRead<T>): Promise<T[]> {
    try {
      return await collect(read(this.#connection.client), ANSWER_MS);
    } catch (error) {
      if (isStreamNotFound(error)) return [];
      throw asPortError(error);
    }
  }

  /** At most so many events after a position, without the server's own, and the last position that was read. */
  async #page(
    after: Position | undefined,
    maxCount: number,
  ): Promise<{ events: RecordedEvent[]; last: Position | undefined; isEnd: boolean }> {
    const fromPosition = after === undefined ? START : logPosition(after);
    // One more than wanted: reading begins at the position, not after it.
    const options: ReadAll = { ...this.#call, fromPosition, maxCount: maxCount + 1 };
    const read = await retrying(READ_MS, () => this.#read((client) => client.readAll(options)));
    const recorded = read.flatMap(({ event }) => (event === undefined ? [] : [event]));
    const page = recorded.filter(({ position }) => after === undefined || placeOf(position) > after).slice(0, maxCount);
    const events = page.filter((event) => !isSystemEvent(event)).map(recordedEvent);
    const last = page.at(-1);
    return { events, last: last === undefined ? after : placeOf(last.position), isEnd: read.length <= maxCount };
  }

  /** Where the last event stands. To an append that was answered before, servers need not tell the position again. */
  async #placed(stream: string, { nextExpectedRevision, position }: DatabaseResult): Promise<AppendResult> {
    const revision = Number(nextExpectedRevision);
    if (position !== undefined && isTold(position.commit)) return { revision, position: positionFrom(position) };
    const [event] = await this.readStream(stream, { direction: 'backwards', from: revision, maxCount: 1 });
    if (event === undefined) throw unavailable('what was appended cannot be read yet');
    return { revision, position: event.position };
  }
}

function databaseRevision(expected: ExpectedRevision): AppendExpectedRevision {
  if (expected === 'any') return ANY;
  if (expected === 'no_stream') return NO_STREAM;
  if (!Number.isSafeInteger(expected) || expected < 0) throw new RangeError(`${expected} is no revision`);
  return BigInt(expected);
}

/** A position that is not known is told as -1, or as the unsigned number of the same bits. */
function isTold(commit: bigint): boolean {
  return commit >= 0n && commit < 2n ** 63n;
}
