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
import { StoreUnavailableError } from '../../domain/unavailable.js';

const DUPLICATE_KEY = 11000;

// What a server answers to a request that is wrong in itself and would be wrong again; all else it reports is about the
// server, the replica set or the disk, and passes.
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

// Of the errors of misuse, those that tell of the connection or of the server.
const NOT_MISUSE = [
  MongoClientClosedError,
  MongoCompatibilityError,
  MongoNotConnectedError,
  MongoServerClosedError,
  MongoTopologyClosedError,
];

/** The error as the store's failure, if the server could not do its work or be reached; any other error as it is: a defect. */
export function asUnavailable(store: StoreUnavailableError['store'], error: unknown): unknown {
  return error instanceof MongoError && isPassing(error) ? new StoreUnavailableError(store, error.message, error) : error;
}

function isPassing(error: MongoError): boolean {
  if (error instanceof MongoWriteConcernError) return true;
  if (error instanceof MongoServerError) return !DEFECT_CODES.some((code) => code === error.code);
  return !(error instanceof MongoAPIError) || NOT_MISUSE.some((kind) => error instanceof kind);
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
  if (!(error instanceof MongoBulkWriteError) || error.result.getWriteConcernError() !== undefined) return null;
  const failures = error.result.getWriteErrors();
  return failures.every(({ code }) => code === DUPLICATE_KEY) ? failures.map(({ index }) => index) : null;
}

/** Whether the collection asked for was not there, or was removed while it was being read. */
export function isNamespaceGone(error: unknown): boolean {
  const gone = [26, 43, 175]; // NamespaceNotFound, CursorNotFound, QueryPlanKilled
  return error instanceof MongoServerError && (gone.includes(Number(error.code)) || error.message === 'ns not found');
}
