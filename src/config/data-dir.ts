import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { codeOf, ConfigError } from './errors.js';
import { makeDataFolder, NotAFolderError } from './make-folder.js';

/**
 * Makes the folder of archives, for its owner alone, unless it is there, and checks that it can be read: archives may be made on another
 * machine. Throws `ConfigError` with a sentence that names ARCHIVE_DIR and says what to do.
 */
export function prepareArchiveDir(archiveDir: string): void {
  prepare('ARCHIVE_DIR', archiveDir, constants.R_OK | constants.X_OK);
}

/**
 * Makes the data folder, for its owner alone, unless it is there, and checks that it can be used. Returns the files that it made in
 * it. Throws `ConfigError` with a sentence that names DATA_DIR and says what to do.
 */
export function prepareDataDir(dataDir: string): string[] {
  return prepare('DATA_DIR', dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
}

/** Both, as far as there are both. Throws `ConfigError`. */
export function prepareFolders({
  dataDir,
  archiveDir,
}: {
  readonly dataDir: string;
  readonly archiveDir: string | null;
}): void {
  prepareDataDir(dataDir);
  if (archiveDir !== null) prepareArchiveDir(archiveDir);
}

function prepare(variable: string, name: string, access: number): string[] {
  const folder = path.resolve(name);
  try {
    const made = makeDataFolder(folder);
    accessSync(folder, access);
    return made;
  } catch (error) {
    throw new ConfigError(`${variable} ${folder} ${reasonOf(error)}.`);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof NotAFolderError) return 'or a part of its path is not a folder: name a folder';
  const code = codeOf(error);
  switch (code) {
    case 'ENOTDIR':
      return 'or a part of its path is not a folder: name a folder';
    case 'EROFS':
      return 'is on a read-only file system: name a folder that can be written, or mount a volume there';
    case 'EACCES':
    case 'EPERM':
      return 'cannot be used by this user: give this user the folder, or name another';
    default:
      return `cannot be created (${code}): name a folder on a local disk`;
  }
}
