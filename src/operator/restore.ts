import { constants, existsSync, statSync } from 'node:fs';
import { chmod, copyFile, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { BACKUP_FILES, type ExportedUserKey } from './backup.js';
import { GIT_IGNORE } from '../config/make-folder.js';
import { OperatorRefusedError } from './errors.js';

/** Where the parts of a backup go. */
export interface RestoreTarget {
  readonly dataDir: string;
  /** Makes the data folder where it is missing; returns the files made in it. Throws a sentence that names DATA_DIR. */
  readonly prepare: () => string[];
  /** Null: the log goes into an EventStoreDB. */
  readonly logFile: string | null;
  /** Puts an export into the log. Rejects with `OperatorRefusedError` if that is not empty. */
  readonly importLog: (file: string) => Promise<void>;
  /** Null: the users' keys are in MongoDB. */
  readonly userKeysFile: string | null;
  readonly keysFile: string;
  /** The installation's own list of erased users; null: their keys are in MongoDB, which remembers them. */
  readonly erasedList: string | null;
  /** Stores users' keys where there are none yet. */
  readonly importUserKeys: (keys: readonly ExportedUserKey[]) => Promise<void>;
  /** Adds the ids of a list of erased users to the installation's own, or notes them in a key store that remembers them itself. */
  readonly addErased: (file: string) => Promise<void>;
  /** Appends `LogRestored` to the restored log (G17). */
  readonly markRestored: () => Promise<{ readonly historyId: string }>;
}

export interface RestoreReport {
  readonly data_dir: string;
  /** The history that the log goes on with. */
  readonly history_id: string;
  /** Whether the key file was put back; false if there was one, which stays. */
  readonly keys_restored: boolean;
  /** The list of those who were erased since the backup: named, of the installation that was backed up, or of this one. Null: none was found. */
  readonly erased_list: string | null;
}

/**
 * Restores a backup into a data folder that is missing or empty, or its log into an EventStoreDB without one of the same prefix, and marks
 * the log as restored. What was put into the folder is removed again if that fails: a restored log that is not marked would accept tokens
 * of the lost part. `erasedFile` names a list of users who were erased after the backup; default: that of the installation that was
 * backed up, if it is on this machine still. Rejects with `OperatorRefusedError`, and as `prepare` throws.
 */
export async function restore(folder: string, target: RestoreTarget, erasedFile?: string): Promise<RestoreReport> {
  const from = (name: string): string => path.join(folder, name);
  if (!existsSync(from(BACKUP_FILES.manifest)))
    throw new OperatorRefusedError(`${folder} holds no finished backup: ${BACKUP_FILES.manifest} is missing`);
  await checkEmpty(target.dataDir);
  checkParts(folder, target, erasedFile);
  const placed = target.prepare();
  const put = async (name: string, file: string): Promise<void> => {
    await copyFile(from(name), file, constants.COPYFILE_EXCL);
    placed.push(file);
    await chmod(file, 0o600);
  };
  try {
    const keysRestored = !existsSync(target.keysFile);
    if (keysRestored) await put(BACKUP_FILES.keys, target.keysFile);
    const listed = erasedFile ?? (await listOfOrigin(from(BACKUP_FILES.manifest), target));
    if (listed !== null) await target.addErased(listed);
    if (target.userKeysFile === null) await target.importUserKeys(await exportedKeys(from(BACKUP_FILES.userKeysExport)));
    else await put(BACKUP_FILES.userKeysFile, target.userKeysFile);
    const erasedList = listed ?? (isThere(target.erasedList) ? target.erasedList : null);
    // Last, since what went into an EventStoreDB cannot be taken back.
    if (target.logFile !== null) placed.push(target.logFile, `${target.logFile}.lock`);
    await target.importLog(from(BACKUP_FILES.log));
    const { historyId } = await target.markRestored();
    return {
      data_dir: target.dataDir,
      history_id: historyId,
      keys_restored: keysRestored,
      erased_list: erasedList,
    };
  } catch (error) {
    for (const file of placed) for (const part of [file, `${file}-wal`, `${file}-shm`]) await rm(part, { force: true });
    throw error;
  }
}

async function checkEmpty(dataDir: string): Promise<void> {
  // A list of erased users may be there: it is wanted.
  const mayStay = (name: string): boolean => name.endsWith('.erased') || name === GIT_IGNORE;
  // What is no folder is refused when it is prepared.
  const isFolder = existsSync(dataDir) && statSync(dataDir).isDirectory();
  const entries = (isFolder ? await readdir(dataDir) : []).filter((name) => !mayStay(name));
  if (entries.length > 0)
    throw new OperatorRefusedError(
      `DATA_DIR ${dataDir} is not empty: move it out of the way, or set DATA_DIR to a new folder`,
    );
}

/** A backup of an installation that keeps its parts elsewhere does not fit. */
function checkParts(folder: string, { userKeysFile }: RestoreTarget, erasedFile?: string): void {
  if (erasedFile !== undefined && statSync(erasedFile, { throwIfNoEntry: false })?.isFile() !== true)
    throw new OperatorRefusedError(`${erasedFile} is no list of erased users: there is no file`);
  const wanted = [
    BACKUP_FILES.keys,
    userKeysFile === null ? BACKUP_FILES.userKeysExport : BACKUP_FILES.userKeysFile,
    BACKUP_FILES.log,
  ];
  const missing = wanted.filter((name) => !existsSync(path.join(folder, name)));
  if (missing.length > 0)
    throw new OperatorRefusedError(
      `${folder} does not hold ${missing.join(' and ')}: set MONGODB_URL if it was set for the backup, and only then`,
    );
}

/** Where the installation that was backed up lists its erased users, by the backup's manifest; null if it is not there any more. */
async function listOfOrigin(manifest: string, target: RestoreTarget): Promise<string | null> {
  const file = target.erasedList === null ? null : listNamedBy(await readFile(manifest, 'utf8'));
  return isThere(file) ? file : null;
}

/** Null where a manifest names none, or is no JSON: a damaged one must not keep a backup from being restored. */
function listNamedBy(manifest: string): string | null {
  try {
    const { erased_list: list } = JSON.parse(manifest) as Partial<Record<string, unknown>>;
    return typeof list === 'string' ? list : null;
  } catch {
    return null;
  }
}

function isThere(file: string | null): file is string {
  return file !== null && existsSync(file);
}

async function exportedKeys(file: string): Promise<ExportedUserKey[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line, index) => {
    const key = keyOf(line);
    if (key === null) throw new OperatorRefusedError(`${file}: line ${index + 1} is no user's key`);
    return key;
  });
}

function keyOf(line: string): ExportedUserKey | null {
  try {
    const { user_id: userId, wrapped_key: wrapped } = JSON.parse(line) as Partial<Record<string, unknown>>;
    const isKey = typeof userId === 'string' && typeof wrapped === 'string';
    return isKey ? { userId, wrappedKey: Buffer.from(wrapped, 'base64url') } : null;
  } catch {
    return null;
  }
}
