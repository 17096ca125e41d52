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

/** The position was told by another event store, or before this one's log was restored: it is no place in this log. */
export class ForeignPositionError extends Error {
  override readonly name = 'ForeignPositionError';

  constructor(position: Position) {
    super(`${position} is no position of this event store, or no longer what it was`);
  }
}

/** The largest append any store accepts, in bytes of its events' data and metadata: EventStoreDB's default. */
export const MAX_APPEND_BYTES = 1_048_576;
