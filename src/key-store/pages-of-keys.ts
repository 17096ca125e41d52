import type { KeyStore, StoredUserKey } from './key-store.js';

const DEFAULT_MAX_COUNT = 500;

/** All keys that were not destroyed, so many at a time. Rejects as the key store does. */
export async function* pagesOfKeys(
  keyStore: Pick<KeyStore, 'list'>,
  maxCount = DEFAULT_MAX_COUNT,
): AsyncGenerator<readonly StoredUserKey[], void, undefined> {
  for (let page = await keyStore.list(null, maxCount); ;) {
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    page = await keyStore.list(last.userId, maxCount);
  }
}
