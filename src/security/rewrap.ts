import type { KeyStore } from '../key-store/key-store.js';
import { pagesOfKeys } from '../key-store/pages-of-keys.js';
import type { UserKeys } from './user-keys.js';

const PAGE = 100;

export interface Rewrapping {
  readonly keyStore: Pick<KeyStore, 'list'>;
  readonly userKeys: Pick<UserKeys, 'rewrap'>;
  /** Which of the wrapped keys are looked at closely; by default all. */
  readonly concerns?: (wrappedKey: Uint8Array) => boolean;
}

/**
 * Wraps every user's key by the newest master key; resolves to how many were wrapped by another one. May be stopped and begun
 * again at any time. `onProgress` is called with the count of keys looked at. Rejects as the key store does.
 */
export async function rewrapAll(
  { keyStore, userKeys, concerns = () => true }: Rewrapping,
  onProgress: (seen: number) => void = () => undefined,
): Promise<number> {
  let rewrapped = 0;
  let seen = 0;
  for await (const page of pagesOfKeys(keyStore, PAGE)) {
    const concerned = page.filter(({ wrappedKey }) => concerns(wrappedKey));
    const results = await Promise.all(concerned.map(({ userId }) => userKeys.rewrap(userId)));
    rewrapped += results.filter(Boolean).length;
    seen += page.length;
    onProgress(seen);
  }
  return rewrapped;
}
