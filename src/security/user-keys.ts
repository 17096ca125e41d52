import { randomBytes, type KeyObject } from 'node:crypto';
import { StoreUnavailableError } from '../domain/unavailable.js';
import { growingCache, type GrowingCache } from '../event-store/growing-cache.js';
import { KeyDestroyedError, type KeyStore } from '../key-store/key-store.js';
import { isWrappedBy, unwrap, wrap, type Masters } from './wrapped-key.js';

const KEY_BYTES = 32;
const MAX_REMEMBERED = 10_000;
// After so long, a key that another instance has destroyed is no longer used.
const REMEMBERED_MS = 60_000;
// Longer than the destruction of a key takes after the event that announces it.
const EVICTED_MS = 600_000;

/**
 * Whether something can be sealed for a user. `destroyed`: never again, and no refresh succeeds. `missing`: the store has no key of that
 * user, or not yet. `unreachable`: it does not answer, or no master key opens it. A refresh goes on without.
 */
export type UserKeyState =
  { readonly state: 'available'; readonly key: KeyObject } | { readonly state: 'destroyed' | 'missing' | 'unreachable' };

type Loaded = KeyObject | 'destroyed' | null;

/** The users' own keys, under which their personal data is sealed. Stored wrapped by a master key; the last used are kept unwrapped. */
export class UserKeys {
  readonly #keyStore: KeyStore;
  readonly #masters: () => Masters;
  readonly #cache: GrowingCache<KeyObject>;
  // Users whose keys are about to be destroyed: what is read meanwhile is not kept.
  readonly #evicted = growingCache<true>(MAX_REMEMBERED, { ttl: EVICTED_MS });
  // Each is wrapped by a master key that was the newest when it began.
  readonly #creating = new Set<Promise<unknown>>();
  // The newest read of each user's key. Only its result may enter the cache, unless the key was forgotten meanwhile.
  readonly #loading = new Map<string, Promise<Loaded>>();

  /** `masters` gives the master keys in use; `rememberedMs` is how long a key is used before it is read again. */
  constructor(options: { readonly keyStore: KeyStore; readonly masters: () => Masters; readonly rememberedMs?: number }) {
    this.#keyStore = options.keyStore;
    this.#masters = options.masters;
    this.#cache = growingCache(MAX_REMEMBERED, { ttl: options.rememberedMs ?? REMEMBERED_MS });
  }

  /** Makes the user's key, or gives the one there is. Rejects as the key store does. */
  async create(userId: string): Promise<KeyObject> {
    const wrapped = wrap(this.#masters(), userId, randomBytes(KEY_BYTES));
    const creating = this.#load(userId, () => this.#keyStore.create(userId, wrapped));
    this.#creating.add(creating);
    const created = await creating.finally(() => this.#creating.delete(creating));
    if (created === null || created === 'destroyed') throw new KeyDestroyedError('the user’s key was destroyed');
    return created;
  }

  /** Resolves once each key that is being made now is stored, or is not: what begins later is wrapped by the newest master key. */
  async created(): Promise<void> {
    await Promise.allSettled(this.#creating);
  }

  /** The user's key; null if there is none or it was destroyed. Rejects as the key store does. */
  async get(userId: string): Promise<KeyObject | null> {
    const loaded = await this.#find(userId);
    return loaded === 'destroyed' ? null : loaded;
  }

  /** The user's key, or why there is none. Rejects only if the key was tampered with (`SealError`). */
  find(userId: string): Promise<UserKeyState> {
    const key = this.#cache.get(userId);
    return key === undefined ? this.#findStored(userId) : Promise.resolve({ state: 'available', key });
  }

  async #findStored(userId: string): Promise<UserKeyState> {
    try {
      const loaded = await this.#stored(userId);
      if (loaded === 'destroyed') return { state: 'destroyed' };
      return loaded === null ? { state: 'missing' } : { state: 'available', key: loaded };
    } catch (error) {
      if (error instanceof StoreUnavailableError) return { state: 'unreachable' };
      throw error;
    }
  }

  async state(userId: string): Promise<UserKeyState['state']> {
    return (await this.find(userId)).state;
  }

  /** Reads the user's key again even if it is remembered. Rejects as the key store does. */
  async renew(userId: string): Promise<void> {
    this.#forget(userId);
    await this.get(userId);
  }

  /** Destroys the user's key, and with it all that was sealed under it. `at` is now, milliseconds since 1970. */
  async destroy(userId: string, at: number): Promise<void> {
    this.evict(userId);
    await this.#keyStore.destroy(userId, at);
    this.evict(userId);
  }

  /** Forgets the key of a user whose key is, or is about to be, destroyed by anybody: it is not remembered again. */
  evict(userId: string): void {
    this.#evicted.set(userId, true);
    this.#forget(userId);
  }

  /**
   * Wraps the user's key by the newest master key; resolves to whether it was wrapped by another one before. Rejects as the key
   * store does, and with `SealError`.
   */
  async rewrap(userId: string): Promise<boolean> {
    for (;;) {
      const stored = await this.#keyStore.get(userId);
      if (stored === null || stored === 'destroyed' || isWrappedBy(this.#masters(), stored)) return false;
      const key = unwrap(this.#masters(), userId, stored).export();
      // Otherwise somebody else was faster: look again.
      if (await this.#keyStore.replace(userId, stored, wrap(this.#masters(), userId, key))) return true;
    }
  }

  async #find(userId: string): Promise<Loaded> {
    return this.#cache.get(userId) ?? this.#stored(userId);
  }

  /** For a key that is not remembered. */
  #stored(userId: string): Promise<Loaded> {
    return this.#loading.get(userId) ?? this.#load(userId, () => this.#keyStore.get(userId));
  }

  #load(userId: string, read: () => Promise<Uint8Array | 'destroyed' | null>): Promise<Loaded> {
    const loading: Promise<Loaded> = read()
      .then((stored) => {
        const loaded = stored instanceof Uint8Array ? unwrap(this.#masters(), userId, stored) : stored;
        const isNewest = this.#loading.get(userId) === loading;
        if (typeof loaded === 'object' && loaded !== null && isNewest && !this.#evicted.has(userId))
          this.#cache.set(userId, loaded);
        return loaded;
      })
      .finally(() => {
        if (this.#loading.get(userId) === loading) this.#loading.delete(userId);
      });
    this.#loading.set(userId, loading);
    return loading;
  }

  #forget(userId: string): void {
    this.#loading.delete(userId);
    this.#cache.delete(userId);
  }
}
