import {
  ErrorType,
  isCommandError,
  MaxAppendSizeExceededError,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { StoreUnavailableError } from '../../domain/unavailable.js';
import { AppendTooLargeError, ForeignPositionError, MAX_APPEND_BYTES, WrongExpectedRevisionError } from '../../event-store/errors.js';
import type { ExpectedRevision } from '../../event-store/event-store.js';

// What a server answers to a request that is wrong in itself and would be wrong again; all else it reports is about the
// server, the cluster or the network, and passes.
const DEFECTS: readonly ErrorType[] = [
  ErrorType.INVALID_ARGUMENT,
  ErrorType.INVALID_TRANSACTION,
  ErrorType.MISSING_REQUIRED_METADATA_PROPERTY,
  ErrorType.STREAM_DELETED,
  ErrorType.UNSUPPORTED,
];
// The same as gRPC numbers them: INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE, UNIMPLEMENTED.
const DEFECT_CODES = [3, 9, 11, 12];
// Found on this side.
const OURS = [StoreUnavailableError, WrongExpectedRevisionError, ForeignPositionError, RangeError, TypeError];

/**
 * The error as the port's: whatever EventStoreDB, its client or the network failed with is the store being unavailable, save what
 * would fail again in the same way, which stays what it is.
 */
export function asPortError(error: unknown): unknown {
  if (!(error instanceof Error) || OURS.some((kind) => error instanceof kind)) return error;
  if (isCommandError(error) && DEFECTS.includes(error.type)) return error;
  if ('code' in error && DEFECT_CODES.some((code) => code === error.code)) return error;
  return unavailable(error.message === '' ? error.name : error.message, error);
}

/** Likewise for an append. */
export function asAppendError(error: unknown, stream: string, expected: ExpectedRevision): unknown {
  if (error instanceof WrongExpectedVersionError) return wrongRevision(stream, expected, error.actualVersion);
  if (error instanceof MaxAppendSizeExceededError)
    return new AppendTooLargeError(`append is larger than the server takes (${MAX_APPEND_BYTES} bytes by default)`);
  return asPortError(error);
}

/** Whether a read was refused because it began where no event begins. */
export function isNoPosition(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return isCommandError(error) ? error.type === ErrorType.INVALID_ARGUMENT : 'code' in error && error.code === 3;
}

/** Whether what was read does not exist. */
export function isStreamNotFound(error: unknown): boolean {
  return error instanceof StreamNotFoundError;
}

export function unavailable(reason: string, cause?: unknown): StoreUnavailableError {
  return new StoreUnavailableError('event store', reason, cause);
}

/** The refusal of an append; `actual` is the stream's newest revision, as the client tells it. */
export function wrongRevision(
  stream: string,
  expected: ExpectedRevision,
  actual: bigint | string,
): WrongExpectedRevisionError {
  const newest = typeof actual === 'bigint' && actual >= 0n ? Number(actual) : 'no_stream';
  return new WrongExpectedRevisionError(stream, expected, newest);
}
