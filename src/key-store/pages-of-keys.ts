import type { KeyStore, StoredUserKey } from './key-store.js';

const PAGE = 500;

/** All keys that were not destroyed, a page at a time. Rejects as the key store does. */
export async function* pagesOfKeys(
  keyStore: Pick<KeyStore, 'list'>,
): AsyncGenerator<readonly StoredUserKey[], void, undefined> {
  for (let page = await keyStore.list(null, PAGE); ;) {
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    page = await keyStore.list(last.userId, PAGE);
  }
}
