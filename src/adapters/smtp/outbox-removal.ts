import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';

/** Names the user in files of the outbox, and in no mail that leaves the installation. */
export const USER_HEADER = 'X-Tokenledger-User';
const NAMED_USER = new RegExp(`\\r\\n${USER_HEADER}: ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\\r\\n`);

/** Removes the mails of a user from an outbox, unfinished ones too. No folder is an empty one. Rejects as the file system does. */
export async function removeFromOutbox(folder: string, userId: string): Promise<void> {
  const line = `\r\n${USER_HEADER}: ${userId}\r\n`;
  for (const name of await filesOf(folder)) {
    const file = path.join(folder, name);
    // It may have been replaced or renamed meanwhile.
    const text = await readFile(file, 'utf8').catch(ignoreMissing);
    if (text !== null && `\r\n${text}`.includes(line)) await rm(file, { force: true });
  }
}

/** The ids of the users of whom mails lie in an outbox, each once. No folder is an empty one. Rejects as the file system does. */
export async function usersOfOutbox(folder: string): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const name of await filesOf(folder)) {
    const text = await readFile(path.join(folder, name), 'utf8').catch(ignoreMissing);
    const [, userId] = NAMED_USER.exec(`\r\n${text ?? ''}`) ?? [];
    if (userId !== undefined) found.add(userId);
  }
  return [...found];
}

async function filesOf(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(ignoreMissing);
  return (names ?? []).filter((name) => name.includes('.eml'));
}

function ignoreMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
