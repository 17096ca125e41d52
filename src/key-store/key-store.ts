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
  /** Destroys the user's key; that it was destroyed is remembered. */
  destroy(userId: string): Promise<void>;
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
