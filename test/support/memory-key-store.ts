import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import { KeyDestroyedError, type KeyStore, type StoredUserKey } from '../../src/key-store/key-store.js';

/** A key store in memory that keeps what the port says, can be unavailable, and can hold its answers back. */
export class MemoryKeyStore implements KeyStore {
  readonly wrapped = new Map<string, Uint8Array | 'destroyed'>();
  unavailable = false;
  reads = 0;
  /** What a read waits for after it has looked. */
  heldBack: Promise<void> = Promise.resolve();

  create(userId: string, key: Uint8Array): Promise<Uint8Array> {
    if (this.unavailable) return this.#isUnavailable();
    const stored = this.wrapped.get(userId);
    if (stored === 'destroyed') return Promise.reject(new KeyDestroyedError());
    this.wrapped.set(userId, stored ?? key);
    return Promise.resolve(stored ?? key);
  }

  async get(userId: string): Promise<Uint8Array | 'destroyed' | null> {
    this.reads += 1;
    if (this.unavailable) return this.#isUnavailable();
    const stored = this.wrapped.get(userId) ?? null;
    await this.heldBack;
    return stored;
  }

  replace(userId: string, expected: Uint8Array, wrappedKey: Uint8Array): Promise<boolean> {
    const stored = this.wrapped.get(userId);
    const isExpected = stored instanceof Uint8Array && Buffer.compare(stored, expected) === 0;
    if (isExpected) this.wrapped.set(userId, wrappedKey);
    return Promise.resolve(isExpected);
  }

  list(after: string | null, maxCount: number): Promise<readonly StoredUserKey[]> {
    if (this.unavailable) return this.#isUnavailable();
    const all = [...this.wrapped].flatMap(([userId, wrappedKey]) =>
      wrappedKey === 'destroyed' ? [] : [{ userId, wrappedKey }],
    );
    all.sort((a, b) => (a.userId < b.userId ? -1 : 1));
    return Promise.resolve(all.filter(({ userId }) => userId > (after ?? '')).slice(0, maxCount));
  }

  readonly #destroyedAt = new Map<string, number>();

  destroy(userId: string, at: number): Promise<void> {
    this.wrapped.set(userId, 'destroyed');
    if (!this.#destroyedAt.has(userId)) this.#destroyedAt.set(userId, at);
    return Promise.resolve();
  }

  destroyedAt(userId: string): Promise<number | null> {
    return Promise.resolve(this.#destroyedAt.get(userId) ?? null);
  }

  listDestroyed(after: string | null, maxCount: number): Promise<readonly string[]> {
    const ids = [...this.wrapped].flatMap(([userId, key]) => (key === 'destroyed' ? [userId] : []));
    return Promise.resolve(
      ids
        .sort()
        .filter((userId) => userId > (after ?? ''))
        .slice(0, maxCount),
    );
  }

  removeTraces = (): Promise<boolean> => Promise.resolve(true);

  ping = (): Promise<void> => Promise.resolve();
  close = (): Promise<void> => Promise.resolve();

  #isUnavailable(): Promise<never> {
    return Promise.reject(new StoreUnavailableError('key store', 'test'));
  }
}

/** A promise, and how to resolve it. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
