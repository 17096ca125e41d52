import { chmod, copyFile, mkdir, open, readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { isoOf, type Instant } from '../domain/instant.js';
import { GIT_IGNORE, keepFromGit, makeFolder } from '../config/make-folder.js';
import { OperatorRefusedError } from './errors.js';

/** The parts of a backup, each in a folder of its own, so that log and keys can be kept apart. */
export const BACKUP_FILES = {
  /** As `audit export` writes it, with what is in archives. */
  log: path.join('log', 'events.jsonl'),
  userKeysFile: path.join('user-keys', 'user-keys.db'),
  userKeysExport: path.join('user-keys', 'user-keys.jsonl'),
  keys: path.join('keys', 'keys.json'),
  manifest: 'backup.json',
} as const;

/** A user's key as it is stored: wrapped by a master key. */
export interface ExportedUserKey {
  readonly userId: string;
  readonly wrappedKey: Uint8Array;
}

/** Where the parts of a backup come from. */
export interface BackupSources {
  /** The lines of an export of the log, a line each. */
  readonly exportLog: () => AsyncIterable<object>;
  /** The users' keys: a copy of the embedded file, or pages of what a server holds, ordered by user id. */
  readonly userKeys:
    | { readonly copy: (file: string) => Promise<void> }
    | { readonly list: (after: string | null, maxCount: number) => Promise<readonly ExportedUserKey[]> };
  readonly keysFile: string;
  /** The data folder: no place for a backup, which is to survive it. */
  readonly dataDir: string;
  /** Where the erased users are listed; null: nowhere, since their keys are in MongoDB. */
  readonly erasedList: string | null;
  readonly now: () => Instant;
}

/** What a backup holds. */
export interface BackupReport {
  readonly folder: string;
  readonly made_at: string;
  /** Paths within the folder. */
  readonly files: readonly string[];
}

const PAGE = 1_000;
// Others get their turn at each write.
const BUFFERED = 128 * 1024;

/**
 * Backs an installation up into a folder that is new or empty. Every user's key is stored before the first event that is sealed
 * by it, so the log is exported first: the keys, copied later, open all of it. Rejects with `OperatorRefusedError`.
 */
export async function backUp(sources: BackupSources, folder: string): Promise<BackupReport> {
  checkElsewhere(folder, sources.dataDir);
  const made = await beginFolder(folder);
  try {
    return await fill(sources, folder);
  } catch (error) {
    // The folder was empty: all that is in it is a part of a backup that is of no use.
    for (const name of await readdir(folder)) await rm(path.join(folder, name), { recursive: true, force: true });
    // Not where somebody put something into one meanwhile.
    for (const one of made) await rmdir(one).catch(() => undefined);
    throw error;
  }
}

async function fill(sources: BackupSources, folder: string): Promise<BackupReport> {
  const files: string[] = [];
  const place = async (name: string): Promise<string> => {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    files.push(name);
    return file;
  };
  await stored(await place(BACKUP_FILES.log), (file) => writeLines(sources.exportLog(), file));
  if ('copy' in sources.userKeys) await stored(await place(BACKUP_FILES.userKeysFile), sources.userKeys.copy);
  else await exportUserKeys(sources.userKeys.list, await place(BACKUP_FILES.userKeysExport));
  await stored(await place(BACKUP_FILES.keys), (file) => copyFile(sources.keysFile, file));
  const report: BackupReport = {
    folder,
    made_at: isoOf(sources.now()),
    files,
  };
  // Last: a folder without it is a backup that was not finished.
  // A restore on this machine looks for those who were erased since.
  const manifest = { version: 1, ...report, erased_list: sources.erasedList };
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  await stored(path.join(folder, BACKUP_FILES.manifest), (file) => writeFile(file, text, { mode: 0o600 }));
  return report;
}

function checkElsewhere(folder: string, dataDir: string): void {
  const way = path.relative(realPath(dataDir), realPath(folder));
  if (way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way))
    throw new OperatorRefusedError(
      `${folder} is in DATA_DIR ${path.resolve(dataDir)}: name a folder elsewhere, so that what destroys the data spares its backup`,
    );
}

/** Without symbolic links, also of what is not there yet. */
function realPath(name: string): string {
  const absolute = path.resolve(name);
  if (existsSync(absolute)) return realpathSync(absolute);
  return path.join(realPath(path.dirname(absolute)), path.basename(absolute));
}

/** Makes the folder where it is missing; resolves to the folders that were made, the innermost first. */
async function beginFolder(folder: string): Promise<readonly string[]> {
  try {
    const made = makeFolder(folder);
    if ((await readdir(folder)).every((name) => name === GIT_IGNORE)) {
      keepFromGit(folder);
      return made;
    }
  } catch (error) {
    throw new OperatorRefusedError(`${folder} cannot be used: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw new OperatorRefusedError(`${folder} is not empty: name a new folder, so that no backup is mixed with another`);
}

async function exportUserKeys(
  list: (after: string | null, maxCount: number) => Promise<readonly ExportedUserKey[]>,
  file: string,
): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    let after: string | null = null;
    for (;;) {
      const page = await list(after, PAGE);
      const last = page.at(-1);
      if (last === undefined) break;
      await handle.appendFile(page.map((key) => `${JSON.stringify(lineOf(key))}\n`).join(''));
      after = last.userId;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeLines(lines: AsyncIterable<object>, file: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    let waiting = '';
    for await (const line of lines) {
      waiting += `${JSON.stringify(line)}\n`;
      if (waiting.length < BUFFERED) continue;
      await handle.appendFile(waiting);
      waiting = '';
    }
    await handle.appendFile(waiting);
  } finally {
    await handle.close();
  }
}

function lineOf({ userId, wrappedKey }: ExportedUserKey): object {
  return { user_id: userId, wrapped_key: Buffer.from(wrappedKey).toString('base64url') };
}

/** Writes a file so that it is for its owner alone, and on the disk. */
async function stored(file: string, write: (file: string) => Promise<void>): Promise<void> {
  await write(file);
  await chmod(file, 0o600);
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
