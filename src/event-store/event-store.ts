import type { LogText } from './log-text.js';
import type { LastEvent, Position } from './position.js';

/** An event as a store takes it: data and metadata are canonical JSON text (RFC 8785). `id` is a UUID in lower case. */
export interface StoredEvent {
  readonly id: string;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
}

/** An event as a store gives it back. Where somebody else wrote it, data and metadata may be any text, and empty. */
export interface RecordedEvent extends StoredEvent {
  /** The whole name, prefix included. */
  readonly stream: string;
  /** Its number in its stream, from 0. */
  readonly revision: number;
  /** Its place in the whole log. */
  readonly position: Position;
}

/** What the stream must look like for an append to be accepted; a number is the revision of its newest event. */
export type ExpectedRevision = number | 'no_stream';

/** Where the last event of an append came to stand. */
export interface AppendResult {
  readonly revision: number;
  readonly position: Position;
}

/** At most so many events are read where no `maxCount` is given. */
export const DEFAULT_MAX_COUNT = 1_000;

export interface ReadStreamOptions {
  /** Oldest first, or newest first. Default `forwards`. */
  readonly direction?: 'forwards' | 'backwards';
  /** The revision to begin at (inclusive). Default: the oldest forwards, the newest backwards. */
  readonly from?: number;
  /** At most so many events, from 1. Default `DEFAULT_MAX_COUNT`. */
  readonly maxCount?: number;
  /** Ask the leader of a cluster: a follower may be behind. Default false. */
  readonly fromLeader?: boolean;
  /**
   * For the newest event alone (backwards, one): a store that this process alone writes may give it from memory. The append that is
   * decided on it says so (`AppendOptions.onKept`). Default false.
   */
  readonly mayBeKept?: boolean;
  /** What becomes of events that were moved to an archive. Default `needed`. */
  readonly archived?: Archived;
}

export interface AppendOptions {
  /**
   * It was decided on an event that was read with `mayBeKept`. If somebody else has written to the store since, the append is refused
   * with `WrongExpectedRevisionError`, and what it stands on has to be read again. Default false.
   */
  readonly onKept?: boolean;
  /**
   * Data and metadata may be any text, which comes back as it is: an import takes along what somebody else has written. Default false:
   * what is no JSON object is refused.
   */
  readonly anyText?: boolean;
}

/**
 * How a reader takes events that were moved out of the log. `needed`: they are read from their archive, and where that is not
 * there the read rejects with `ArchiveMissingError`; `if_there`: what cannot be read is left out; `left_out`: the log alone is
 * read. A store that has no archives gives what it holds.
 */
export type Archived = 'needed' | 'if_there' | 'left_out';

export interface ReadAllOptions {
  /** Begin after this position (exclusive). Default: the beginning of the log. */
  readonly after?: Position;
  /** At most so many events. Default `DEFAULT_MAX_COUNT`. */
  readonly maxCount?: number;
  /** See `ReadStreamOptions.archived`. */
  readonly archived?: Archived;
}

export interface SubscribeOptions {
  /** Begin after this position (exclusive); `null` is the beginning of the log. */
  readonly after: Position | null;
  /**
   * The last event that was delivered at or before `after`. If the log does not hold it (see `EventStore.holds`), this is another
   * log or was restored to an earlier moment: the iteration rejects with `ForeignPositionError`.
   */
  readonly lastEvent?: LastEvent | null;
  /** Only events of streams whose name begins with one of these. Default: all. */
  readonly streamPrefixes?: readonly string[];
  /** See `ReadStreamOptions.archived`. */
  readonly archived?: Archived;
  /** Ends the iteration, without an error. */
  readonly signal: AbortSignal;
  /** Called when the connection is lost and when it is there again, with the reason. */
  readonly onConnection?: (state: 'connected' | 'waiting', reason?: unknown) => void;
}

/** Reads pages of the whole log as texts. */
export interface TextReader {
  /** As `EventStore.readAll`; null for a page that is empty or that a text cannot hold. */
  read(options: ReadAllOptions): Promise<LogText | null>;
  close(): Promise<void>;
}

/** Consecutive events of the log, oldest first, and how far the log was read: `position` ≥ that of the last event. */
export interface RecordedBatch {
  readonly events: readonly RecordedEvent[];
  /** All events up to and including this position were delivered or filtered out. */
  readonly position: Position;
}

/**
 * The event store: the port, in the terms of what is stored. The rejections are those of errors.ts: `WrongExpectedRevisionError`,
 * `InvalidEventError`, `AppendTooLargeError`, `StreamDestroyedError`, `StoreRefusedError`, `StoreUnavailableError`. An append is
 * atomic, and durable when its promise resolves (G7). Everybody but the decoding step (`EventLog`) leaves it alone.
 */
export interface EventStore {
  /** Appends all `events` (at least one) or none. The same ids again at the same revision: the first answer again. */
  append(
    stream: string,
    events: readonly StoredEvent[],
    expectedRevision: ExpectedRevision,
    options?: AppendOptions,
  ): Promise<AppendResult>;
  /** A page of a stream; a stream that does not exist is empty. */
  readStream(stream: string, options?: ReadStreamOptions): Promise<readonly RecordedEvent[]>;
  /**
   * Events at places that this store gives to no event, at most so many: another tool put them there. `readAll` and subscriptions do not
   * show them. Only where a store lets tools do that.
   */
  readMisplaced?(maxCount: number): Promise<readonly RecordedEvent[]>;
  /** A page of the whole log, oldest first. Without the server's own events. */
  readAll(options?: ReadAllOptions): Promise<readonly RecordedEvent[]>;
  /**
   * Whether somebody destroyed a stream of which the log shows events, or showed some: by a tombstone or a soft delete. Only where a
   * store lets people do that.
   */
  isDestroyed?(stream: string): Promise<boolean>;
  /**
   * Opens what reads the whole log as texts, where the store can do that at less cost than by objects, and beside the calling thread. To
   * be closed before the store.
   */
  openTextReader?(): TextReader;
  /**
   * The log from a position on and then, as they come, new events: each exactly once, in order, without a gap. Batches hold
   * what is there (at most some hundreds); an empty batch only moves the position. A lost connection is reopened.
   */
  subscribeToAll(options: SubscribeOptions): AsyncIterable<RecordedBatch>;
  /** The newest event of the log; null if it is empty. For the high-water mark and the true lag. */
  readNewest(): Promise<RecordedEvent | null>;
  /**
   * Whether this is still the log that an event was read from: false if another event stands at its place or the log ends before
   * it. An event that is merely gone (scavenged: the next one stands later) counts as held. With `isOurs` also false if it stands in a
   * stream whose name is not one of ours: one store may hold several logs.
   */
  holds(lastEvent: LastEvent, isOurs?: (stream: string) => boolean): Promise<boolean>;
  /**
   * Removes the events of a stream before a revision, for good: nobody may need them any more. Revisions and positions of the rest
   * stay, and none comes back. What is gone already changes nothing. Rejects with `RangeError` for a revision after the newest
   * event, which always stays. A store may go on showing the removed events in `readAll` and to subscribers for a time (EventStoreDB
   * does until a scavenge).
   */
  truncateStream(stream: string, before: number): Promise<void>;
  /** Rejects with `StoreUnavailableError` or `StoreRefusedError` unless the store can answer now. For readiness. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
