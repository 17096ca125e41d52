import { isoOf } from '../domain/instant.js';
import type { KeyStore } from '../key-store/key-store.js';
import { readKeyFile } from '../security/key-file.js';

/** How far an erasure has come. Instants in ISO 8601. */
export interface ErasureReport {
  readonly user_id: string;
  /** When the key was destroyed; null while it is not. */
  readonly unreadable_since: string | null;
  /**
   * When the last master key that may have wrapped the key was dropped, by `keys rewrap`: backups of the users' keys open nothing
   * then, unless the key file of that time was kept as well. Null before that, and while a file of the key store may still hold
   * the key.
   */
  readonly final_on: string | null;
}

/** Reads how far the erasure of a user has come. Rejects as the key store does, and with `KeyFileError`. */
export async function erasureReport(
  { keyStore, keysFile }: { readonly keyStore: KeyStore; readonly keysFile: string },
  userId: string,
): Promise<ErasureReport> {
  const destroyedAt = await keyStore.destroyedAt(userId);
  if (destroyedAt === null) return { user_id: userId, unreadable_since: null, final_on: null };
  const { master, droppedMasters = [] } = await readKeyFile(keysFile);
  const isOlder = ({ createdAt }: { readonly createdAt?: string | undefined }): boolean =>
    createdAt === undefined || Date.parse(createdAt) <= destroyedAt;
  const drops = droppedMasters.filter(isOlder).map(({ droppedAt }) => Date.parse(droppedAt));
  const isFinal = drops.length > 0 && !master.some(isOlder) && (await keyStore.removeTraces());
  return {
    user_id: userId,
    unreadable_since: isoOf(destroyedAt),
    final_on: isFinal ? isoOf(Math.max(destroyedAt, ...drops)) : null,
  };
}
