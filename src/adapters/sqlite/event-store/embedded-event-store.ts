import type { SqliteClient, SqliteFile } from '../sqlite-file.js';
import { WrongExpectedRevisionError } from '../../../event-store/errors.js';
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
} from '../../../event-store/event-store.js';
import { positionOf, type LastEvent } from '../../../event-store/position.js';
import { checkAppend, checkTruncation } from '../../../event-store/stored-append.js';
import {
  APPEND,
  NO_STREAM,
  PING,
  TRUNCATE,
  type AppendAnswer,
  type AppendArgs,
  type TruncateAnswer,
  type TruncateArgs,
} from './append-job.js';
import { KeptEvents } from './kept-events.js';
import { LogReader } from './log-reader.js';
import { inFile, isHeld, subscribe } from './subscription.js';
import { openTextReader } from './text-reader.js';

/** The job module that a SQLite file must be opened with to hold the event store. */
export const EVENT_STORE_JOBS = new URL('./append-job.js', import.meta.url);

/** The same for a log that is only read, to be verified as it is. Appends and truncations reject. */
export const READING_JOBS = new URL('./reading-job.js', import.meta.url);

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
  readonly #kept = new KeptEvents();
  readonly #readPage = (after: number, maxCount: number): readonly RecordedEvent[] => this.#reader.all(after, maxCount);

  constructor(client: SqliteClient) {
    this.#client = client;
    this.#reader = new LogReader(client);
  }

  async append(
    stream: string,
    events: readonly StoredEvent[],
    expectedRevision: ExpectedRevision,
    options: AppendOptions = {},
  ): Promise<AppendResult> {
    checkAppend(stream, events, expectedRevision, options);
    const expected = expectedRevision === 'no_stream' ? NO_STREAM : expectedRevision;
    const args: [...AppendArgs] = [stream, expected, options.onKept === true ? this.#kept.foreignWrites : null];
    for (const { id, type, data, metadata } of events) args.push(id, type, data, metadata);
    const answer = await this.#client.run<AppendAnswer>(APPEND, args, (result) => this.#keep(stream, events, result));
    if ('actual' in answer) {
      const actual = answer.actual === NO_STREAM ? 'no_stream' : answer.actual;
      throw new WrongExpectedRevisionError(stream, expectedRevision, actual);
    }
    return { revision: answer.revision, position: positionOf(answer.position) };
  }

  // Reading is a matter of microseconds, so it is done at once, on the calling thread; async so that a failure rejects.
  // eslint-disable-next-line @typescript-eslint/require-await
  async readStream(stream: string, options: ReadStreamOptions = {}): Promise<readonly RecordedEvent[]> {
    const { direction = 'forwards', maxCount = DEFAULT_MAX_COUNT, from, mayBeKept = false } = options;
    if (mayBeKept && direction === 'backwards' && maxCount === 1 && from === undefined) {
      const newest = this.#newestOf(stream);
      return newest === null ? [] : [newest];
    }
    return this.#reader.stream(stream, { ...options, direction, maxCount });
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  async readAll({ after, maxCount = DEFAULT_MAX_COUNT }: ReadAllOptions = {}): Promise<readonly RecordedEvent[]> {
    return this.#reader.all(after === undefined ? 0 : inFile(after), maxCount);
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  async readMisplaced(maxCount: number): Promise<readonly RecordedEvent[]> {
    return this.#reader.misplaced(maxCount);
  }

  openTextReader(): TextReader {
    return openTextReader(this.#client.path);
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  async readNewest(): Promise<RecordedEvent | null> {
    return this.#reader.newest();
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  async holds(lastEvent: LastEvent, isOurs?: (stream: string) => boolean): Promise<boolean> {
    return isHeld(this.#readPage, lastEvent, isOurs);
  }

  async *subscribeToAll(options: SubscribeOptions): AsyncGenerator<RecordedBatch> {
    const { after, lastEvent, streamPrefixes, signal } = options;
    const source = {
      readPage: this.#readPage,
      readNext: (position: number, maxCount: number) =>
        this.#kept.after(position, maxCount) ?? this.#readPage(position, maxCount),
      onCommit: (listener: () => void) => this.#client.onCommit(listener),
    };
    const subscription = {
      after: after === null ? 0 : inFile(after),
      lastEvent: lastEvent ?? null,
      streamPrefixes: streamPrefixes ?? null,
      signal: AbortSignal.any([signal, this.#closed.signal]),
    };
    // The file is there as long as the process has it.
    options.onConnection?.('connected');
    yield* subscribe(source, subscription);
  }

  async truncateStream(stream: string, before: number): Promise<void> {
    checkTruncation(before);
    const { newest } = await this.#client.run<TruncateAnswer>(TRUNCATE, { stream, before } satisfies TruncateArgs);
    checkTruncation(before, newest);
  }

  async ping(): Promise<void> {
    await this.#client.run(PING, null);
  }

  close(): Promise<void> {
    this.#closed.abort();
    return Promise.resolve();
  }

  #newestOf(stream: string): RecordedEvent | null {
    const kept = this.#kept.newestOf(stream);
    if (kept !== undefined) return kept;
    const [read] = this.#reader.stream(stream, { direction: 'backwards', maxCount: 1 });
    if (read !== undefined) this.#kept.keepNewest(read);
    return read ?? null;
  }

  /** Keeps what is on disk now. */
  #keep(stream: string, events: readonly StoredEvent[], answer: AppendAnswer): void {
    this.#kept.noteForeignWrites(answer.foreignWrites);
    if ('actual' in answer || answer.again) {
      this.#kept.forget(stream);
      return;
    }
    const { revision, position } = answer;
    const before = events.length - 1;
    this.#kept.append(
      events.map(({ id, type, data, metadata }, index) => ({
        stream,
        revision: revision - before + index,
        position: positionOf(position - before + index),
        id,
        type,
        data,
        metadata,
      })),
    );
  }
}
