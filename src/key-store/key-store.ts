import type { Instant } from '../domain/instant.js';

/**
 * Where the users' sealing keys are kept, wrapped (encrypted) by a master key, apart from log and read model: destroying a
 * key makes everything sealed under it unreadable for good. Rejects with `StoreUnavailableError` when it cannot answer.
 */
export interface KeyStore {
  /**
   * Stores a user's wrapped key unless there is one already; resolves to the one that is stored then. Durable when it
   * resolves. Rejects with `KeyDestroyedError` if the user's key was destroyed before.
   */
  create(userId: string, wrappedKey: Uint8Array): Promise<Uint8Array>;
  /** The user's wrapped key; null if there is none. */
  get(userId: string): Promise<Uint8Array | 'destroyed' | null>;
  /**
   * Puts another wrapping of the user's key in place of `expected`; resolves to whether that was the stored one. Durable when it
   * resolves. A destroyed key stays destroyed.
   */
  replace(userId: string, expected: Uint8Array, wrappedKey: Uint8Array): Promise<boolean>;
  /** The keys that were not destroyed, ordered by user id: at most `maxCount` after `after`, or from the first one if it is null. */
  list(after: string | null, maxCount: number): Promise<readonly StoredUserKey[]>;
  /** Destroys the user's key; that it was destroyed, and when first, is remembered. Durable when it resolves. */
  destroy(userId: string, at: Instant): Promise<void>;
  /** When the user's key was destroyed; null if it was not. */
  destroyedAt(userId: string): Promise<Instant | null>;
  /** The ids of users whose keys were destroyed, in their order: at most `maxCount` after `after`, or from the first one. */
  listDestroyed(after: string | null, maxCount: number): Promise<readonly string[]>;
  /**
   * Removes what destroyed and replaced keys have left in files of the store's own; false while that cannot be done (somebody
   * reads): try again. A server's journal is out of reach; that it ends is the operator's to know.
   */
  removeTraces(): Promise<boolean>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface StoredUserKey {
  readonly userId: string;
  readonly wrappedKey: Uint8Array;
}

/** The user's key was destroyed: nothing may be sealed for that user again. */
export class KeyDestroyedError extends Error {
  override readonly name = 'KeyDestroyedError';
}
