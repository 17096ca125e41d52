import type { EventMetadata } from '../domain/event.js';
import type { Landmark, Position } from './position.js';

/** An event as a command hands it over. `id` is a UUID: appending it again at the same revision is answered, not repeated. */
export interface EventToAppend {
  readonly id: string;
  readonly type: string;
  readonly data: object;
  readonly metadata: EventMetadata;
}

/** An event as the log holds it. */
export interface RecordedEvent extends EventToAppend {
  readonly stream: string;
  /** Its number in its stream, from 0. */
  readonly revision: number;
  /** Its place in the whole log. */
  readonly position: Position;
}

/** What the stream must look like for an append to be accepted; a number is the revision of its newest event. */
export type ExpectedRevision = number | 'no_stream' | 'any';

/** Where the last event of an append came to stand. */
export interface AppendResult {
  readonly revision: number;
  readonly position: Position;
}

export interface ReadStreamOptions {
  /** Oldest first, or newest first. Default `forwards`. */
  readonly direction?: 'forwards' | 'backwards';
  /** The revision to begin at (inclusive). Default: the oldest forwards, the newest backwards. */
  readonly from?: number;
  /** At most so many events, from 1. Default 1,000. */
  readonly maxCount?: number;
}

export interface ReadAllOptions {
  /** Begin after this position (exclusive). Default: the beginning of the log. */
  readonly after?: Position;
  /** At most so many events. Default 1,000. */
  readonly maxCount?: number;
}

export interface SubscribeOptions {
  /** Begin after this position (exclusive); `null` is the beginning of the log. */
  readonly after: Position | null;
  /**
   * The last event that was delivered at or before `after`. If the log does not hold it any more, or holds wanted events between
   * it and `after`, then it was restored to an earlier moment, or is another log: going on would leave events out, so the
   * iteration rejects with `ForeignPositionError`.
   */
  readonly landmark?: Landmark | null;
  /** Only events of streams whose name begins with one of these. Default: all. */
  readonly streamPrefixes?: readonly string[];
  /** Ends the iteration, without an error. */
  readonly signal: AbortSignal;
}

/** Consecutive events of the log, oldest first, and how far the log was read: `position` ≥ that of the last event. */
export interface LogBatch {
  readonly events: readonly RecordedEvent[];
  /** All events up to and including this position have been delivered or were filtered out. */
  readonly position: Position;
}

/**
 * The event store: the port. The rejections are those of errors.ts: `WrongExpectedRevisionError`, `InvalidEventError`,
 * `AppendTooLargeError`, `StoreUnavailableError`. An append is atomic, and durable when its promise resolves (G7).
 */
export interface EventStore {
  /** Appends all `events` (at least one) or none. Each of the same ids again at the same revision: the first answer again. */
  append(stream: string, events: readonly EventToAppend[], expectedRevision: ExpectedRevision): Promise<AppendResult>;
  /** A page of a stream; a stream that does not exist is empty. */
  readStream(stream: string, options?: ReadStreamOptions): Promise<readonly RecordedEvent[]>;
  /** A page of the whole log, oldest first. */
  readAll(options?: ReadAllOptions): Promise<readonly RecordedEvent[]>;
  /**
   * The log from a position on and then, as they come, new events: each exactly once, in order, without a gap. Batches hold
   * what is there (at most some hundreds); an empty batch only moves the position. A lost connection is reopened.
   */
  subscribeToAll(options: SubscribeOptions): AsyncIterable<LogBatch>;
  /** Rejects with `StoreUnavailableError` unless the store can answer now. For readiness. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** The newest event of a stream, or null if there is none: how every command loads (one backwards read of one event). */
export async function readNewest(store: EventStore, stream: string): Promise<RecordedEvent | null> {
  const [newest] = await store.readStream(stream, { direction: 'backwards', maxCount: 1 });
  return newest ?? null;
}
