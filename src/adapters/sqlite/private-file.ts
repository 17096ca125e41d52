import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { SqliteOpenError } from './errors.js';

const OWNER_ONLY = 0o600;

/** A file that is there, and which it is, whatever path leads to it. */
export interface PrivateFile {
  /** Its own path, without symbolic links. */
  readonly path: string;
  /** Its identity on this machine. */
  readonly identity: string;
}

/**
 * Makes sure that a file and its folder exist and that nobody but the owner can read the file or what SQLite keeps beside it
 * (`-wal` and `-shm` take its mode). The folder's entry is flushed. Throws `SqliteOpenError` for a file that has a second name
 * (a hard link): SQLite finds the log beside the name, so two names would be two databases in one file.
 */
export function preparePrivateFile(file: string): PrivateFile {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const isNew = touch(file);
  const own = realpathSync(file);
  const found = statSync(own);
  const { dev, ino, mode, nlink } = found;
  if (!found.isFile()) throw new SqliteOpenError(file, 'it cannot be written: it is no file');
  if (nlink > 1) throw new SqliteOpenError(file, 'it has a second name (a hard link); remove that, or use a copy');
  if ((mode & 0o077) !== 0) {
    for (const beside of [own, `${own}-wal`, `${own}-shm`]) closeToOthers(beside);
  }
  if (isNew) flushFolder(path.dirname(own));
  return { path: own, identity: `${dev}:${ino}` };
}

/** Creates the file where it is missing; an empty one is a new database. Returns whether it did. */
export function touch(file: string): boolean {
  try {
    closeSync(openSync(file, 'wx', OWNER_ONLY));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Flushes a folder, so that the entry of a new file in it survives a power failure. */
export function flushFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function closeToOthers(file: string): void {
  try {
    chmodSync(file, OWNER_ONLY);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Not there, somebody else's file, or a file system for reading only: then its mode is not ours to choose.
    if (code !== 'ENOENT' && code !== 'EPERM' && code !== 'EROFS') throw error;
  }
}
