import { StoreUnavailableError } from '../domain/unavailable.js';
import { loadAccount, type LoadContext } from '../event-store/load.js';
import { BackOff, sleep } from '../event-store/waiting.js';
import type { KeyStore } from '../key-store/key-store.js';

export interface TidyMailsContext extends LoadContext {
  readonly keyStore: Pick<KeyStore, 'get'>;
  /** The ids of the users of whom mails lie in files of this instance. */
  readonly usersOfMails: () => Promise<readonly string[]>;
  /** Removes mails of the user that lie in files of ours. */
  readonly removeMails: (userId: string) => Promise<void>;
}

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 60_000;

/**
 * Removes the mails of users who were erased while this instance was down, or saw nothing of the log. Looks again while a store does
 * not answer (`onProblem` is called each time), until the signal aborts. Rejects as the file system does.
 */
export async function tidyMails(
  context: TidyMailsContext,
  { signal, onProblem }: { readonly signal: AbortSignal; readonly onProblem: (error: unknown) => void },
): Promise<void> {
  const backOff = new BackOff(FIRST_RETRY_MS, LONGEST_RETRY_MS);
  while (!signal.aborted) {
    try {
      for (const userId of await context.usersOfMails())
        if (await isErased(context, userId)) await context.removeMails(userId);
      return;
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      onProblem(error);
      await sleep(backOff.next(), signal);
    }
  }
}

/** By the log; or by the key, where the user's stream was destroyed at the store. */
async function isErased(context: TidyMailsContext, userId: string): Promise<boolean> {
  const loaded = await loadAccount(context, userId);
  return loaded?.account.status === 'erased' || (await context.keyStore.get(userId)) === 'destroyed';
}
