import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
// One that is not finished yet begins with a dot and goes on after its ending.
const NAMES_USER = new RegExp(`^\\.?[\\w-]+\\.(${UUID})\\.eml`);
/** Names the user in mails that were written before their files' names did. */
const USER_HEADER = new RegExp(`\\r\\nX-Tokenledger-User: (${UUID})\\r\\n`);

/** The name of a mail's file: names its user, so that nobody has to read all mails to find those of one. */
export function outboxFileName(mailId: string, userId: string | undefined): string {
  return userId === undefined ? `${mailId}.eml` : `${mailId}.${userId}.eml`;
}

/** Removes the mails of a user from an outbox, unfinished ones too. No folder is an empty one. Rejects as the file system does. */
export async function removeFromOutbox(folder: string, userId: string): Promise<void> {
  for (const name of await filesOf(folder)) {
    // It may have been replaced or renamed meanwhile.
    if ((await userOf(folder, name)) === userId) await rm(path.join(folder, name), { force: true });
  }
}

/** The ids of the users of whom mails lie in an outbox, each once. No folder is an empty one. Rejects as the file system does. */
export async function usersOfOutbox(folder: string): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const name of await filesOf(folder)) {
    const userId = await userOf(folder, name);
    if (userId !== null) found.add(userId);
  }
  return [...found];
}

async function filesOf(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(ignoreMissing);
  return (names ?? []).filter((name) => name.includes('.eml'));
}

/** Whose mail a file holds; null if nothing says so. */
async function userOf(folder: string, name: string): Promise<string | null> {
  const named = NAMES_USER.exec(name)?.[1];
  if (named !== undefined) return named;
  const text = await readFile(path.join(folder, name), 'utf8').catch(ignoreMissing);
  return USER_HEADER.exec(`\r\n${text ?? ''}`)?.[1] ?? null;
}

function ignoreMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
