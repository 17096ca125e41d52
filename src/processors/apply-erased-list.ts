import type { Instant } from '../domain/instant.js';
import { loadAccount, type LoadContext } from '../event-store/load.js';
import type { KeyStore } from '../key-store/key-store.js';

export interface ErasedListContext extends LoadContext {
  readonly keyStore: Pick<KeyStore, 'get' | 'listDestroyed'>;
  /** The ids that are kept apart from the key store; empty where nothing is. */
  readonly listed: () => Promise<readonly string[]>;
  readonly destroyKey: (userId: string, at: Instant) => Promise<void>;
  /** Appends `UserErased` again, which a log of an earlier moment does not have. */
  readonly erase: (userId: string) => Promise<unknown>;
  /** Milliseconds since 1970. */
  readonly now: () => Instant;
}

const PAGE = 500;

/**
 * Erases again the users who were erased before log or keys were put back to an earlier moment: keys that came back are destroyed, and
 * accounts that live again in the log are erased. Harmless to repeat. Rejects as the stores do.
 */
export async function applyErasedList(context: ErasedListContext): Promise<void> {
  for (const userId of await context.listed())
    if ((await context.keyStore.get(userId)) !== 'destroyed') await context.destroyKey(userId, context.now());
  for (let after: string | null = null; ;) {
    const page = await context.keyStore.listDestroyed(after, PAGE);
    for (const userId of page) await eraseAgain(context, userId);
    const last = page.at(-1);
    if (last === undefined) return;
    after = last;
  }
}

async function eraseAgain(context: ErasedListContext, userId: string): Promise<void> {
  const status = (await loadAccount(context, userId))?.account.status;
  // A key without an account was one of a registration that was not completed.
  if (status === 'active' || status === 'disabled') await context.erase(userId);
}
