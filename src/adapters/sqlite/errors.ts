/** The file cannot be opened: not writable, no database, damaged, or held by another process. The message says which. */
export class SqliteOpenError extends Error {
  override readonly name = 'SqliteOpenError';

  constructor(path: string, reason: string, cause?: unknown) {
    super(`cannot open ${path}: ${reason}`, { cause });
  }
}

/** A job threw what is no failure of the storage: a defect. Nothing of that job was stored. */
export class SqliteJobError extends Error {
  override readonly name = 'SqliteJobError';

  constructor(job: string, reason: string, stackInThread: string | undefined) {
    super(`${job}: ${reason}`);
    // The stack of the writer thread says where; this side's only shows that an answer arrived.
    if (stackInThread !== undefined) this.stack = stackInThread;
  }
}

/** SQLite's name for what went wrong (`SQLITE_FULL`, …), or null if the error is not SQLite's. */
export function sqliteCode(error: unknown): string | null {
  // Not instanceof: errors of a native module may come from another realm.
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' && error.code.startsWith('SQLITE_') ? error.code : null;
}

// Misuse and broken constraints come from the statement; everything else SQLite reports is about the file or the machine.
const DEFECTS = ['SQLITE_CONSTRAINT', 'SQLITE_ERROR', 'SQLITE_MISMATCH', 'SQLITE_MISUSE', 'SQLITE_RANGE', 'SQLITE_TOOBIG'];

/** Whether SQLite could not do its work because of the storage (full, failing, locked, damaged), not of the statement. */
export function isStorageFailure(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== null && !DEFECTS.some((defect) => code === defect || code.startsWith(`${defect}_`));
}

const NOT_WRITABLE = 'the file or its folder cannot be written';
// How the operating system says the same.
const SYSTEM_NOT_WRITABLE = ['EACCES', 'EPERM', 'EROFS', 'EISDIR'];

/** What an error says, in one line. */
export function reasonOf(error: unknown): string {
  const message = typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
  const code = sqliteCode(error);
  // The second is how the driver words SQLITE_CANTOPEN where it leaves out the code.
  if (
    code === 'SQLITE_CANTOPEN' ||
    code?.startsWith('SQLITE_READONLY') === true ||
    message.includes('Unable to open connection')
  )
    return NOT_WRITABLE;
  if (SYSTEM_NOT_WRITABLE.some((one) => message.startsWith(`${one}: `))) return NOT_WRITABLE;
  return code === null ? message : `${message} (${code})`;
}
