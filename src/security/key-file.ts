import { randomUUID } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { link, open, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { Instant } from '../domain/instant.js';
import { checkKeyFile } from './key-file-check.js';
import type { AccessAlgorithm, KeyFile } from './key-file-shape.js';
import { newKeyFile } from './new-keys.js';

/** The key file is missing, not readable, readable by others, or not what it should be. The message holds no secret. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError';
  /** Whether there is no such file. */
  readonly missing: boolean;
  /** What is wrong, without the file. */
  readonly reason: string;

  constructor(file: string, reason: string, { missing = false } = {}) {
    super(`keys in ${file}: ${reason}`);
    this.reason = reason;
    this.missing = missing;
  }
}

/** Reads a key file and checks all of it. Rejects with `KeyFileError`. */
export async function readKeyFile(file: string): Promise<KeyFile> {
  const text = await readPrivately(file);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new KeyFileError(file, 'not JSON');
  }
  return checked(file, json);
}

/**
 * Makes new keys and stores them where no file is yet, readable by the owner alone. If another process was first its file stays.
 * Resolves to what the file holds then. `alg` is the algorithm of access tokens.
 */
export async function createKeyFile(file: string, now: Instant, alg: AccessAlgorithm = 'EdDSA'): Promise<KeyFile> {
  await createNewKeyFile(file, now, alg);
  return readKeyFile(file);
}

/** Likewise; resolves to whether the file was made, false if there was one. */
export async function createNewKeyFile(file: string, now: Instant, alg: AccessAlgorithm = 'EdDSA'): Promise<boolean> {
  const temporary = await writeBeside(file, await newKeyFile(now, alg), null);
  try {
    await link(temporary, file);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw failed(file, 'cannot be created', error);
    return false;
  } finally {
    await unlink(temporary);
  }
  await flushFolderOf(file);
  return true;
}

/** Replaces the file in one step; it keeps its owner. Rejects with `KeyFileError`, also for keys that could not be read again. */
export async function writeKeyFile(file: string, keys: KeyFile): Promise<void> {
  const temporary = await writeBeside(file, keys, await stat(file).catch(() => null));
  try {
    await rename(temporary, file);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw failed(file, 'cannot be written', error);
  }
  await flushFolderOf(file);
}

function checked(file: string, json: unknown): KeyFile {
  const verdict = checkKeyFile(json);
  if (!verdict.ok) throw new KeyFileError(file, verdict.reason);
  return verdict.keys;
}

async function readPrivately(file: string): Promise<string> {
  let handle: FileHandle | null = null;
  try {
    // Without O_NONBLOCK, opening a named pipe waits for ever.
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const reason = whyNotPrivate(await handle.stat());
    if (reason !== null) throw new KeyFileError(file, reason);
    return await handle.readFile('utf8');
  } catch (error) {
    if (error instanceof KeyFileError) throw error;
    if (codeOf(error) === 'ENOENT') throw new KeyFileError(file, 'no such file', { missing: true });
    throw failed(file, 'cannot be read', error);
  } finally {
    await handle?.close();
  }
}

function whyNotPrivate(stats: Stats): string | null {
  if (!stats.isFile()) return 'not a file';
  if ((stats.mode & 0o077) !== 0) return 'readable or writable by others; set its mode to 600';
  const user = process.getuid?.() ?? 0;
  // Root reads the files of all users, for example for a backup.
  return user === 0 || stats.uid === user || stats.uid === 0 ? null : 'owned by another user';
}

/** Writes the keys to a new file in the same folder, flushed to the disk; resolves to its path. */
async function writeBeside(file: string, keys: KeyFile, replaced: Stats | null): Promise<string> {
  checked(file, keys);
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID()}`);
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      // The umask may have removed bits.
      await handle.chmod(0o600);
      if (replaced !== null && replaced.uid !== process.getuid?.()) await handle.chown(replaced.uid, replaced.gid);
      await handle.writeFile(`${JSON.stringify(keys, null, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw failed(file, 'cannot be written', error);
  }
  return temporary;
}

/** The file's entry in its folder is as durable as the file only after this. */
async function flushFolderOf(file: string): Promise<void> {
  const folder = await open(path.dirname(file), constants.O_RDONLY);
  try {
    await folder.sync();
  } catch (error) {
    throw failed(file, 'its folder cannot be flushed', error);
  } finally {
    await folder.close();
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
}

function failed(file: string, what: string, error: unknown): KeyFileError {
  return new KeyFileError(file, `${what} (${codeOf(error)})`);
}
