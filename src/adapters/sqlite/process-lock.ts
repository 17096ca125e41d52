import Database from 'libsql';
import { existsSync, realpathSync } from 'node:fs';
import { reasonOf, SqliteOpenError, sqliteCode } from './errors.js';
import { touch, type PrivateFile } from './private-file.js';

const LOCK_WAIT_MS = 250;

/** The files that this process holds: the operating system's locks are the process's, not one opening's. */
const held = new Set<string>();

/** Held while the process has the file open; `release` gives it up, and so does the kernel when the process ends. */
export interface ProcessLock {
  release(): void;
}

/**
 * Makes this the one process (and the one opening within it) that works on a file, by whichever path: a second file
 * `<its own path>.lock` is kept inside a transaction. RESERVED, not EXCLUSIVE, so that a refused process can still read who holds
 * it. `named` is the path that messages show. Throws `SqliteOpenError`.
 */
export function lockForThisProcess({ path, identity }: PrivateFile, named: string): ProcessLock {
  // Also where somebody removed the lock file.
  if (held.has(identity)) throw inUse(named, process.pid);
  touch(`${path}.lock`);
  const lock = new Database(`${path}.lock`, { timeout: LOCK_WAIT_MS });
  try {
    // Written before it is held, so two that start together may overwrite each other: repeat until held with our own pid.
    do begin(named, lock);
    while (!namesThisProcess(lock));
  } catch (error) {
    lock.close();
    throw error;
  }
  held.add(identity);
  return {
    release: () => {
      held.delete(identity);
      lock.exec('ROLLBACK');
      lock.close();
    },
  };
}

/** Whether another process works on a file. One that is not there is nobody's. */
export function isHeldByAnother(file: string): boolean {
  if (!existsSync(file)) return false;
  const own = `${realpathSync(file)}.lock`;
  if (!existsSync(own)) return false;
  const lock = new Database(own, { timeout: LOCK_WAIT_MS });
  try {
    // What it holds it gives up when it is closed.
    return busyOnBegin(lock) !== null;
  } finally {
    lock.close();
  }
}

function begin(named: string, lock: Database.Database): void {
  const busy = busyOnBegin(lock);
  if (busy !== null) throw inUse(named, holder(lock), busy);
}

/** Begins the transaction that holds the file: null, or the error of SQLite if another process is in one. */
function busyOnBegin(lock: Database.Database): unknown {
  try {
    lock.exec('BEGIN IMMEDIATE');
    return null;
  } catch (error) {
    if (sqliteCode(error) !== 'SQLITE_BUSY') throw error;
    return error;
  }
}

function inUse(named: string, pid: number | null, cause?: unknown): SqliteOpenError {
  return new SqliteOpenError(named, `in use by ${pid === null ? 'another process' : `process ${pid}`}`, cause);
}

/** True if the held lock already names this process; otherwise writes its pid, which gives the lock up for a moment. */
function namesThisProcess(lock: Database.Database): boolean {
  if (holder(lock) === process.pid) return true;
  lock.exec(`PRAGMA user_version=${process.pid}`);
  lock.exec('COMMIT');
  return false;
}

function holder(lock: Database.Database): number | null {
  try {
    const [pid] = lock.prepare('PRAGMA user_version').raw().get() as [number];
    return pid === 0 ? null : pid;
  } catch (error) {
    // The holder may be writing its pid just now; that the file is in use is known anyway.
    if (sqliteCode(error) === 'SQLITE_BUSY') return null;
    throw new Error(reasonOf(error), { cause: error });
  }
}
