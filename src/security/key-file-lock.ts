import { link, open, readFile, rename, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { KeyFileError } from './key-file.js';

// Making a key for RS256 on a busy machine takes a second.
const MAX_WAIT_MS = 10_000;
const POLL_MS = 25;

/**
 * Does some work on a key file while nobody else changes it, in this process or in another one that sees the same folder: of two
 * that read, change and write at once, one undoes what the other did. Waits up to `maxWaitMs` for its turn; a lock that a killed
 * process of this machine left is removed. Rejects as the work does, or with `KeyFileError` that names the lock.
 */
export async function withKeyFileLock<T>(
  file: string,
  work: () => Promise<T>,
  { maxWaitMs = MAX_WAIT_MS }: { readonly maxWaitMs?: number } = {},
): Promise<T> {
  const lock = path.join(path.dirname(file), `.${path.basename(file)}.lock`);
  const until = performance.now() + maxWaitMs;
  for (;;) {
    const state = await take(lock);
    // Without a folder there is no key file either: the work says so.
    if (state === 'no_folder') return work();
    if (state === 'taken') break;
    if (state === 'held' && (await removeIfLeft(lock))) continue;
    if (state !== 'held') throw new KeyFileError(file, `cannot be written (${state.code})`);
    if (performance.now() >= until)
      throw new KeyFileError(
        file,
        `another change of the keys is under way; if no process is at it, one has died: look at the keys, then remove ${lock}`,
      );
    await delay(POLL_MS);
  }
  held.add(lock);
  try {
    return await work();
  } finally {
    held.delete(lock);
    await unlink(lock).catch(() => undefined);
  }
}

/** The locks that this process holds: in a container that starts again, the process that left one had the same number. */
const held = new Set<string>();
const HOLDER = `on ${hostname()}`;

/** Removes a lock that a process of this machine left behind when it was killed; whether it did. */
async function removeIfLeft(lock: string): Promise<boolean> {
  const text = await readFile(lock, 'utf8').catch(() => '');
  const [, pid, machine] = /^process (\d+) (on .+)\n$/.exec(text) ?? [];
  if (pid === undefined || machine !== HOLDER || isAtWork(lock, Number(pid))) return false;
  // Of several that find it, one alone moves it away; what it has moved may be the lock of somebody who was quicker.
  const left = `${lock}.${process.pid}`;
  try {
    await rename(lock, left);
    const isLeft = (await readFile(left, 'utf8')) === text;
    if (!isLeft) await link(left, lock);
    await unlink(left);
    return isLeft;
  } catch {
    return false;
  }
}

function isAtWork(lock: string, pid: number): boolean {
  if (pid === process.pid) return held.has(lock);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, and somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

type Taking = 'taken' | 'held' | 'no_folder' | { readonly code: string };

/** Creating a file that must be new succeeds for one process alone, on network file systems too. */
async function take(lock: string): Promise<Taking> {
  try {
    const handle = await open(lock, 'wx', 0o600);
    // Shows whether its holder is still there. On a full disk it stays empty and is a lock all the same.
    await handle.writeFile(`process ${process.pid} ${HOLDER}\n`).catch(() => undefined);
    await handle.close();
    return 'taken';
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
    if (code === 'EEXIST') return 'held';
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'no_folder' : { code };
  }
}
