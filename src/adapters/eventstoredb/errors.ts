import {
  ErrorType,
  isCommandError,
  MaxAppendSizeExceededError,
  StreamDeletedError,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { StoreUnavailableError } from '../../domain/unavailable.js';
import {
  AppendTooLargeError,
  ForeignPositionError,
  InvalidEventError,
  MAX_APPEND_BYTES,
  StoreRefusedError,
  StreamDestroyedError,
  WrongExpectedRevisionError,
} from '../../event-store/errors.js';
import type { ExpectedRevision } from '../../event-store/event-store.js';

// Codes that mean our request is invalid. Every other server error is transient.
const DEFECTS: readonly ErrorType[] = [
  ErrorType.INVALID_ARGUMENT,
  ErrorType.INVALID_TRANSACTION,
  ErrorType.MISSING_REQUIRED_METADATA_PROPERTY,
  ErrorType.UNSUPPORTED,
];
// The same as gRPC numbers them: INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE, UNIMPLEMENTED.
const DEFECT_CODES = [3, 9, 11, 12];
const PERMISSION_DENIED = 7;
const UNAUTHENTICATED = 16;
// Found on this side.
const OURS = [
  StoreUnavailableError,
  StoreRefusedError,
  StreamDestroyedError,
  WrongExpectedRevisionError,
  ForeignPositionError,
  InvalidEventError,
  RangeError,
  TypeError,
];

/** What was asked, for what an error says of it. */
export interface Asked {
  /** The user that the connection string names; null if there is none. */
  readonly user: string | null;
  /** The right that it takes: `read $all`, `append to tokenledger_log`. */
  readonly right: string;
  /** The stream that it is about, if it is about one. */
  readonly stream?: string;
}

/**
 * The error as the port's. Whatever EventStoreDB, its client or the network failed with is the store being unavailable, except a
 * refusal, a destroyed stream, and what would fail again in the same way, which stays what it is.
 */
export function asPortError(error: unknown, asked: Asked): unknown {
  if (!(error instanceof Error) || OURS.some((kind) => error instanceof kind)) return error;
  if (error instanceof StreamDeletedError) return new StreamDestroyedError(asked.stream ?? error.streamName);
  if (isRefusal(error)) return refused(error, asked);
  if (isDefect(error)) return error;
  return unavailable(error.message === '' ? error.name : error.message, error);
}

/** Likewise for an append. */
export function asAppendError(error: unknown, asked: Asked & { stream: string }, expected: ExpectedRevision): unknown {
  if (error instanceof WrongExpectedVersionError) return wrongRevision(asked.stream, expected, error.actualVersion);
  // The second is how newer servers refuse a single event that is too large; the client knows no type for it.
  if (error instanceof MaxAppendSizeExceededError || isTooLargeEvent(error))
    return new AppendTooLargeError(`append is larger than the server takes (${MAX_APPEND_BYTES} bytes by default)`);
  return asPortError(error, asked);
}

/** Whether a read was refused because it began where no event begins. */
export function isNoPosition(error: unknown): boolean {
  if (error instanceof StoreUnavailableError) return isNoPosition(error.cause);
  if (!(error instanceof Error)) return false;
  // How a server says it of a place between two events; it has no code of its own.
  if (error.message.includes('Unexpected ReadAllResult')) return true;
  return isCommandError(error) ? error.type === ErrorType.INVALID_ARGUMENT : 'code' in error && error.code === 3;
}

// What the client makes of a connection that failed.
const NO_ANSWERS: readonly ErrorType[] = [
  ErrorType.UNAVAILABLE,
  ErrorType.CANCELLED,
  ErrorType.DEADLINE_EXCEEDED,
  ErrorType.TIMEOUT,
  ErrorType.UNKNOWN,
];

/** Whether an error is what the server answered. */
export function isAnswer(error: unknown): boolean {
  return error instanceof Error && isCommandError(error) && !NO_ANSWERS.includes(error.type);
}

/** Whether what was read does not exist. */
export function isStreamNotFound(error: unknown): boolean {
  return error instanceof StreamNotFoundError;
}

export function unavailable(reason: string, cause?: unknown): StoreUnavailableError {
  return new StoreUnavailableError('event store', reason, cause);
}

/** The refusal of an append; `actual` is the stream's newest revision, as the client has it. */
export function wrongRevision(
  stream: string,
  expected: ExpectedRevision,
  actual: bigint | string,
): WrongExpectedRevisionError {
  const newest = typeof actual === 'bigint' && actual >= 0n ? Number(actual) : 'no_stream';
  return new WrongExpectedRevisionError(stream, expected, newest);
}

function codeOf(error: Error): unknown {
  return 'code' in error ? error.code : undefined;
}

function isRefusal(error: Error): boolean {
  if (isCommandError(error) && error.type === ErrorType.ACCESS_DENIED) return true;
  return codeOf(error) === PERMISSION_DENIED || codeOf(error) === UNAUTHENTICATED;
}

function isDefect(error: Error): boolean {
  if (isCommandError(error) && DEFECTS.includes(error.type)) return true;
  return DEFECT_CODES.some((code) => code === codeOf(error));
}

function refused(error: Error, { user, right }: Asked): StoreRefusedError {
  const who = user === null ? 'a client without a user' : `user ${user}`;
  const isUnknown = codeOf(error) === UNAUTHENTICATED;
  const reason = isUnknown ? 'it does not know the user, or the password is wrong' : `the right to ${right} is missing`;
  return new StoreRefusedError(`the event store refuses ${who}: ${reason}`, error);
}

function isTooLargeEvent(error: unknown): boolean {
  return error instanceof Error && /maximum append event size/i.test(error.message);
}
