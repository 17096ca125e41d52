import { StoreUnavailableError } from '../domain/unavailable.js';
import type { StoredUserKey } from '../key-store/key-store.js';
import { SealError } from './aes-gcm.js';
import { unwrap, type Masters } from './wrapped-key.js';

/** How many users' keys master keys open, and why not the others. */
export interface OpeningKeys {
  readonly opened: number;
  /** Wrapped by a master key that is not among them. */
  readonly withoutMaster: number;
  /** Wrapped by one of them, and changed since, or put in another user's place. */
  readonly damaged: number;
}

type Outcome = keyof OpeningKeys;

/** Opens each of some users' keys. Rejects as the pages do. */
export async function openingKeys(masters: Masters, pages: AsyncIterable<readonly StoredUserKey[]>): Promise<OpeningKeys> {
  const counts: Record<Outcome, number> = { opened: 0, withoutMaster: 0, damaged: 0 };
  for await (const page of pages) for (const key of page) counts[outcomeOf(masters, key)] += 1;
  return counts;
}

function outcomeOf(masters: Masters, { userId, wrappedKey }: StoredUserKey): Outcome {
  try {
    unwrap(masters, userId, wrappedKey);
    return 'opened';
  } catch (error) {
    if (error instanceof StoreUnavailableError) return 'withoutMaster';
    if (error instanceof SealError) return 'damaged';
    throw error;
  }
}
