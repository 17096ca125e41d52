import type { ExpectedRevision } from './event-store.js';
import type { Position } from './position.js';

/** The stream was not as the append expected: somebody else appended first. Load again and decide again. */
export class WrongExpectedRevisionError extends Error {
  override readonly name = 'WrongExpectedRevisionError';
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly actual: number | 'no_stream';

  constructor(stream: string, expected: ExpectedRevision, actual: number | 'no_stream') {
    super(`stream is at ${actual}, expected ${expected}`);
    this.stream = stream;
    this.expected = expected;
    this.actual = actual;
  }
}

/** The event cannot be stored as it is: an id that is no UUID, an empty type, data that JSON cannot carry. A defect of ours. */
export class InvalidEventError extends Error {
  override readonly name = 'InvalidEventError';
}

/** The append is larger than a store accepts in one piece. */
export class AppendTooLargeError extends Error {
  override readonly name = 'AppendTooLargeError';
}

/**
 * Somebody destroyed the stream at the store (a tombstone, or a soft delete of all its events): it counts as if its session or
 * user did not exist, and nothing can be appended to it any more.
 */
export class StreamDestroyedError extends Error {
  override readonly name = 'StreamDestroyedError';
  readonly stream: string;

  constructor(stream: string) {
    super(`stream ${stream} was destroyed at the store`);
    this.stream = stream;
  }
}

/** The store is there and refuses us: wrong credentials, or a right is missing. Waiting does not help, an operator does. */
export class StoreRefusedError extends Error {
  override readonly name = 'StoreRefusedError';

  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
  }
}

/** The position is of another event store, or of this one before its log was restored: it is no place in this log. */
export class ForeignPositionError extends Error {
  override readonly name = 'ForeignPositionError';

  constructor(position: Position) {
    super(`${position} is no position of this event store, or no longer what it was`);
  }
}

/** This instance signs with a key, or knows a history, that the log has left behind: it appends nothing more (DESIGN, `…log`). */
export class OutdatedInstanceError extends Error {
  override readonly name = 'OutdatedInstanceError';
}

/** The largest append any store accepts, in bytes of its events' data and metadata: EventStoreDB's default. */
export const MAX_APPEND_BYTES = 1_048_576;
