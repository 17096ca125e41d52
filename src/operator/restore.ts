import { constants, existsSync, statSync } from 'node:fs';
import { chmod, copyFile, readdir, readFile, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import type { ExportedUserKey } from './backup.js';
import { BACKUP_FILES, checkBackup, readManifest, type BackupManifest } from './backup-manifest.js';
import { GIT_IGNORE } from '../config/make-folder.js';
import { OperatorRefusedError } from './errors.js';

/** Where the parts of a backup go. */
export interface RestoreTarget {
  readonly dataDir: string;
  /** Makes the data folder where it is missing; returns the files made in it. Throws a sentence that names DATA_DIR. */
  readonly prepare: () => string[];
  /** All files that a restore may make. */
  readonly files: readonly string[];
  /** Puts an export into the log. Rejects with `OperatorRefusedError` if that is not empty. */
  readonly importLog: (file: string) => Promise<void>;
  /** Null: the users' keys are in MongoDB. */
  readonly userKeysFile: string | null;
  readonly keysFile: string;
  /** The installation's own list of erased users; null: their keys are in MongoDB, which remembers them. */
  readonly erasedList: string | null;
  /**
   * Opens the users' keys by the key file that will be in use: those that are given, or those of `userKeysFile` if that is null. Resolves to
   * how many are damaged. Rejects with `OperatorRefusedError` if nobody, or not everybody, could sign in with that key file.
   */
  readonly checkUserKeys: (check: UserKeysToCheck) => Promise<number>;
  /** Stores users' keys where there are none yet. */
  readonly importUserKeys: (keys: readonly ExportedUserKey[]) => Promise<void>;
  /** Reads a list of erased users. Rejects with `OperatorRefusedError` if it holds anything else. */
  readonly readErased: (file: string) => Promise<readonly string[]>;
  /** Adds ids of erased users to the installation's own list, or notes them in a key store that remembers them itself. */
  readonly addErased: (userIds: readonly string[]) => Promise<void>;
  /** Appends `LogRestored` to the restored log (G17). */
  readonly markRestored: () => Promise<{ readonly historyId: string }>;
}

export interface UserKeysToCheck {
  readonly exported: readonly ExportedUserKey[] | null;
  /** Whether the key file is that of the backup. */
  readonly keysRestored: boolean;
}

export interface RestoreReport {
  readonly data_dir: string;
  /** The history that the log goes on with. */
  readonly history_id: string;
  /** Whether the key file was put back; false if there was one, which stays. */
  readonly keys_restored: boolean;
  /** How many users' keys the key file does not open, although it has their master key: they were damaged before the backup was made. */
  readonly damaged_user_keys: number;
  /** The list of those who were erased since the backup: named, of the installation that was backed up, or of this one. Null: none was found. */
  readonly erased_list: string | null;
  /** How many ids that list holds. */
  readonly erased_ids: number;
}

/**
 * Restores a backup into a data folder that is missing or empty, or its log into an EventStoreDB without one of the same prefix, and marks
 * the log as restored. All of the backup is compared with its digests before anything is changed. What was put into the folder is removed
 * again if the restore fails: a restored log that is not marked would accept tokens of the lost part. `erasedFile` names a list of users
 * who were erased after the backup; default: that of the installation that was backed up, if it is on this machine still. Rejects with
 * `OperatorRefusedError`, and as `prepare` throws.
 */
export async function restore(folder: string, target: RestoreTarget, erasedFile?: string): Promise<RestoreReport> {
  const from = (name: string): string => path.join(folder, name);
  const manifest = await readManifest(folder);
  await checkEmpty(target.dataDir);
  checkKind(folder, manifest, target);
  const erased = await erasedUsers(manifest, target, erasedFile);
  await checkBackup(folder, manifest);
  const exported = target.userKeysFile === null ? await exportedKeys(from(BACKUP_FILES.userKeysExport)) : null;
  // Once more, since a large backup takes a while to read.
  await checkEmpty(target.dataDir);
  const isNewFolder = !existsSync(target.dataDir);
  const placed = target.prepare();
  const put = async (name: string, file: string): Promise<void> => {
    await copyFile(from(name), file, constants.COPYFILE_EXCL);
    placed.push(file);
    await chmod(file, 0o600);
  };
  try {
    const keysRestored = !existsSync(target.keysFile);
    if (keysRestored) await put(BACKUP_FILES.keys, target.keysFile);
    if (target.userKeysFile !== null) await put(BACKUP_FILES.userKeysFile, target.userKeysFile);
    // What the stores make from here on is of this restore.
    placed.push(...target.files.filter((file) => !existsSync(file)));
    const damaged = await target.checkUserKeys({ exported, keysRestored });
    if (erased.userIds.length > 0) await target.addErased(erased.userIds);
    if (exported !== null) await target.importUserKeys(exported);
    // Last, since what went into an EventStoreDB cannot be taken back.
    await target.importLog(from(BACKUP_FILES.log));
    const { historyId } = await target.markRestored();
    return {
      data_dir: target.dataDir,
      history_id: historyId,
      keys_restored: keysRestored,
      damaged_user_keys: damaged,
      erased_list: erased.list,
      erased_ids: erased.count,
    };
  } catch (error) {
    await remove(placed);
    // It stays where somebody put something into it meanwhile.
    if (isNewFolder) await rmdir(target.dataDir).catch(() => undefined);
    throw error;
  }
}

/** Removes files, with what SQLite and the lock of a process leave beside each. */
async function remove(files: readonly string[]): Promise<void> {
  for (const file of files)
    for (const part of ['', '-wal', '-shm', '-journal', '.lock']) await rm(`${file}${part}`, { force: true });
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
function checkKind(folder: string, { files }: BackupManifest, { userKeysFile }: RestoreTarget): void {
  const wanted = [
    BACKUP_FILES.keys,
    userKeysFile === null ? BACKUP_FILES.userKeysExport : BACKUP_FILES.userKeysFile,
    BACKUP_FILES.log,
  ];
  const missing = wanted.filter((name) => !files.some((file) => file.path === name));
  if (missing.length > 0)
    throw new OperatorRefusedError(
      `${folder} does not hold ${missing.join(' and ')}: set MONGODB_URL if it was set for the backup, and only then`,
    );
}

/** Who was erased since the backup. */
interface ErasedUsers {
  /** The list that a report names, and how many ids it holds. */
  readonly list: string | null;
  readonly count: number;
  /** What this installation's own list may lack. */
  readonly userIds: readonly string[];
}

/** Reads every list that counts: one that cannot be read as a list would bring back whom it was to keep erased. */
async function erasedUsers(
  { erased_list: ofOrigin }: BackupManifest,
  { erasedList: own, readErased }: RestoreTarget,
  named?: string,
): Promise<ErasedUsers> {
  if (named !== undefined && statSync(named, { throwIfNoEntry: false })?.isFile() !== true)
    throw new OperatorRefusedError(`${named} is no list of erased users: there is no file`);
  const other = named ?? (own !== null && isThere(ofOrigin) ? ofOrigin : null);
  const ownIds = isThere(own) ? await readErased(own) : [];
  if (other === null) return { list: isThere(own) ? own : null, count: ownIds.length, userIds: [] };
  const userIds = await readErased(other);
  return { list: other, count: userIds.length, userIds };
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
