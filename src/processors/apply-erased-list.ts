import type { Instant } from '../domain/instant.js';
import { loadAccount, type LoadContext } from '../event-store/load.js';
import type { KeyStore } from '../key-store/key-store.js';

export interface ErasedListContext extends LoadContext {
  readonly keyStore: Pick<KeyStore, 'get' | 'listDestroyed'>;
  /** The ids that are kept apart from the key store; empty where nothing is. */
  readonly listed: () => Promise<readonly string[]>;
  readonly destroyKey: (userId: string, at: Instant) => Promise<void>;
  /** Lists the ids that are missing there: it may have been lost, or not been writable when they were erased. Must not reject. */
  readonly listAgain: (userIds: readonly string[]) => Promise<void>;
  /** Appends `UserErased` again, which a log of an earlier moment does not have. */
  readonly erase: (userId: string) => Promise<unknown>;
  /** Milliseconds since 1970. */
  readonly now: () => Instant;
}

const PAGE = 500;

/**
 * Erases again the users who were erased before log or keys were put back to an earlier moment: keys that came back are destroyed, and
 * accounts that live again in the log are erased. Who is erased and not listed is listed. Harmless to repeat. Rejects as the stores do.
 */
export async function applyErasedList(context: ErasedListContext): Promise<void> {
  for (const userId of await context.listed())
    if ((await context.keyStore.get(userId)) !== 'destroyed') await context.destroyKey(userId, context.now());
  const erased: string[] = [];
  for (let after: string | null = null; ;) {
    const page = await context.keyStore.listDestroyed(after, PAGE);
    for (const userId of page) if (await eraseAgain(context, userId)) erased.push(userId);
    const last = page.at(-1);
    if (last === undefined) break;
    after = last;
  }
  await context.listAgain(erased);
}

/** Erases a user whose key was destroyed, unless that is done; resolves to whether there is this user. */
async function eraseAgain(context: ErasedListContext, userId: string): Promise<boolean> {
  const status = (await loadAccount(context, userId))?.account.status;
  if (status === 'active' || status === 'disabled') await context.erase(userId);
  // A key without an account was one of a registration that was not completed.
  return status !== undefined;
}
