import type { EventsByStream } from '../domain/event.js';
import { parseStreamName, streamName, type StreamId, type StreamKind } from '../domain/streams.js';
import { appendEvents, type MacedUnder } from './append-events.js';
import { ForeignPositionError, OutdatedInstanceError } from './errors.js';
import type { EventLog, FollowedBatch, FollowOptions, HistoryEpoch, LogEvent, LogPage, NewEvent } from './event-log.js';
import {
  DEFAULT_MAX_COUNT,
  type AppendOptions,
  type AppendResult,
  type EventStore,
  type ExpectedRevision,
  type ReadAllOptions,
  type ReadStreamOptions,
} from './event-store.js';
import { followEvents } from './follow-events.js';
import { inAppend } from './in-append.js';
import type { IntegrityKeys } from './integrity.js';
import type { LogHistory } from './log-history.js';
import type { LastEvent, Position } from './position.js';
import { readNewest, readStream } from './read-decoded.js';
import type { RecordedDecoding, SkipReason } from './recorded-decoding.js';

/** What the log stands on once `…log` was read to its end. */
export interface DecodedEventLogOptions {
  readonly store: EventStore;
  readonly prefix: string;
  readonly keys: IntegrityKeys;
  readonly history: LogHistory;
  readonly decoding: RecordedDecoding;
  readonly runSuffix: string | null;
  readonly onMoved: (last: LastEvent) => void;
  /** Called with each append as it begins: it is over once `onMoved` was called for it, or it failed. */
  readonly onAppending?: (append: Promise<unknown>) => void;
  /** Called when the log goes on with another history than this instance's, each time that is met. */
  readonly onOutdated?: (error: OutdatedInstanceError) => void;
  /** Called with the seconds that each append took. */
  readonly onAppend?: (seconds: number) => void;
}

type StreamOf<K extends StreamKind> = StreamId & { readonly kind: K };

/** The decoding step between the store and everybody who reads or appends. */
export class DecodedEventLog implements EventLog {
  readonly #options: DecodedEventLogOptions;
  /** The history that this instance belongs to: it appends nothing to a log that goes on with another. */
  #historyId: string;

  constructor(options: DecodedEventLogOptions) {
    this.#options = options;
    this.#historyId = options.history.newest ?? '';
  }

  get runId(): string {
    const { runSuffix } = this.#options;
    return runSuffix === null ? this.#historyId : `${this.#historyId}.${runSuffix}`;
  }

  get openedIssuer(): string {
    return this.#options.history.issuer ?? '';
  }

  get histories(): readonly HistoryEpoch[] {
    return this.#options.history.histories;
  }

  get skipped(): Readonly<Record<SkipReason, number>> {
    return this.#options.decoding.skipped;
  }

  append<K extends StreamKind>(
    stream: StreamOf<K>,
    events: readonly NewEvent<EventsByStream[K]>[],
    expectedRevision: ExpectedRevision,
    options: AppendOptions = {},
  ): Promise<AppendResult> {
    // The key of the very moment in which the store is given the events: after a change of keys no append of the former one follows.
    const under = (): MacedUnder => {
      this.#checkCurrent();
      return { historyId: this.#historyId, key: this.#options.keys.current };
    };
    return inAppend(stream.kind, events, (traced) => this.appendUnder(stream, traced, expectedRevision, under, options));
  }

  /** Appends with MACs under a history and a key: for the events of `…log` that begin these. */
  appendUnder<K extends StreamKind>(
    stream: StreamOf<K>,
    events: readonly NewEvent<EventsByStream[K]>[],
    expectedRevision: ExpectedRevision,
    under: () => MacedUnder,
    options: AppendOptions = {},
  ): Promise<AppendResult> {
    const append = appendEvents(
      this.#options,
      { stream, name: this.#nameOf(stream), events, under },
      expectedRevision,
      options,
    );
    this.#options.onAppending?.(append);
    return append;
  }

  readNewest<K extends StreamKind>(
    stream: StreamOf<K>,
    options: Pick<ReadStreamOptions, 'fromLeader' | 'mayBeKept'> = {},
  ): Promise<LogEvent<K> | null> {
    return readNewest(this.#options, this.#nameOf(stream), options) as Promise<LogEvent<K> | null>;
  }

  async readStream<K extends StreamKind>(
    stream: StreamOf<K>,
    options: ReadStreamOptions = {},
  ): Promise<readonly LogEvent<K>[]> {
    return (await readStream(this.#options, this.#nameOf(stream), options)) as readonly LogEvent<K>[];
  }

  async readAll(options: ReadAllOptions = {}): Promise<LogPage> {
    const { store, decoding } = this.#options;
    const { after, maxCount = DEFAULT_MAX_COUNT } = options;
    const page = await store.readAll({ ...options, maxCount });
    const { events, refused } = await decoding.decodeAll(page);
    if (refused !== null) throw refused;
    return { events, position: page.at(-1)?.position ?? after ?? '', isEnd: page.length < maxCount };
  }

  async *follow(options: FollowOptions): AsyncGenerator<FollowedBatch> {
    await this.#checkHeld(options.lastEvent);
    yield* followEvents(this.#options, options, () => this.#checkHistory());
  }

  async holds(lastEvent: LastEvent): Promise<boolean> {
    const { store, prefix } = this.#options;
    const isOurs = (name: string): boolean => parseStreamName(name, prefix) !== null;
    try {
      return await store.holds(lastEvent, isOurs);
    } catch (error) {
      if (error instanceof ForeignPositionError) return false;
      throw error;
    }
  }

  async end(): Promise<Position | null> {
    return (await this.#options.store.readNewest())?.position ?? null;
  }

  ping(): Promise<void> {
    return this.#options.store.ping();
  }

  /** From now on this instance belongs to the newest history. */
  enterNewestHistory(): void {
    this.#historyId = this.#options.history.newest ?? this.#historyId;
  }

  /** The store itself knows nothing of whose an event is, and may hold the log of another installation as well. */
  async #checkHeld(lastEvent: LastEvent | null | undefined): Promise<void> {
    if (lastEvent != null && !(await this.holds(lastEvent))) throw new ForeignPositionError(lastEvent.position);
  }

  /** What the follower or another reader has heard is enough: `…log` was read to its end at the start. */
  #checkCurrent(): void {
    const { history, keys } = this.#options;
    const outdated = this.#checkHistory();
    if (outdated !== null) throw outdated;
    if (!history.isKeyValid(keys.current.kid, null))
      throw new OutdatedInstanceError(
        `events are MACed by integrity key ${history.keyInForce ?? ''} now, and this instance still uses ${keys.current.kid}`,
      );
  }

  /** Null as long as the log goes on with the history of this instance. */
  #checkHistory(): OutdatedInstanceError | null {
    const { history, onOutdated } = this.#options;
    if (history.newest === this.#historyId) return null;
    const outdated = new OutdatedInstanceError('the log goes on with another history: this instance must be started again');
    onOutdated?.(outdated);
    return outdated;
  }

  #nameOf(stream: StreamId): string {
    return `${this.#options.prefix}${streamName(stream)}`;
  }
}
