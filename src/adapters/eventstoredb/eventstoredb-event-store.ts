import {
  BACKWARDS,
  END,
  FORWARDS,
  NO_STREAM,
  START,
  type AppendExpectedRevision,
  type AppendResult as DatabaseResult,
  type EventData,
  type ReadStreamOptions as ReadStream,
} from '@eventstore/db-client';
import {
  DEFAULT_MAX_COUNT,
  type AppendOptions,
  type AppendResult,
  type EventStore,
  type ExpectedRevision,
  type ReadAllOptions,
  type ReadStreamOptions,
  type RecordedBatch,
  type RecordedEvent,
  type StoredEvent,
  type SubscribeOptions,
  type TextReader,
} from '../../event-store/event-store.js';
import type { LastEvent } from '../../event-store/position.js';
import { checkAppend, checkTruncation } from '../../event-store/stored-append.js';
import { unlessDestroyed } from '../../event-store/unless-destroyed.js';
import { collect } from './collect.js';
import { openConnection, type Connection } from './connection.js';
import { asAppendError, asPortError, isStreamNotFound, unavailable, wrongRevision } from './errors.js';
import { LogPages } from './log-pages.js';
import { ANSWER_MS, answeredWithin, READ_MS, retrying } from './patience.js';
import { positionFrom } from './positions.js';
import { proposedEvent, proposedOfAnyText } from './proposed-event.js';
import { recordedEvent } from './recorded-event.js';
import { subscribe } from './subscription.js';
import { openTextReader } from './text-reader.js';
import { truncateStream } from './truncation.js';

// How long an append is tried again, in milliseconds.
const APPEND_MS = 5_000;

/**
 * The event store in EventStoreDB or KurrentDB. `url` is a connection string; one client a process. Throws
 * `StoreUnavailableError` if it cannot be used as one. A server that cannot be reached is found out, and waited for, by those who
 * ask for something.
 */
export function openEventStoreDb(url: string): EventStore {
  return new EventStoreDbEventStore(url);
}

class EventStoreDbEventStore implements EventStore {
  readonly #url: string;
  readonly #connection: Connection;
  readonly #pages: LogPages;
  readonly #closed = new AbortController();

  constructor(url: string) {
    this.#url = url;
    this.#connection = openConnection(url);
    this.#pages = new LogPages(this.#connection);
  }

  async append(
    stream: string,
    events: readonly StoredEvent[],
    expectedRevision: ExpectedRevision,
    options: AppendOptions = {},
  ): Promise<AppendResult> {
    // Checked before the call: the client would leave the promise unsettled, or end the process.
    checkAppend(stream, events, expectedRevision, options);
    const data = events.map(options.anyText === true ? proposedOfAnyText : proposedEvent);
    const expected = expectedRevision === 'no_stream' ? NO_STREAM : BigInt(expectedRevision);
    const asked = { user: this.#connection.user, right: `append to ${stream}`, stream };
    // Perhaps the events are there and the answer was lost. The same ids at the same revision are stored once.
    return retrying(APPEND_MS, async () => {
      try {
        const result = await this.#append(stream, data, expected);
        if (!result.success) throw wrongRevision(stream, expectedRevision, result.nextExpectedRevision);
        return await this.#placed(stream, result);
      } catch (error) {
        throw asAppendError(error, asked, expectedRevision);
      }
    });
  }

  async readStream(stream: string, options: ReadStreamOptions = {}): Promise<readonly RecordedEvent[]> {
    const { direction = 'forwards', from, maxCount = DEFAULT_MAX_COUNT } = options;
    const isForwards = direction === 'forwards';
    const read: ReadStream = {
      // Decisions are taken by the leader's word: other nodes of a cluster may not know yet what was answered.
      ...{ credentials: this.#connection.credentials, requiresLeader: true },
      direction: isForwards ? FORWARDS : BACKWARDS,
      fromRevision: from === undefined ? (isForwards ? START : END) : BigInt(from),
      maxCount,
    };
    return retrying(READ_MS, async () => {
      try {
        const found = await this.#connection.call((client) => collect(client.readStream(stream, read), ANSWER_MS));
        return found.flatMap(({ event }) => (event === undefined ? [] : [recordedEvent(event)]));
      } catch (error) {
        if (isStreamNotFound(error)) return [];
        throw asPortError(error, { user: this.#connection.user, right: `read ${stream}`, stream });
      }
    });
  }

  async isDestroyed(stream: string): Promise<boolean> {
    const newest = await unlessDestroyed(this.readStream(stream, { direction: 'backwards', maxCount: 1 }), []);
    return newest.length === 0;
  }

  async readAll({ after, maxCount = DEFAULT_MAX_COUNT }: ReadAllOptions = {}): Promise<readonly RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    let from = after;
    for (let isEnd = false; !isEnd && events.length < maxCount;) {
      const page = await this.#pages.after(from, maxCount - events.length);
      events.push(...page.events);
      isEnd = page.isEnd || page.last === from;
      from = page.last;
    }
    return events;
  }

  openTextReader(): TextReader {
    return openTextReader(this.#url);
  }

  readNewest(): Promise<RecordedEvent | null> {
    return this.#pages.newest();
  }

  holds(lastEvent: LastEvent, isOurs?: (stream: string) => boolean): Promise<boolean> {
    return this.#pages.holds(lastEvent, isOurs);
  }

  subscribeToAll(options: SubscribeOptions): AsyncIterable<RecordedBatch> {
    const signal = AbortSignal.any([options.signal, this.#closed.signal]);
    return subscribe({ connection: this.#connection, pages: this.#pages }, { ...options, signal });
  }

  async truncateStream(stream: string, before: number): Promise<void> {
    checkTruncation(before);
    const [newest] = await this.readStream(stream, { direction: 'backwards', maxCount: 1 });
    checkTruncation(before, newest?.revision ?? -1);
    if (before > 0) await truncateStream(this, stream, before);
  }

  ping(): Promise<void> {
    return this.#pages.ping();
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#connection.close();
  }

  #append(stream: string, data: EventData[], expectedRevision: AppendExpectedRevision): Promise<DatabaseResult> {
    const { credentials } = this.#connection;
    const options = { credentials, requiresLeader: true, expectedRevision, deadline: ANSWER_MS };
    return this.#connection.call((client) => answeredWithin(ANSWER_MS, client.appendToStream(stream, data, options)));
  }

  /** Where the last event stands. To an append that was answered before, servers need not say the position again. */
  async #placed(stream: string, { nextExpectedRevision, position }: DatabaseResult): Promise<AppendResult> {
    const revision = Number(nextExpectedRevision);
    if (position !== undefined && isKnown(position.commit)) return { revision, position: positionFrom(position) };
    const [event] = await this.readStream(stream, { direction: 'backwards', from: revision, maxCount: 1 });
    if (event === undefined) throw unavailable('what was appended cannot be read yet');
    return { revision, position: event.position };
  }
}

/** A position that is not known is given as -1, or as the unsigned number of the same bits. */
function isKnown(commit: bigint): boolean {
  return commit >= 0n && commit < 2n ** 63n;
}
