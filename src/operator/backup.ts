import { chmod, mkdir, open, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { messageOf } from '../domain/message-of.js';
import { isoOf, type Instant } from '../domain/instant.js';
import { GIT_IGNORE, keepFromGit, makeFolder } from '../config/make-folder.js';
import { pagesOfKeys } from '../key-store/pages-of-keys.js';
import { BACKUP_FILES, MANIFEST_VERSION, type BackupManifest, type BackupPart } from './backup-manifest.js';
import { Digester, digestOf } from './digest.js';
import { OperatorRefusedError } from './errors.js';

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
  const files: BackupPart[] = [];
  const part = async (name: BackupPart['path'], write: (file: string) => Promise<Written>): Promise<void> => {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    files.push({ path: name, ...(await stored(file, write)) });
  };
  await part(BACKUP_FILES.log, (file) => writeLines(sources.exportLog(), file));
  const keys = await readFile(sources.keysFile);
  const { userKeys } = sources;
  if ('copy' in userKeys) await part(BACKUP_FILES.userKeysFile, (file) => copied(userKeys.copy, file));
  else await part(BACKUP_FILES.userKeysExport, (file) => writeLines(linesOf(userKeys.list), file));
  // A master key that was replaced meanwhile may have wrapped the users' keys that were copied.
  if (!keys.equals(await readFile(sources.keysFile)))
    throw new OperatorRefusedError(
      `the key file ${sources.keysFile} was changed while the users’ keys were copied, so the two may not fit: make the backup once more`,
    );
  await part(BACKUP_FILES.keys, (file) => writeBytes(keys, file));
  const report = { folder, made_at: isoOf(sources.now()) };
  // Last: a folder without it is a backup that was not finished.
  // A restore on this machine looks for those who were erased since.
  const manifest: BackupManifest = { version: MANIFEST_VERSION, ...report, files, erased_list: sources.erasedList };
  const text = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
  await stored(path.join(folder, BACKUP_FILES.manifest), (file) => writeBytes(text, file));
  return { ...report, files: files.map((file) => file.path) };
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
    throw new OperatorRefusedError(`${folder} cannot be used: ${messageOf(error)}`);
  }
  throw new OperatorRefusedError(`${folder} is not empty: name a new folder, so that no backup is mixed with another`);
}

/** What was written, as the manifest keeps it: with `lines` where it is text by lines. */
type Written = Omit<BackupPart, 'path'>;

async function* linesOf(
  list: (after: string | null, maxCount: number) => Promise<readonly ExportedUserKey[]>,
): AsyncGenerator<object, void, undefined> {
  for await (const page of pagesOfKeys({ list }, PAGE)) yield* page.map(lineOf);
}

/** The digest is of what is handed to the file system, so what is stored otherwise is noticed. */
async function writeLines(lines: AsyncIterable<object>, file: string): Promise<Written> {
  const digester = new Digester();
  const handle = await open(file, 'wx', 0o600);
  try {
    let waiting = '';
    const flush = async (): Promise<void> => {
      const piece = Buffer.from(waiting);
      waiting = '';
      digester.take(piece);
      await handle.appendFile(piece);
    };
    for await (const line of lines) {
      waiting += `${JSON.stringify(line)}\n`;
      if (waiting.length >= BUFFERED) await flush();
    }
    await flush();
  } finally {
    await handle.close();
  }
  return digester.digest();
}

async function writeBytes(bytes: Uint8Array, file: string): Promise<Written> {
  const digester = new Digester();
  digester.take(bytes);
  await writeFile(file, bytes, { mode: 0o600, flag: 'wx' });
  return withoutLines(digester.digest());
}

/** SQLite writes the copy itself, so its digest is of what can be read of it. */
async function copied(copy: (file: string) => Promise<void>, file: string): Promise<Written> {
  await copy(file);
  return withoutLines(await digestOf(file));
}

function withoutLines({ bytes, sha256 }: Written): Written {
  return { bytes, sha256 };
}

function lineOf({ userId, wrappedKey }: ExportedUserKey): object {
  return { user_id: userId, wrapped_key: Buffer.from(wrappedKey).toString('base64url') };
}

/** Writes a file so that it is for its owner alone, and on the disk. */
async function stored(file: string, write: (file: string) => Promise<Written>): Promise<Written> {
  const written = await write(file);
  await chmod(file, 0o600);
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  return written;
}
