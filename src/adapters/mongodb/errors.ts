import {
  MongoAPIError,
  MongoBulkWriteError,
  MongoClientClosedError,
  MongoCompatibilityError,
  MongoError,
  MongoNotConnectedError,
  MongoServerClosedError,
  MongoServerError,
  MongoTopologyClosedError,
  MongoWriteConcernError,
} from 'mongodb';
import { messageOf } from '../../domain/message-of.js';
import { StoreUnavailableError } from '../../domain/unavailable.js';
import { StoreRefusedError } from '../../event-store/errors.js';

const DUPLICATE_KEY = 11000;

// Codes that mean our request is invalid. Every other server error is transient, or a refusal.
const DEFECT_CODES = [
  2, // BadValue
  9, // FailedToParse
  14, // TypeMismatch
  40, // ConflictingUpdateOperators
  52, // DollarPrefixedFieldName
  59, // CommandNotFound
  66, // ImmutableField
  73, // InvalidNamespace
  85, // IndexOptionsConflict
  86, // IndexKeySpecsConflict
  121, // DocumentValidationFailure
  224, // QueryFeatureNotAllowed
  10334, // BSONObjectTooLarge
  17280, // KeyTooLong
  DUPLICATE_KEY,
] as const;

// Codes that mean that the server does not let us in, or not do this: an operator must act.
const REFUSAL_CODES: readonly unknown[] = [
  13, // Unauthorized
  18, // AuthenticationFailed
  8000, // AtlasError: wrong credentials there
];

// Of a connection that somebody has closed or cut, or of a write to it.
const SOCKET_CODES: readonly unknown[] = [
  ...['EPIPE', 'ECONNRESET', 'ECONNREFUSED', 'ECONNABORTED', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END', 'ERR_SOCKET_CLOSED'],
];

// Of the errors of misuse, those that are about the connection or the server.
const NOT_MISUSE = [
  MongoClientClosedError,
  MongoCompatibilityError,
  MongoNotConnectedError,
  MongoServerClosedError,
  MongoTopologyClosedError,
];

/**
 * The error as the store's failure, if the server could not do its work or be reached; any other error as it is: a defect. A
 * refusal is a failure of the store whose cause is a `StoreRefusedError`.
 */
export function asUnavailable(store: StoreUnavailableError['store'], error: unknown): unknown {
  const isOfServer = error instanceof MongoError && isPassing(error);
  return isOfServer || isOfSocket(error) ? unavailable(store, error) : error;
}

/** Whether it is a socket's own error: the driver passes on as it is what a write to a connection that is being closed comes to. */
function isOfSocket(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && SOCKET_CODES.includes(error.code);
}

/** The failure of a store that could not be reached, or refuses us. */
export function unavailable(store: StoreUnavailableError['store'], error: unknown): StoreUnavailableError {
  const reason = messageOf(error);
  const isRefusal = error instanceof MongoServerError && REFUSAL_CODES.includes(error.code);
  if (!isRefusal) return new StoreUnavailableError(store, reason, error);
  return new StoreUnavailableError(store, `MongoDB refuses us: ${reason}`, new StoreRefusedError(reason, error));
}

function isPassing(error: MongoError): boolean {
  if (error instanceof MongoWriteConcernError) return true;
  if (error instanceof MongoBulkWriteError) return isPassingBulk(error);
  if (error instanceof MongoServerError) return !isDefectCode(error.code);
  return !(error instanceof MongoAPIError) || NOT_MISUSE.some((kind) => error instanceof kind);
}

function isDefectCode(code: unknown): boolean {
  return DEFECT_CODES.some((defect) => defect === code);
}

/** The error has the code of its first failure alone, which may be an expected one: a duplicate key. */
function isPassingBulk(error: MongoBulkWriteError): boolean {
  if (error.result.getWriteConcernError() !== undefined) return true;
  const codes = [error.code, ...error.result.getWriteErrors().map(({ code }) => code)];
  const others = codes.filter((code) => code !== DUPLICATE_KEY);
  return others.length > 0 && !others.some(isDefectCode);
}

/** Whether a write was refused because a document with its key is there: for an upsert, that its filter did not match it. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === DUPLICATE_KEY;
}

/**
 * Of an unordered bulk write, the places of the operations that were refused because a document with their key is there; null
 * if the bulk failed otherwise too.
 */
export function duplicateKeysOf(error: unknown): number[] | null {
  // A connection that is cut in the middle is such an error too, with the refusals of before and another code or none.
  if (!(error instanceof MongoBulkWriteError) || error.code !== DUPLICATE_KEY) return null;
  if (error.result.getWriteConcernError() !== undefined) return null;
  const failures = error.result.getWriteErrors();
  return failures.every(({ code }) => code === DUPLICATE_KEY) ? failures.map(({ index }) => index) : null;
}

/** Whether the collection asked for was not there, or was removed while it was being read. */
export function isNamespaceGone(error: unknown): boolean {
  const gone = [26, 43, 175]; // NamespaceNotFound, CursorNotFound, QueryPlanKilled
  return error instanceof MongoServerError && (gone.includes(Number(error.code)) || error.message === 'ns not found');
}
