import { randomBytes, randomUUID } from 'node:crypto';
import { open, readFile, rename, unlink, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

const FILE = 'operator.json';
const TOKEN_BYTES = 32;
/** Another one at each start of a machine. Containers have that of their machine; not every system has one. */
const BOOT_ID = '/proc/sys/kernel/random/boot_id';

const Access = z.object({ url: z.url({ protocol: /^https?$/ }), token: z.string().min(1) });
const Shape = Access.extend({ identity: z.string() });

/** Where a running server takes the operator's requests: the URL of its operations listener, and the token it asks for. */
export type OperatorAccess = z.infer<typeof Access>;

/** A new random token for the operator's requests. */
export function newOperatorToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/**
 * Says in the data folder how the operator's tool reaches this server; readable by the owner alone, replaced in one step. The file
 * names its own identity, so that a copy of it, in a copy of the folder, leads nobody to this server.
 */
export async function writeOperatorFile(dataDir: string, access: OperatorAccess): Promise<void> {
  const temporary = path.join(dataDir, `.${FILE}.${randomUUID()}`);
  const handle = await open(temporary, 'wx', 0o600);
  try {
    // A new name does not change what a file is.
    await handle.writeFile(`${JSON.stringify({ ...access, identity: await identityOf(handle) })}\n`);
  } finally {
    await handle.close();
  }
  await rename(temporary, path.join(dataDir, FILE));
}

/**
 * How the tool reaches the server of a data folder, which may have died since; null if no server has said so. `elsewhere`: what is there is
 * not the file that a server wrote, or has a second name, so it may be that of another folder.
 */
export async function readOperatorFile(dataDir: string): Promise<OperatorAccess | 'elsewhere' | null> {
  const found = await parsedFile(dataDir);
  if (found === null) return null;
  return found.isItself ? found.access : 'elsewhere';
}

/** Removes the file when the server stops, unless another server has put its own there. */
export async function removeOperatorFile(dataDir: string, access: OperatorAccess): Promise<void> {
  // Also a copy that was put back in the place of the file.
  if ((await parsedFile(dataDir))?.access.token !== access.token) return;
  await unlink(path.join(dataDir, FILE)).catch(() => undefined);
}

/** What the file says, and whether it is the file that a server wrote and no copy. */
async function parsedFile(dataDir: string): Promise<{ access: OperatorAccess; isItself: boolean } | null> {
  try {
    const handle = await open(path.join(dataDir, FILE));
    try {
      const { identity, ...access } = Shape.parse(JSON.parse(await handle.readFile('utf8')));
      return { access, isItself: isSame(identity, await identityOf(handle)) };
    } finally {
      await handle.close();
    }
  } catch {
    // Missing, another user's, or cut off by a crash: there is no server to be reached by it.
    return null;
  }
}

/**
 * Which file it is, whatever path leads to it: its folder may be renamed, linked to, or mounted elsewhere. Device and inode count on
 * one machine alone: an image of the disk has the same ones, so the start of the machine counts as well. Null for a file with a
 * second name (a hard link): which of its folders is the server's is not known.
 */
async function identityOf(handle: FileHandle): Promise<string | null> {
  const { dev, ino, nlink } = await handle.stat({ bigint: true });
  if (nlink > 1n) return null;
  const boot = await readFile(BOOT_ID, 'utf8').catch(() => '');
  return `${boot.trim()}:${dev}:${ino}`;
}

function isSame(one: string, other: string | null): boolean {
  const [boot, ...file] = one.split(':');
  const [otherBoot, ...otherFile] = other?.split(':') ?? [];
  // A service may not be allowed to see what its operator sees.
  const isSameStart = boot === '' || otherBoot === '' || boot === otherBoot;
  return isSameStart && file.join() === otherFile.join();
}
