import type { SqliteClient, SqliteFile } from '../sqlite-file.js';
import { ForeignPositionError, WrongExpectedRevisionError } from '../../../event-store/errors.js';
import type {
  AppendResult,
  EventStore,
  ExpectedRevision,
  ReadAllOptions,
  ReadStreamOptions,
  RecordedBatch,
  RecordedEvent,
  StoredEvent,
  SubscribeOptions,
} from '../../../event-store/event-store.js';
import { positionOf, type LastEvent, type Position } from '../../../event-store/position.js';
import { checkAppend } from '../../../event-store/stored-append.js';
import { APPEND, NO_STREAM, PING, type AppendAnswer, type AppendArgs } from './append-job.js';
import { LogReader, recordedEvent, type EventInFile } from './log-reader.js';
import { isHeld, subscribe } from './subscription.js';

/** The job module that a SQLite file must be opened with to hold the event store. */
export const EVENT_STORE_JOBS = new URL('./append-job.js', import.meta.url);

const DEFAULT_MAX_COUNT = 1_000;

/**
 * The event store in a SQLite file, opened with `EVENT_STORE_JOBS` among its job modules. Other stores may share the file, so
 * closing this one ends its subscriptions and leaves the file to its owner.
 */
export function openEmbeddedEventStore(file: SqliteFile): EventStore {
  return new EmbeddedEventStore(file.client('event store'));
}

class EmbeddedEventStore implements EventStore {
  readonly #client: SqliteClient;
  readonly #reader: LogReader;
  readonly #closed = new AbortController();
  readonly #readPage = (after: number, maxCount: number): EventInFile[] => this.#reader.all(after, maxCount);

  constructor(client: SqliteClient) {
    this.#client = client;
    this.#reader = new LogReader(client);
  }

  async append(stream: string, events: readonly StoredEvent[], expectedRevision: ExpectedRevision): Promise<AppendResult> {
    checkAppend(stream, events, expectedRevision);
    const expected = expectedRevision === 'no_stream' ? NO_STREAM : expectedRevision;
    const args: AppendArgs = { stream, expected, events };
    const answer = await this.#client.run<AppendAnswer>(APPEND, args);
    if ('actual' in answer) {
      const actual = answer.actual === NO_STREAM ? 'no_stream' : answer.actual;
      throw new WrongExpectedRevisionError(stream, expectedRevision, actual);
    }
    return { revision: answer.revision, position: positionOf(answer.position) };
  }

  // Reading is a matter of microseconds, so it is done at once, on the calling thread; async so that a failure rejects.
  // eslint-disable-next-line @typescript-eslint/require-await
  async readStream(stream: string, options: ReadStreamOptions = {}): Promise<readonly RecordedEvent[]> {
    return this.#reader
      .stream(stream, { direction: 'forwards', maxCount: DEFAULT_MAX_COUNT, ...options })
      .map(recordedEvent);
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  async readAll({ after, maxCount = DEFAULT_MAX_COUNT }: ReadAllOptions = {}): Promise<readonly RecordedEvent[]> {
    return this.#reader.all(after === undefined ? 0 : inFile(after), maxCount).map(recordedEvent);
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  async readNewest(): Promise<RecordedEvent | null> {
    const newest = this.#reader.newest();
    return newest && recordedEvent(newest);
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  async holds({ position, eventId }: LastEvent): Promise<boolean> {
    return isHeld(this.#readPage, { position: inFile(position), id: eventId });
  }

  async *subscribeToAll(options: SubscribeOptions): AsyncGenerator<RecordedBatch> {
    const { after, lastEvent, streamPrefixes, signal } = options;
    const source = {
      readPage: this.#readPage,
      onCommit: (listener: () => void) => this.#client.onCommit(listener),
    };
    const subscription = {
      after: after === null ? 0 : inFile(after),
      lastEvent: lastEvent ? { position: inFile(lastEvent.position), id: lastEvent.eventId } : null,
      streamPrefixes: streamPrefixes ?? null,
      signal: AbortSignal.any([signal, this.#closed.signal]),
    };
    // The file is there as long as the process has it.
    options.onConnection?.('connected');
    yield* subscribe(source, subscription);
  }

  async ping(): Promise<void> {
    await this.#client.run(PING, null);
  }

  close(): Promise<void> {
    this.#closed.abort();
    return Promise.resolve();
  }
}

/** The position as this store counts: events from 1. */
function inFile(position: Position): number {
  if (!/^\d{20}$/.test(position)) throw new ForeignPositionError(position);
  return Number(position);
}
